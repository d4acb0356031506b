"""Environments are ours to keep: whatever a document lists, those of openapi/environments.yaml stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.generate.document import DocumentError
from scripts.generate.generation import Sources, read_environments

OURS = Sources().environments
KEPT = {
    "DEV": "https://dev.seqhq.io/api",
    "SANDBOX": "https://sandbox.sequencehq.com/api",
    "PRODUCTION": "https://eu.sequencehq.com/api",
}
US = {"url": "https://us.sequencehq.com/api/", "description": "US"}

SERVERS: dict[str, tuple[Any, dict[str, str]]] = {
    "none": (None, {}),
    "an empty list": ([], {}),
    "the sandbox alone": ([{"url": "https://sandbox.sequencehq.com/api/", "description": "Sandbox"}], {}),
    "another order": ([{"url": url, "description": name} for name, url in reversed(KEPT.items())], {}),
    "another URL for one of ours": ([{"url": "https://a.b", "description": "PRODUCTION"}], {}),
    "a template": ([{"url": "https://{region}.sequencehq.com", "description": "Region"}], {}),
    "one without encryption": ([{"url": "http://a.b", "description": "Local"}], {}),
    "one with credentials": ([{"url": "https://u:p@a.b", "description": "Local"}], {}),
    "one without words": ([{"url": "https://a.b"}], {}),
    "one more": ([US], {"US": "https://us.sequencehq.com/api"}),
    "one more, twice": ([US, US], {"US": "https://us.sequencehq.com/api"}),
}


@pytest.mark.parametrize("case", SERVERS)
def test_environments(case: str) -> None:
    """A document adds an environment with a name and a plain https URL, and neither takes nor moves one."""
    servers, added = SERVERS[case]

    assert KEPT | added == read_environments(OURS, {"servers": servers})


REFUSED = {
    "DEV: https://a.b\n": "environments.yaml: names no PRODUCTION",
    "[]": "environments.yaml: names no PRODUCTION",
    "PRODUCTION: http://a.b\n": "PRODUCTION: 'http://a.b': is no name in upper case with a plain https URL",
    "PRODUCTION: 1\n": "PRODUCTION: 1: is no name in upper case with a plain https URL",
    "PRODUCTION: https://a.b\nus: https://c.d\n": "us: 'https://c.d': is no name in upper case",
    "PRODUCTION: https://a.b\n2ND: https://c.d\n": "2ND: 'https://c.d': is no name in upper case",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str, tmp_path: Path) -> None:
    """A file of ours that names no environment to call, or an address that is not encrypted, is refused."""
    path = tmp_path / "environments.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError, match=r"^environments\.yaml: ") as raised:
        read_environments(path, {})
    assert REFUSED[text] in str(raised.value)
