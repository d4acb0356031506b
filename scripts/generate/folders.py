"""Folders of generated code: what keeps two apart, and putting one in the place of another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path


def differences(expected: Path, actual: Path) -> Iterator[str]:
    """What keeps two folders from holding the same files, caches aside."""
    wanted, found = _files(expected), _files(actual)
    for path in sorted(wanted | found):
        if path not in found:
            yield f"{path}: missing"
        elif path not in wanted:
            yield f"{path}: not generated"
        elif (expected / path).read_bytes() != (actual / path).read_bytes():
            yield f"{path}: differs"


def _files(folder: Path) -> set[Path]:
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder) for path in paths if "__pycache__" not in path.relative_to(folder).parts}


def swap_in(package: Path, target: Path) -> None:
    """Put a finished package in the place of the old one, or leave the old one as it was."""
    target = target.resolve()
    new, old = (target.with_name(f".{target.name}.{age}") for age in ("new", "old"))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        shutil.copytree(package, new)
        if target.exists():
            target.rename(old)
        new.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
