"""Setting up installs what the lock files name, whatever an index offers by now."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.markers import Marker

LOCKS = [("runtime", ""), ("dev", "dev"), ("bench", "bench")]
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; (.*))? \\\n(?: +--hash=.*\n)+", re.MULTILINE)
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


class Place:
    """A project with an environment, and a folder that has each package of its locks, and a newer release of each."""

    def __init__(self, root: Path, folder: Path, pip: str) -> None:
        self.root, self.links, self.venv = folder / "project", folder / "links", folder / "project" / ".venv"
        self.pins: dict[str, dict[str, str]] = {}
        self.others: dict[str, set[str]] = {}
        self._hashes: dict[tuple[str, str], str] = {}
        self.links.mkdir()
        (self.root / "requirements").mkdir(parents=True)
        (self.root / "scripts").symlink_to(root / "scripts")
        shutil.copy(root / "pyproject.toml", self.root)
        for lock, _ in LOCKS:
            self._lock(root, lock)
        subprocess.run([sys.executable, "-m", "venv", self.venv], check=True)  # noqa: S603 - a Python
        if pip != "bundled":
            self._bring_pip(pip)

    def _lock(self, root: Path, lock: str) -> None:
        # pip is what installs here: an empty one would be the end of it.
        found = PIN.findall((root / "requirements" / f"{lock}.txt").read_text(encoding="utf-8"))
        pins = [pin for pin in found if pin[0] != "pip"]
        lines = []
        for name, pinned, marker in pins:
            for number in (pinned, NEWER):
                if (name, number) not in self._hashes:
                    self._hashes[name, number] = write_wheel(self.links, name, number)
            condition = f" ; {marker}" if marker else ""
            lines.append(f"{name}=={pinned}{condition} --hash=sha256:{self._hashes[name, pinned]}\n")
        (self.root / "requirements" / f"{lock}.txt").write_text("".join(lines), encoding="utf-8")
        self.pins[lock] = {name: pinned for name, pinned, marker in pins if not marker or Marker(marker).evaluate()}
        # What a lock names for other Pythons alone may be there from the lock before.
        self.others[lock] = {name for name, _, _ in pins} - set(self.pins[lock])

    def _bring_pip(self, number: str) -> None:
        (site,) = self.venv.glob("lib/python3*/site-packages")
        for former in site.glob("pip*"):
            shutil.rmtree(former)
        for part in ("pip", f"pip-{number}.dist-info"):
            shutil.copytree(Path(sys.prefix, *site.relative_to(self.venv).parts, part), site / part)

    def install(self, lock: str, group: str) -> subprocess.CompletedProcess[str]:
        """What the Makefile does to set up."""
        return subprocess.run(  # noqa: S603 - our script
            ["scripts/install.sh", ".venv", f"requirements/{lock}.txt", *([group] if group else [])],  # noqa: S607
            cwd=self.root,
            env=os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.links)},
            capture_output=True,
            text=True,
            check=False,
        )

    def installed(self) -> dict[str, str]:
        """What is there now."""
        python = self.venv / "bin" / "python"
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check"]
        listed = subprocess.run([*pip, "list", "--format", "freeze"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - pip
        found = (line.split("==") for line in listed.split())
        return {name.lower().replace("_", "-").replace(".", "-"): number for name, number in found if name != "pip"}


@pytest.fixture(params=["bundled", version("pip")], scope="module")
def place(request: pytest.FixtureRequest, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """With the pip that this Python brings along, on 3.11 it is 23.2, and with the newest that the lock has."""
    return Place(root, tmp_path_factory.mktemp("setup"), request.param)


@pytest.mark.parametrize(("lock", "group"), LOCKS)
def test_what_is_locked_is_what_is_installed(place: Place, lock: str, group: str) -> None:
    """A newer release of every package is on offer, and every lock is installed as it is, and nothing beside it."""
    done = place.install(lock, group)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert place.pins[lock] == {
        name: version for name, version in place.installed().items() if name not in place.others[lock]
    }


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
