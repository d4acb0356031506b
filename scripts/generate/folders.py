"""Files and folders: what keeps two of them apart, and putting new ones in the place of others, all of them or none."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

UNDO: Final = Path("build", "update-spec.undo")
"""What an update that was killed leaves behind, below the checkout."""

_SIGNALS: Final = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM}


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
    swap(target.parent, {Path(target.name): package}, Path(f".{target.name}.old"))


def swap(root: Path, replacements: Mapping[Path, Path], journal: Path = UNDO) -> None:
    """Put a copy of each new file or folder in the place, below the root, that it is given for: of all, or of none.

    All copies are made first; the rest are renames, from a folder and into it, which counts from one rename to another.
    As long as it does, all others are undone, by an exception here, or after a `kill -9` by the next run.
    """
    recover(root, journal)
    undo, draft = root / journal, (root / journal).with_suffix(".new")
    # For the few milliseconds that this takes, nobody stops it but with `kill -9`.
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        draft.mkdir(parents=True)
        for index, new in enumerate(replacements.values()):
            _copy(new, draft / f"{index}.new")
        (draft / "targets.json").write_text(json.dumps([target.as_posix() for target in replacements]))
        _rename(draft, undo)
        for index, target in enumerate(replacements):
            if (root / target).exists():
                _rename(root / target, undo / f"{index}.old")
            _rename(undo / f"{index}.new", root / target)
        _rename(undo, draft)  # from here on, nothing is undone
    finally:
        recover(root, journal)
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def recover(root: Path, journal: Path = UNDO) -> bool:
    """Put back what a run that was killed had begun to replace; says whether there was any."""
    undo, draft = root / journal, (root / journal).with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    begun = (undo / "targets.json").exists()
    for index, target in enumerate(json.loads((undo / "targets.json").read_text()) if begun else ()):
        new, old = (undo / f"{index}.{age}" for age in ("new", "old"))
        if not new.exists():
            _rename(root / target, new)
        if old.exists():
            _rename(old, root / target)
    if undo.exists():
        _rename(undo, draft)
        shutil.rmtree(draft)
    return begun


def _rename(old: Path, new: Path) -> None:
    old.rename(new)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
