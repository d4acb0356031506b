"""The package on every Python that it says it supports, and not only on the one that the tests run on."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.shipping.pythons import THIS, VERSIONS, find_python, make_environment, why_not


def test_classifiers_name_the_pythons(root: Path) -> None:
    """What the metadata says of Pythons is what is tested."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    found = [each.rpartition(" ")[2] for each in project["classifiers"] if "Python :: 3." in each]
    assert list(VERSIONS) == found


# What depends on the Python: units and transports, and of the faults those that both clients meet over httpx. The
# pipelines run everything on every Python.
TRIED = ("tests/test_*.py", "tests/transports/test_*.py", "tests/faults/test_every_call_ends.py")
OF_THE_REPOSITORY = {f"test_{name}.py" for name in ("benchmarks", "demo", "docs", "examples", "readme", "site")}
LEFT_OUT = "test_the_call_ends_well and (aiohttp or httpx2)"


@pytest.mark.services
@pytest.mark.parametrize("version", [version for version in VERSIONS if version != THIS])
def test_units_hold_on_every_python(root: Path, tmp_path: Path, version: str) -> None:
    """The unit tests pass on each of the other Pythons, in an environment that has what the lock names."""
    python = find_python(version) or pytest.skip(why_not(version))
    environment = make_environment(python, tmp_path / "venv")
    uv = [sys.executable, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--only-binary", ":all:"]
    subprocess.run([*uv, "--python", environment, "requirements/dev.txt"], cwd=root, check=True)  # noqa: S603 - uv

    paths = [path for each in TRIED for path in sorted(root.glob(each)) if path.name not in OF_THE_REPOSITORY]
    pytest_ = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not services", "-k", f"not ({LEFT_OUT})"]
    pytest_ += ["--numprocesses", "2", "--dist", "loadfile"]  # faults are waited for, more than worked at
    done = subprocess.run(  # noqa: S603 - pytest
        [environment, *pytest_, *paths],
        cwd=root,
        # The work tree stays as it is, and none of the many processes compiles what another one has.
        env=os.environ | {"PYTHONPATH": str(root), "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout
