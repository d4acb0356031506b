"""The documentation, page by page: what it says is true, and runs."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

import sequence_customers_client
from sequence_customers_client import SequenceError
from sequence_customers_client._cli.app import app
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

from .markdown import ROOT, blocks, commands, run_python
from .processes import LEAN

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LANGUAGES = {"python", "console", "text", "yaml", "{include}", "{literalinclude}", "{toctree}"}
ELSEWHERE = {"poetry"}
"""What nobody installs for development."""

page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder of a reader, and an environment that has a server, credentials, and a secret in a file."""
    (tmp_path / "secret.txt").write_text("secret\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQUENCE_CLIENT_ID", "id")
    monkeypatch.setenv("SEQUENCE_CLIENT_SECRET", "secret")
    with SequenceServer({"acme": Reply(body=example_customer())}) as server:
        monkeypatch.setenv("SEQUENCE_BASE_URL", server.base_url)
        yield tmp_path


@page
def test_every_block_says_what_it_is(page: Path) -> None:
    """There is no block that no test knows how to run, or knows that it need not be run."""
    assert set() == {block.language for block in blocks(page)} - LANGUAGES


@page
def test_python_runs(page: Path, reader: Path) -> None:
    """The blocks of a page run in their order, without a warning; and the tests among them pass."""
    run_python(page, reader)


@pytest.mark.parametrize("command", sorted({command for each in PAGES for command in commands(each)}))
def test_commands_exist(command: str) -> None:
    """Whatever is typed at a prompt is there, with the options that it is given; releases are installed elsewhere."""
    for part in re.split(r" (?:&&|\|) ", command):
        match shlex.split(part):
            case ["make", target]:
                done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607 - it only says

                assert 0 == done.returncode, done.stderr
            case ["python", "-m", module, *_]:
                assert importlib.util.find_spec(module)
            case [*_, "sequence-customers", "--help"]:
                pass
            case ["sequence-customers", *arguments]:
                given = get_command(app)
                if not arguments[0].startswith("-"):
                    given = given.commands[arguments.pop(0)]  # type: ignore[attr-defined] # it is a group
                options = {option for parameter in given.params for option in parameter.opts}

                assert set() == {each for each in arguments if each.startswith("--")} - options
            case [program, *_]:
                assert program in ELSEWHERE or shutil.which(program, path=str(Path(sys.executable).parent))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_completes(shell: str) -> None:
    """What `--show-completion` prints for a shell asks the command, which knows its own commands."""
    asked = {
        "_SEQUENCE_CUSTOMERS_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "sequence-customers lo",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": "sequence-customers lo",
        "COMP_CWORD": "1",
    }
    run = f"{LEAN}sys.argv[0] = 'sequence-customers'; from sequence_customers_client._cli import main; main()"

    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", run], env=os.environ | asked, capture_output=True, text=True, check=False
    )

    assert re.search(r"\blookup\b", done.stdout), done.stderr


def test_every_error_is_explained() -> None:
    """The page on errors has each class."""
    names = {name: getattr(sequence_customers_client, name) for name in sequence_customers_client.__all__}
    errors = {name for name, value in names.items() if isinstance(value, type) and issubclass(value, SequenceError)}
    headings = re.findall(r"^## (\w+)$", (DOCS / "errors.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert errors == set(headings)


def test_terminal_is_drawn(tmp_path: Path) -> None:
    """The picture of the terminal is of a real run, and fetches nothing from elsewhere."""
    runpy.run_path(str(DOCS / "terminal.py"))["draw"](tmp_path / "terminal.svg")

    for picture in tmp_path / "terminal.svg", DOCS / "terminal.svg":
        text = picture.read_text(encoding="utf-8").replace("&#160;", " ")
        assert "Acme Ltd" in text
        assert "the credentials are accepted" in text
        assert [] == re.findall(r"@font-face|@import|href=|url\([^#]", text)
