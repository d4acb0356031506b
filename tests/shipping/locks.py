"""What the lock files name."""

from __future__ import annotations

import re
from pathlib import Path

PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; (.*))? \\\n(?: +--hash=.*\n)+", re.MULTILINE)


def pins_of(root: Path, lock: str) -> list[tuple[str, str, str]]:
    """Name, version and marker of all that a lock names but pip: that is what installs here."""
    found = PIN.findall((root / "requirements" / f"{lock}.txt").read_text(encoding="utf-8"))
    return [pin for pin in found if pin[0] != "pip"]
