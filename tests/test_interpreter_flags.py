"""Whatever is run by name runs under -O, which drops asserts, -OO, which drops docstrings, and -W error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sequence_customers_client.testing import SequenceServer

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [["-O"], ["-OO", "-W", "error"]]
each_flag = pytest.mark.parametrize("flags", FLAGS, ids=" ".join)

MODULES = sorted(
    (ROOT / folder / path).relative_to(ROOT)
    for folder in ("scripts", "benchmarks", "sequence_customers_client")
    for path in (ROOT / folder).rglob("*.py")
)

_TRY = """
import importlib, json, runpy, sys
ends = {}
# What is run comes first: what is imported already is not to be run.
for name, is_run in json.load(sys.stdin):
    sys.argv = [name, "--help"]
    try:
        runpy.run_module(name, run_name="__main__") if is_run else importlib.import_module(name)
        ends[name] = 0
    except SystemExit as end:
        ends[name] = end.code or 0
    except BaseException as error:
        ends[name] = repr(error)
print("\\n" + json.dumps(ends))
"""


def _run(flags: list[str], *arguments: str, stdin: str = "", **variables: str) -> str:
    """What a Python with these flags prints, without a complaint; what it starts has them, too."""
    optimize = str(sum(flag.count("O") for flag in flags))
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, *flags, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONOPTIMIZE": optimize, "COLUMNS": "100"} | variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert "Error" not in done.stderr
    assert "Warning" not in done.stderr
    return done.stdout


@each_flag
def test_every_module_is_imported_and_every_command_says_how_it_is_used(flags: list[str]) -> None:
    """No module needs an assert or a docstring to be imported; what takes options tells them."""
    takes_options = {path: "argparse" in (ROOT / path).read_text("utf-8") for path in MODULES}
    tried = [
        (".".join(path.with_suffix("").parts), takes_options[path])
        for path in sorted(MODULES, key=lambda path: not takes_options[path])
    ]
    ends = json.loads(_run(flags, "-c", _TRY, stdin=json.dumps(tried)).splitlines()[-1])

    assert {} == {name: end for name, end in ends.items() if end != 0}
    assert len(tried) == len(ends)
    assert {("scripts.generate.__main__", True), ("sequence_customers_client.testing.__main__", True)} <= {*tried}


@each_flag
def test_the_demo_runs(flags: list[str]) -> None:
    """The demo shows what it shows."""
    assert "100 customers in" in _run(flags, "examples/demo.py")


@each_flag
def test_the_generator_runs(flags: list[str]) -> None:
    """The generator makes of the document what is committed."""
    _run(flags, "-m", "scripts.generate", "--check")


@each_flag
def test_the_command_line_runs(flags: list[str], tmp_path: Path) -> None:
    """The command line looks a customer up, and a file of aliases."""
    aliases = tmp_path / "aliases.txt"
    aliases.write_text("acme\n", encoding="utf-8")
    cli = "import sys; from sequence_customers_client._cli import main; sys.exit(main())"
    with SequenceServer() as server:
        variables = {
            "SEQUENCE_BASE_URL": server.base_url,
            "SEQUENCE_CLIENT_ID": "id",
            "SEQUENCE_CLIENT_SECRET": "secret",
        }
        shown = json.loads(_run(flags, "-c", cli, "get", "acme", "--json", **variables))
        looked_up = _run(flags, "-c", cli, "lookup", str(aliases), **variables)
        usage = _run(flags, "-c", cli, "--help")

    assert "John Doe" == shown["legalName"]
    assert '"alias": "acme"' in looked_up
    assert "lookup" in usage
