"""Files and folders that change together: all of them, or none, whatever ends the program in between.

What is new and what stood there are copied into one folder under build/ first; only a rename makes that folder count.
An exception puts back what stood there; after a `kill -9` the next run does.
"""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

UNDO: Final = Path("build", "update-spec.undo")
_SIGNALS: Final = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def swap(root: Path, replacements: Mapping[Path, Path]) -> None:
    """Put each new file or folder in the place, below the root, that it is given for."""
    undo, draft = root / UNDO, _draft(root)
    with _uninterrupted():
        try:
            _remove(draft)
            for index, (target, new) in enumerate(replacements.items()):
                _copy(new, draft / f"new{index}")
                if (root / target).exists():
                    _copy(root / target, draft / f"old{index}")
                if (root / target).is_file():
                    shutil.copymode(root / target, draft / f"new{index}")
            names = [target.as_posix() for target in replacements]
            (draft / "targets.json").write_text(json.dumps(names), encoding="utf-8")
            _rename(draft, undo)
            for index, target in enumerate(replacements):
                _put(undo / f"new{index}", root / target)
            _rename(undo, draft)  # from here on, nothing is undone
        except BaseException:
            recover(root)
            raise
        finally:
            _remove(draft)


def recover(root: Path) -> bool:
    """Put back what an update that was killed had begun to replace; says whether there was any."""
    undo = root / UNDO
    _remove(_draft(root))
    if not undo.exists():
        return False
    with _uninterrupted():
        for index, target in enumerate(json.loads((undo / "targets.json").read_text(encoding="utf-8"))):
            if (undo / f"old{index}").exists():
                _copy(undo / f"old{index}", undo / "back")
                _put(undo / "back", root / target)
            else:
                _remove(root / target)
        _rename(undo, _draft(root))
    _remove(_draft(root))
    return True


def _draft(root: Path) -> Path:
    return root / UNDO.with_suffix(".draft")


def _rename(old: Path, new: Path) -> None:
    old.rename(new)


def _copy(source: Path, target: Path) -> None:
    _remove(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def _put(new: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    new.replace(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """For the few milliseconds that this takes, nobody stops it but with `kill -9`."""
    former = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
