"""Files and folders that change together: all of them, or none, whatever ends the program in between.

What stood there is copied aside first. An exception puts it back at once; after a `kill -9` the next run does.
"""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

UNDO: Final = Path("build", "update-spec.undo")
_SIGNALS: Final = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def swap(root: Path, replacements: Mapping[Path, Path]) -> None:
    """Put each new file or folder in the place, below the root, that it is given for."""
    undo = root / UNDO
    with _uninterrupted():
        try:
            for target, new in replacements.items():
                _copy(new, _beside(root / target))
                if (root / target).is_file():
                    shutil.copymode(root / target, _beside(root / target))
            _set_aside(root, list(replacements), undo)
            for target in replacements:
                _put(_beside(root / target), root / target)
            _remove(_renamed(undo))
        except BaseException:
            recover(root)
            for target in replacements:
                _remove(_beside(root / target))
            raise


def recover(root: Path) -> bool:
    """Put back what an update that was killed had begun to replace; says whether there was any."""
    undo = root / UNDO
    _remove(undo.with_name(f"{undo.name}.new"))
    _remove(undo.with_name(f"{undo.name}.old"))
    if not undo.exists():
        return False
    with _uninterrupted():
        for index, (target, existed) in enumerate(json.loads((undo / "targets.json").read_text(encoding="utf-8"))):
            _remove(_beside(root / target))
            if existed:
                _copy(undo / str(index), _beside(root / target))
                _put(_beside(root / target), root / target)
            else:
                _remove(root / target)
        _remove(_renamed(undo))
    return True


def _set_aside(root: Path, targets: list[Path], undo: Path) -> None:
    new = undo.with_name(f"{undo.name}.new")
    _remove(new)
    new.mkdir(parents=True)
    for index, target in enumerate(targets):
        if (root / target).exists():
            _copy(root / target, new / str(index))
    listed = [(target.as_posix(), (root / target).exists()) for target in targets]
    (new / "targets.json").write_text(json.dumps(listed), encoding="utf-8")
    new.rename(undo)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.update")


def _renamed(undo: Path) -> Path:
    """What is set aside, under a name that nobody takes for it any more: from here on, nothing is undone."""
    old = undo.with_name(f"{undo.name}.old")
    undo.rename(old)
    return old


def _copy(source: Path, target: Path) -> None:
    _remove(target)
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
        with suppress(FileNotFoundError):
            path.unlink()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """For the few milliseconds that this takes, nobody stops it but with `kill -9`."""
    former = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
