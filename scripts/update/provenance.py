"""openapi/provenance.yaml: where the vendored document comes from, and what it hashes to."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final

from .layout import write

_HEAD: Final = """\
# Where openapi/customers.yaml comes from. It is the vendor's text byte for byte, or, where several sources were merged
# or a build named things anew, the vendor's content in the same layout; a test holds the two files together.
"""


def provenance(text: bytes, origins: list[dict[str, Any]], former: list[dict[str, Any]], today: dt.date) -> bytes:
    """The file for a document; `former` are the sources of what was kept of the document before."""
    sources = {_key(origin): origin for origin in [*former, *origins]}
    content = {
        "document": "customers.yaml",
        "sha256": hashlib.sha256(text).hexdigest(),
        "vendored": today.isoformat(),
        "sources": list(sources.values()),
    }
    # A date needs no quotes here: it is read by people.
    return (_HEAD + write(content).replace(f"'{today.isoformat()}'", today.isoformat())).encode()


def _key(origin: dict[str, Any]) -> str:
    return str(origin.get("block") or origin.get("file"))
