"""Setting up installs what the lock files name, whatever an index offers by now."""

from __future__ import annotations

import base64
import ensurepip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.version import Version

from tests.shipping.locks import pins_of

LOCKS = [("runtime", ""), ("bench", "bench"), ("dev", "dev")]  # the smallest first: what is too much is uninstalled
NEWER = "9999.1"


def write_wheel(folder: Path, name: str, number: str) -> str:
    """A wheel with nothing in it, which asks for a package of every lock with an extra; its hash."""
    stem = name.replace("-", "_").replace(".", "_")
    info = f"{stem}-{number}.dist-info"
    # An extra is what made a pip in hash mode look past the lock.
    asks = "Provides-Extra: toml\n" + ("" if name == "anyio" else "Requires-Dist: anyio[toml]\n")
    files = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n{asks}",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    path = folder / f"{stem}-{number}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(f"{info}/{file}", text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{info}/{file},sha256={digest},{len(text.encode())}\n"
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Index:
    """A folder that is an index of every package that a lock names, and of a newer release of each."""

    def __init__(self, folder: Path, pins: set[tuple[str, str]]) -> None:
        self.url = folder.as_uri()
        self.hashes = {}
        for name, pinned in sorted(pins):
            page = folder / name
            page.mkdir(parents=True, exist_ok=True)
            for number in (pinned, NEWER):
                self.hashes[name, number] = write_wheel(page, name, number)
            links = (f'<a href="{wheel.name}">{wheel.name}</a>\n' for wheel in page.glob("*.whl"))
            (page / "index.html").write_text(f"<!DOCTYPE html>\n{''.join(links)}", encoding="utf-8")


def bundled_pip() -> Path:
    """The wheel of the pip that this Python brings; a Debian keeps it elsewhere."""
    wheels = sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(ensurepip.__file__).with_name("_bundled")
    (wheel,) = Path(wheels).glob(f"pip-{ensurepip.version()}-*.whl")
    return wheel


class Place:
    """A project with its locks, and an environment that has a pip, or none, and nothing else."""

    def __init__(self, root: Path, folder: Path, index: Index, pip: str) -> None:
        self.root, self.venv = folder / "project", folder / "project" / ".venv"
        self.pins: dict[str, dict[str, str]] = {}
        self.others: dict[str, set[str]] = {}
        self.environment = os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.url}
        (self.root / "requirements").mkdir(parents=True)
        (self.root / "scripts").symlink_to(root / "scripts")
        shutil.copy(root / "pyproject.toml", self.root)
        for lock, _ in LOCKS:
            self._lock(pins_of(root, lock), index, lock)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.venv], check=True)  # noqa: S603 - a Python
        (site,) = self.venv.glob("lib/python3*/site-packages")
        if pip == "bundled":
            # What venv would install, but that it compiles all of it first.
            zipfile.ZipFile(bundled_pip()).extractall(site)
        elif pip:
            for part in ("pip", f"pip-{pip}.dist-info"):
                shutil.copytree(Path(sys.prefix, *site.relative_to(self.venv).parts, part), site / part)

    def _lock(self, pins: list[tuple[str, str, str]], index: Index, lock: str) -> None:
        lines = (
            f"{name}=={pinned}{f' ; {marker}' if marker else ''} --hash=sha256:{index.hashes[name, pinned]}\n"
            for name, pinned, marker in pins
        )
        (self.root / "requirements" / f"{lock}.txt").write_text("".join(lines), encoding="utf-8")
        self.pins[lock] = {name: pinned for name, pinned, marker in pins if not marker or Marker(marker).evaluate()}
        # What a lock names for other Pythons alone may be there from the lock before.
        self.others[lock] = {name for name, _, _ in pins} - set(self.pins[lock])

    def install(self, lock: str, group: str) -> subprocess.CompletedProcess[str]:
        """What the Makefile does to set up."""
        return self.run("scripts/install.sh", ".venv", f"requirements/{lock}.txt", *([group] if group else []))

    def pip(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(str(self.venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *arguments)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our script, or pip
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )

    def installed(self) -> dict[str, str]:
        """What is there now."""
        (site,) = self.venv.glob("lib/python3*/site-packages")
        found = ((each.name, each.version) for each in distributions(path=[str(site)]))
        return {re.sub("[_.]", "-", name.lower()): number for name, number in found if name != "pip"}


@pytest.fixture(scope="module")
def index(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    pins = {(name, pinned) for lock, _ in LOCKS for name, pinned, _ in pins_of(root, lock)}
    return Index(tmp_path_factory.mktemp("index"), pins)


@pytest.fixture(params=["bundled", version("pip")], scope="module")
def place(request: pytest.FixtureRequest, root: Path, index: Index, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """With the pip that this Python brings along, on 3.11 it is 23.2, and with the newest that the lock has."""
    return Place(root, tmp_path_factory.mktemp("setup"), index, request.param)


@pytest.mark.skipif(Version(ensurepip.version()) >= Version("24"), reason="the pip of this Python keeps to its hashes")
@pytest.mark.parametrize("place", ["bundled"], indirect=True)
def test_setting_up_as_it_was_looks_past_the_lock(place: Place) -> None:
    """A pip of 2023 in hash mode, which is all that setting up once was, goes for a newer release and fails over it."""
    done = place.pip("install", "--require-hashes", "--no-compile", "--requirement", "requirements/runtime.txt")

    assert 0 != done.returncode
    assert "all requirements must have their versions pinned" in done.stderr


def test_following_requirements_would_look_past_the_lock(place: Place) -> None:
    """What a lock does not name comes as the index has it today, where pip may resolve: there is rot to be kept out."""
    lock = (place.root / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    pins = "\n".join(line.partition(" --hash")[0] for line in lock.splitlines() if not line.startswith("anyio"))
    (place.root / "pins.txt").write_text(pins, encoding="utf-8")
    done = place.pip("install", "--no-compile", "--requirement", "pins.txt")

    assert 0 == done.returncode, done.stderr
    assert NEWER == place.installed()["anyio"]


# What Python brings takes seconds to unpack.
@pytest.mark.parametrize("pip", ["of the lock", pytest.param("of this Python", marks=pytest.mark.services), ""])
def test_a_new_environment_gets_a_pip(pip: str, root: Path, index: Index, tmp_path: Path) -> None:
    """The one that the lock names, or that Python brings; where it brings none, the machine's own does the work."""
    place, wheel = Place(root, tmp_path, index, ""), bundled_pip()
    place.environment |= {"PYTHON": sys.executable, "PIP_FIND_LINKS": str(wheel.parent)}
    with (place.root / "requirements" / "runtime.txt").open("a", encoding="utf-8") as lock:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lock.write(f"pip=={ensurepip.version()} --hash=sha256:{digest}\n" if "lock" in pip else "")
    if not pip:
        (tmp_path / "ensurepip.py").write_text("raise ImportError", encoding="utf-8")
        place.environment["PYTHONPATH"] = str(tmp_path)
    done = place.install("runtime", "")

    assert ("", 0) == (done.stderr, done.returncode)
    assert place.pins["runtime"] == place.installed()
    assert bool(pip) == place.pip("--version").stdout.startswith(f"pip {ensurepip.version()} from {place.venv}")


def test_an_incomplete_lock_is_refused(place: Place) -> None:
    """A lock that lacks what a package needs is one clear error, which names what is missing."""
    lock = place.root / "requirements" / "runtime.txt"
    text = lock.read_text(encoding="utf-8")
    lock.write_text("".join(line for line in text.splitlines(keepends=True) if not line.startswith("anyio")))
    try:
        done = place.install("runtime", "")
    finally:
        lock.write_text(text)

    assert 0 != done.returncode
    assert "No matching distribution found for anyio" in done.stderr
    assert "requirements/runtime.txt is incomplete" in done.stderr


def test_a_file_that_is_another_than_was_locked_is_refused(place: Place) -> None:
    """Whichever pip at work comes upon it, setting up ends with an error that names it."""
    lock = place.root / "requirements" / "bench.txt"
    text = lock.read_text(encoding="utf-8")
    lock.write_text(
        re.sub(r"(?<=^anyio)(.*sha256:)\w{8}", r"\g<1>00000000", text, flags=re.MULTILINE), encoding="utf-8"
    )
    try:
        done = place.install("bench", "bench")
    finally:
        lock.write_text(text, encoding="utf-8")

    assert 1 == done.returncode
    assert "anyio" in done.stderr.partition("DO NOT MATCH THE HASHES")[2]
    assert "requirements/bench.txt is not installed" in done.stderr


@pytest.mark.parametrize(("lock", "group"), LOCKS)
def test_what_is_locked_is_what_is_installed(place: Place, lock: str, group: str) -> None:
    """A newer release of every package is on offer, and every lock is installed as it is, and nothing beside it."""
    done = place.install(lock, group)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert place.pins[lock] == {
        name: version for name, version in place.installed().items() if name not in place.others[lock]
    }
