"""The README: each block of it runs as it stands."""

from __future__ import annotations

import re
import subprocess
import warnings
from pathlib import Path
from typing import Any

import pytest

from sequence_customers_client.testing import Reply, SequenceServer, example_customer

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCKS = [
    (README.read_text(encoding="utf-8").count("\n", 0, found.start()) + 2, found["language"], found["text"])
    for found in re.finditer(
        r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]
PYTHON = [pytest.param(line, text, id=f"line {line}") for line, language, text in BLOCKS if language == "python"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SequenceServer:
    """What the environment of a reader has: a server, credentials, and a secret in a file."""
    monkeypatch.setenv("SEQUENCE_CLIENT_ID", "id")
    monkeypatch.setenv("SEQUENCE_CLIENT_SECRET", "secret")
    (tmp_path / "secret.txt").write_text("secret\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return SequenceServer({"acme": Reply(body=example_customer())})


def run(line: int, text: str) -> dict[str, Any]:
    """Run a block as a script; what it defines."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("\n" * (line - 1) + text, README, "exec"), names)  # noqa: S102 - our own README
    return names


def test_every_block_says_what_it_is() -> None:
    """There is no block that no test of this file, and none of what is installed, knows how to run."""
    assert {"python", "console", "text"} == {language for _, language, _ in BLOCKS}


@pytest.mark.parametrize(("line", "text"), PYTHON)
def test_python_runs_as_it_stands(
    server: SequenceServer, monkeypatch: pytest.MonkeyPatch, line: int, text: str
) -> None:
    """A block of Python is a script: it imports what it uses, and looks a customer up or makes an app that does."""
    with server:
        monkeypatch.setenv("SEQUENCE_BASE_URL", server.base_url)
        names = run(line, text)
        if "app" in names:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what the web framework is made of
                from fastapi.testclient import TestClient  # noqa: PLC0415
            with TestClient(names["app"]) as client:
                assert "John Doe" == client.get("/customers/acme").json()["legalName"]
                assert 404 == client.get("/customers/nobody").status_code


@pytest.mark.parametrize("command", re.findall(r"^\$ make (\S+)", README.read_text(encoding="utf-8"), re.MULTILINE))
def test_make_has_what_is_said(command: str) -> None:
    """Each command of make is there; those that install are run where the releases are tested."""
    done = subprocess.run(["make", "-n", command], cwd=README.parent, capture_output=True, check=False)  # noqa: S603, S607

    assert 0 == done.returncode, done.stderr
