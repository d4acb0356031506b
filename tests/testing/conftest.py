"""The document of a later day, as the package would have it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.__main__ import main
from scripts.generate.document import read_yaml
from scripts.generate.generation import ROOT


@pytest.fixture(scope="session")
def later(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `make generate` makes of the vendored document with the operations of later.yaml."""
    folder = tmp_path_factory.mktemp("later")
    document = read_yaml(ROOT / "openapi" / "customers.yaml")
    additions = read_yaml(Path(__file__).with_name("later.yaml"))
    document["paths"].update(additions["paths"])
    for kind, parts in additions["components"].items():
        document["components"].setdefault(kind, {}).update(parts)
    (folder / "later.json").write_text(json.dumps(document), encoding="utf-8")

    assert 0 == main(["--document", str(folder / "later.json"), "--target", str(folder / "generated")])

    return json.loads((folder / "generated" / "document.json").read_text(encoding="utf-8"))
