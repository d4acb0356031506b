"""Prism, serving the vendored document as it is and as the generator sees it, one of each a session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.generate.document import read_document, read_yaml
from scripts.generate.generation import Sources
from scripts.generate.overlay import apply_overlay
from tests.contract.prism import Server, prism


@pytest.fixture(scope="session")
def vendored() -> Iterator[Server]:
    """Prism serving openapi/customers.yaml byte for byte."""
    with prism(Sources().document) as server:
        yield server


@pytest.fixture(scope="session")
def overlaid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Prism serving the document with our overlay: only there do timestamps say that they are."""
    sources = Sources()
    document = apply_overlay(read_document(sources.document), read_yaml(sources.overlay))
    path = Path(tmp_path_factory.mktemp("overlaid")) / "customers.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with prism(path) as server:
        yield server
