"""Installing what was published, in clean environments of every Python that there is, and using it over HTTP."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement

from tests.shipping.command import Distributions
from tests.shipping.locks import pins_of
from tests.shipping.privateindex import PASSWORD, USER, PrivateIndex, private_index
from tests.shipping.pythons import THIS, VERSIONS, find_python, make_environment, why_not

NAME = "sequence-customers-client"
ROOT = Path(__file__).resolve().parents[2]
MODES = {"pip": [], "uv": [], "uv, lowest versions": ["--resolution", "lowest-direct"], "uv, newest versions": []}
IN_MODES = [pytest.param(each, marks=pytest.mark.services if "newest" in each else ()) for each in MODES]


@pytest.fixture(scope="module")
def released(built: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateIndex]:
    """An index that has 0.1.0, as publishing leaves it; to be read only."""
    folder = tmp_path_factory.mktemp("released")
    (folder / "packages").mkdir()
    for path in built:
        shutil.copy(path, folder / "packages")
    with private_index(folder) as index:
        yield index


@pytest.fixture(params=[pytest.param(each, marks=() if each == THIS else pytest.mark.services) for each in VERSIONS])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The Python of an environment that has nothing in it."""
    version: str = request.param
    python = find_python(version)
    if python is None:
        pytest.skip(why_not(version))
    return make_environment(python, tmp_path / "venv")


@pytest.fixture
def wanted(root: Path) -> list[str]:
    """The package, and each of its extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [NAME, *(f"{NAME}[{extra}]" for extra in project.get("optional-dependencies", {}))]


@pytest.fixture
def bounds(root: Path) -> list[str]:
    """What the package asks for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked: list[str] = project["dependencies"]
    return asked


def keep_to_the_lock(folder: Path, monkeypatch: pytest.MonkeyPatch, *free: str) -> None:
    """Let pip and uv take the versions of the lock, of all but some: what an index has by now is not what is tried."""
    pins = (
        f"{name}=={pinned} ; {marker}".rstrip(" ;") for name, pinned, marker in pins_of(ROOT, "dev") if name not in free
    )
    (folder / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_CONSTRAINT", str(folder / "pins.txt"))


def run(command: list[str | Path], surroundings: Mapping[str, str], cwd: Path | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - pip and uv
        command,
        cwd=cwd,
        env=os.environ | surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout

    return done.stdout


def look_up(python: Path) -> str:
    """Run the demo with an installed package, as a warning is an error; what it says of that first."""
    return run([python, "-I", "-W", "error", ROOT / "examples" / "demo.py"], {}, python.parent).splitlines()[0]


def freeze(python: Path) -> dict[str, str]:
    """What an environment has."""
    listed = run([sys.executable, "-m", "uv", "pip", "freeze", "--python", python, "--quiet"], {})
    return dict(line.split("==") for line in listed.split())


def with_pip(python: Path, wanted: list[str], released: PrivateIndex) -> None:
    """As the README says: the package from the private index, what it needs from where everything else comes from."""
    netrc = write_netrc(python.parent, released)
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-input"]
    pip.append("--no-compile")  # a few megabytes of what nobody imports here
    run([*pip, "--no-deps", "--index-url", released.url, NAME], {"NETRC": str(netrc)})
    run([*pip, f"{NAME}[aiohttp]"], {})
    # What all of them need, pip would look for in all that there ever was of fifty packages: it is asked if it fits.
    with_uv(python, wanted, released)
    run([*pip, "--no-index", *wanted], {})


def with_uv(python: Path, wanted: list[str], released: PrivateIndex, *options: str) -> None:
    """As the README says: both indexes, the private one first."""
    uv: list[str | Path] = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, *options]
    credentials = {"UV_INDEX_PRIVATE_USERNAME": USER, "UV_INDEX_PRIVATE_PASSWORD": PASSWORD}
    run([*uv, "--refresh-package", NAME, "--index", f"private={released.url}", *wanted], credentials)


@pytest.mark.parametrize("mode", IN_MODES)
def test_what_was_published_is_installed_and_used(  # noqa: PLR0917 - fixtures
    released: PrivateIndex,
    environment: Path,
    wanted: list[str],
    bounds: list[str],
    mode: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the private index, with pip or uv, dependencies new or old, it looks a customer up without a warning."""
    if "newest" not in mode:
        free = [Requirement(bound).name for bound in bounds] if "lowest" in mode else []
        keep_to_the_lock(environment.parent, monkeypatch, *free)
    if mode == "pip":
        with_pip(environment, wanted, released)
    else:
        with_uv(environment, [*wanted, *(bounds if "lowest" in mode else [])], released, *MODES[mode])

    assert "sequence-customers-client 0.1.0, API version 2024-07-30" == look_up(environment)
    has = freeze(environment)
    assert "0.1.0" == has[NAME]
    if "lowest" in mode:
        lowest = {bound.name: floor(bound) for bound in map(Requirement, bounds)}
        assert [] == [name for name, version in lowest.items() if not f"{has[name]}.".startswith(f"{version}.")]


README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", re.findall(r"^\$ ((?:pip|uv) .*)$", README, re.MULTILINE))
def test_commands_of_the_readme_install(
    released: PrivateIndex, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command that the README gives to install runs as it stands, in a project that has nothing yet."""
    keep_to_the_lock(tmp_path, monkeypatch)
    python = make_environment(Path(sys.executable), tmp_path / ".venv")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "it"\nversion = "1"\nrequires-python = ">=3.11"\n')
    surroundings = {
        "INDEX_URL": released.url,
        "NETRC": str(write_netrc(tmp_path, released)),
        "PIP_COMPILE": "0",
        "PIP_PYTHON": str(python),
        "PATH": f"{tmp_path}/.venv/bin:{sys.prefix}/bin:{os.environ['PATH']}",
        "UV_INDEX_PRIVATE_USERNAME": USER,
        "UV_INDEX_PRIVATE_PASSWORD": PASSWORD,
        "VIRTUAL_ENV": str(tmp_path / ".venv"),
    }
    run(["sh", "-c", command], surroundings, tmp_path)

    assert "sequence-customers-client 0.1.0, API version 2024-07-30" == look_up(python)


def write_netrc(folder: Path, released: PrivateIndex) -> Path:
    netrc = folder / "netrc"
    netrc.write_text(f"machine {urlsplit(released.url).hostname} login {USER} password {PASSWORD}\n")
    netrc.chmod(0o600)
    return netrc


def floor(bound: Requirement) -> str:
    """The lowest version that satisfies it."""
    return next(each.version for each in bound.specifier if each.operator == ">=")


def test_nobody_installs_anonymously(released: PrivateIndex, tmp_path: Path) -> None:
    """Without the password the index gives nothing away."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--dest", str(tmp_path)]

    done = subprocess.run(  # noqa: S603 - pip
        [*pip, "--index-url", released.url, NAME],
        env=os.environ | {"NETRC": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 != done.returncode
    assert [] == list(tmp_path.iterdir())
