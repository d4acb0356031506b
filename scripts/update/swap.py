"""Files and folders that change together: all of them, or none, whatever ends the program in between.

What stood there is copied into one folder under build/ first; only a rename makes that folder count, and another one
makes it count no more. As long as it does, what is in it is put back: by an exception, or after a `kill -9` by the next
run.
"""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

UNDO: Final = Path("build", "update-spec.undo")
_DRAFT: Final = UNDO.with_suffix(".draft")
_SIGNALS: Final = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM}


def swap(root: Path, replacements: Mapping[Path, Path]) -> None:
    """Put each new file or folder in the place, below the root, that it is given for."""
    undo, draft = root / UNDO, root / _DRAFT
    # For the few milliseconds that this takes, nobody stops it but with `kill -9`.
    former = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        for index, target in enumerate(replacements):
            if (root / target).exists():
                _copy(root / target, draft / str(index))
        names = [target.as_posix() for target in replacements]
        (draft / "targets.json").write_text(json.dumps(names), encoding="utf-8")
        _rename(draft, undo)
        for target, new in replacements.items():
            _copy(new, root / target)
        _rename(undo, draft)  # from here on, nothing is undone
    finally:
        recover(root)
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def recover(root: Path) -> bool:
    """Put back what an update that was killed had begun to replace; says whether there was any."""
    undo = root / UNDO
    begun = undo.exists()
    if begun:
        for index, target in enumerate(json.loads((undo / "targets.json").read_text(encoding="utf-8"))):
            _remove(root / target)
            if (undo / str(index)).exists():
                _copy(undo / str(index), root / target)
        shutil.rmtree(root / _DRAFT, ignore_errors=True)
        _rename(undo, root / _DRAFT)
    shutil.rmtree(root / _DRAFT, ignore_errors=True)
    return begun


def _rename(old: Path, new: Path) -> None:
    old.rename(new)


def _copy(source: Path, target: Path) -> None:
    """Copy a file or a folder to where another may be; a file keeps the mode of the one that it replaces."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        _remove(target)
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    elif target.exists():
        shutil.copyfile(source, target)
    else:
        shutil.copy(source, target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
