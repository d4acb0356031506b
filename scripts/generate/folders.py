"""Files and folders: what keeps two of them apart, and putting new ones in the place of others, all of them or none."""

import filecmp
import json
import shutil
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

UNDO: Final = Path("build", "update-spec.undo")
"""What an update that was killed leaves behind, below the checkout."""


def differences(expected: Path, actual: Path) -> Iterator[str]:
    """What keeps two folders from holding the same files, caches aside."""
    wanted, found = _files(expected), _files(actual)
    _, differing, alone = filecmp.cmpfiles(expected, actual, wanted | found, shallow=False)
    for path in sorted([*differing, *alone]):
        yield f"{path}: {'missing' if path not in found else 'differs' if path in wanted else 'not generated'}"


def _files(folder: Path) -> set[str]:
    """The places of the files and links."""
    paths = {path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    return {path.relative_to(folder).as_posix() for path in paths if "__pycache__" not in path.parts}


def swap(root: Path, replacements: Mapping[Path, Path], journal: Path = UNDO) -> None:
    """Put a copy of each new file or folder in the place, below the root, that it is given for: of all, or of none.

    All copies are made first; the rest are renames, from a folder and into it, which counts from one rename to another.
    As long as it does, all others are undone, by an exception here, or after a `kill -9` by the next run.
    """
    recover(root, journal)
    undo, draft = root / journal, (root / journal).with_suffix(".new")
    # For the few milliseconds that this takes, nobody stops it but with `kill -9`.
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM})
    try:
        draft.mkdir(parents=True)
        for index, new in enumerate(replacements.values()):
            (shutil.copytree if new.is_dir() else shutil.copy)(new, draft / f"{index}.new")
        (draft / "targets.json").write_text(json.dumps([target.as_posix() for target in replacements]))
        draft.rename(undo)
        for index, target in enumerate(replacements):
            if (root / target).exists():
                (root / target).rename(undo / f"{index}.old")
            (undo / f"{index}.new").rename(root / target)
        undo.rename(draft)  # from here on, nothing is undone
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
            (root / target).rename(new)
        if old.exists():
            old.rename(root / target)
    if undo.exists():
        undo.rename(draft)
        shutil.rmtree(draft)
    return begun
