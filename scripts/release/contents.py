"""What is in a wheel and in an sdist: the package, its licence, its metadata, and nothing else."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from collections.abc import Iterable
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from .project import PACKAGE
from .refusal import RefusalError, call

_REQUIRED = ("Name", "Version", "Summary", "Requires-Python", "License-Expression", "License-File", "Project-URL")
_BESIDE = {".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}


def check(wheel: Path, sdist: Path, root: Path) -> None:
    """Refuse a wheel or an sdist that holds too much, too little, or metadata that an index would not take."""
    check_wheel(wheel, root)
    _check_sdist(sdist, root)
    python = Path(sys.executable)
    call([python, "-m", "twine", "check", "--strict", wheel, sdist], what="twine check", cwd=root)
    wheel_contents: list[str | Path] = [python, "-m", "check_wheel_contents", "--no-config", "--toplevel", PACKAGE]
    call([*wheel_contents, "--package", root / PACKAGE, wheel], what="check-wheel-contents", cwd=root)


def check_wheel(wheel: Path, root: Path) -> None:
    """Refuse a wheel that is not the package of the checkout, with a licence and complete metadata."""
    name, version, *_ = wheel.name.split("-")
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        found = set(archive.namelist())
    expected = {f"{PACKAGE}/{path}" for path in _sources(root / PACKAGE)}
    expected |= {f"{info}/{file}" for file in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}
    if f"{PACKAGE}/py.typed" not in found:
        raise RefusalError(f"{wheel.name} has no py.typed: nobody's type checker would look at it")
    _same(wheel.name, expected, found - {f"{info}/entry_points.txt"})
    _check_metadata(wheel)


def _check_sdist(sdist: Path, root: Path) -> None:
    top = sdist.name.removesuffix(".tar.gz")
    with tarfile.open(sdist) as archive:
        found = {member.name for member in archive.getmembers() if not member.isdir()}
    expected = {f"{top}/{path}" for path in _BESIDE} | {f"{top}/{PACKAGE}/{path}" for path in _sources(root / PACKAGE)}
    _same(sdist.name, expected, found)


def _sources(folder: Path) -> set[str]:
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if "__pycache__" not in path.parts}


def _same(name: str, expected: Iterable[str], found: Iterable[str]) -> None:
    expected, found = set(expected), set(found)
    for path in sorted(expected - found):
        raise RefusalError(f"{name} does not hold {path}")
    for path in sorted(found - expected):
        raise RefusalError(f"{name} holds {path}, which does not belong there")


def read_metadata(wheel: Path) -> Message:
    """The METADATA of a wheel."""
    return HeaderParser().parsestr(read_text(wheel, "METADATA") or "")


def read_text(wheel: Path, file: str) -> str | None:
    """A file of a wheel's dist-info, or None where there is no such file."""
    name, version, *_ = wheel.name.split("-")
    with zipfile.ZipFile(wheel) as archive:
        path = f"{name}-{version}.dist-info/{file}"
        return archive.read(path).decode() if path in archive.namelist() else None


def _check_metadata(wheel: Path) -> None:
    metadata = read_metadata(wheel)
    for field in _REQUIRED:
        if not metadata.get(field):
            raise RefusalError(f"{wheel.name}: the metadata has no {field}")
    if not f"{metadata.get_payload()}{metadata.get('Description', '')}".strip():
        raise RefusalError(f"{wheel.name}: the metadata has no readme")
    if "Private :: Do Not Upload" not in (metadata.get_all("Classifier") or []):
        raise RefusalError(f"{wheel.name}: the classifier 'Private :: Do Not Upload' is missing")
