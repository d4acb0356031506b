"""What redocly says of two documents: it knows OpenAPI's rules of compatibility, not those of Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from scripts.generate.document import DocumentError
from scripts.generate.meaning import Json


class Opinion(NamedTuple):
    """One change as redocly sees it."""

    old: str
    new: str
    """Where it stands: JSON pointers, empty where there is nothing."""
    kind: str
    aspect: str
    impact: str
    """What it would mean for the version of the API: major, minor, or patch."""
    message: str

    @property
    def pointer(self) -> str:
        """Where it stands now, or stood."""
        return self.new or self.old


def compare(old: Json, new: Json) -> list[Opinion]:
    """Let redocly compare two documents."""
    prefix = Path(sys.prefix)
    node, program = prefix / "bin" / "node", prefix / "node" / "node_modules" / ".bin" / "redocly"
    if not node.exists() or not program.exists():
        raise DocumentError("redocly is not installed: run `make setup`")
    with tempfile.TemporaryDirectory() as folder:
        for name, document in (("old.json", old), ("new.json", new)):
            Path(folder, name).write_text(json.dumps(document), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - our own program
            [node, program, "diff", "old.json", "new.json", "--format", "json", "--fail-on", "none"],
            cwd=folder,
            env=os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        listed = json.loads(done.stdout)["changes"]
    except (ValueError, KeyError) as error:
        raise DocumentError(f"redocly: {(done.stderr or done.stdout).strip()[-300:] or error}") from error
    return [_opinion(change) for change in listed]


def _opinion(change: Json) -> Opinion:
    return Opinion(
        old=(change.get("base") or {}).get("pointer") or "",
        new=(change.get("revision") or {}).get("pointer") or "",
        kind=change["kind"],
        aspect=change.get("property") or "",
        impact=change["impact"],
        message="; ".join(verdict["message"] for verdict in change.get("verdicts") or []),
    )
