"""Whatever is run by name runs under -O, which drops asserts, -OO, which drops docstrings, and -W error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sequence_customers_client.testing import SequenceServer

from .processes import LEAN

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(
    (ROOT / folder / path).relative_to(ROOT)
    for folder in ("scripts", "benchmarks", "sequence_customers_client")
    for path in (ROOT / folder).rglob("*.py")
)

_OPTIONS = {path: "argparse" in (ROOT / path).read_text("utf-8") for path in MODULES}
"""Whether a module takes options."""

_IMPORT = "import importlib; importlib.import_module(sys.argv[0])"
_RUN = "import runpy; runpy.run_module(sys.argv[0], run_name='__main__')"
_RUN_FILE = "import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
_COMMAND_LINE = "from sequence_customers_client._cli import main; main()"

_TRY = """
import contextlib, io, json, sys
ends = []
for program, arguments in json.load(sys.stdin):
    sys.argv = arguments
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            exec(program)
            end = 0
        except SystemExit as error:
            end = error.code or 0
        except BaseException as error:
            end = repr(error)
    ends.append((" ".join(arguments), end, printed.getvalue()))
print("\\n" + json.dumps(ends))
"""

Ends = dict[str, tuple[int | str, str]]


@pytest.fixture(scope="module", params=[["-O"], ["-OO", "-W", "error"]], ids=" ".join)
def ends(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ends:
    """How all of it ends, and what it prints, in one Python with these flags, without a complaint."""
    flags: list[str] = request.param
    aliases = tmp_path_factory.mktemp("aliases") / "aliases.txt"
    aliases.write_text("acme\n", encoding="utf-8")
    names = {path: ".".join(path.with_suffix("").parts) for path in MODULES}
    tried = [
        # What is run comes first: what is imported already is not to be run.
        *((_RUN, [names[path], "--help"]) for path in MODULES if _OPTIONS[path]),
        (_RUN, ["scripts.generate.__main__", "--check"]),
        *((_IMPORT, [names[path]]) for path in MODULES if not _OPTIONS[path]),
        (_RUN_FILE, ["examples/demo.py"]),
        (_COMMAND_LINE, ["sequence-customers", "get", "acme", "--json"]),
        (_COMMAND_LINE, ["sequence-customers", "lookup", str(aliases)]),
        (_COMMAND_LINE, ["sequence-customers", "--help"]),
    ]
    with SequenceServer() as server:
        done = subprocess.run(  # noqa: S603 - our own
            [sys.executable, *flags, "-c", LEAN + _TRY],
            cwd=ROOT,
            env=os.environ
            # What it starts has the flags, too.
            | {"PYTHONPATH": str(ROOT), "PYTHONOPTIMIZE": str(flags[0].count("O")), "COLUMNS": "100"}
            | {"SEQUENCE_BASE_URL": server.base_url, "SEQUENCE_CLIENT_ID": "id", "SEQUENCE_CLIENT_SECRET": "secret"},
            input=json.dumps(tried),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert 0 == done.returncode, done.stderr
    assert "Error" not in done.stderr
    assert "Warning" not in done.stderr
    told = {what: (end, printed) for what, end, printed in json.loads(done.stdout.splitlines()[-1])}
    assert len(tried) == len(told)
    return {what.replace(f" {aliases}", ""): end for what, end in told.items()}


def test_every_module_is_imported_and_every_command_says_how_it_is_used(ends: Ends) -> None:
    """No module needs an assert or a docstring to be imported; what takes options tells them."""
    assert {} == {what: end for what, (end, _) in ends.items() if end != 0}
    for path, takes_options in _OPTIONS.items():
        name = ".".join(path.with_suffix("").parts)
        assert not takes_options or "usage: " in ends[f"{name} --help"][1]
        assert takes_options or name in ends
    assert {"scripts.generate.__main__ --help", "sequence_customers_client.testing.__main__ --help"} <= ends.keys()


def test_the_demo_runs(ends: Ends) -> None:
    """The demo shows what it shows."""
    code, shown = ends["examples/demo.py"]

    assert 0 == code
    assert "100 customers in" in shown


def test_the_generator_runs(ends: Ends) -> None:
    """The generator makes of the document what is committed."""
    assert 0 == ends["scripts.generate.__main__ --check"][0]


def test_the_command_line_runs(ends: Ends) -> None:
    """The command line looks a customer up, and a file of aliases."""
    shown, looked_up, usage = (
        ends[f"sequence-customers {what}"][1] for what in ("get acme --json", "lookup", "--help")
    )

    assert "John Doe" == json.loads(shown)["legalName"]
    assert '"alias": "acme"' in looked_up
    assert "lookup" in usage
