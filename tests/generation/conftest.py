"""Documents as small edits on a copy of the vendored one, and packages generated from them."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from scripts.generate.__main__ import main
from scripts.generate.document import read_yaml
from scripts.generate.generation import ROOT
from tests.update.checkouts import merged, source
from tests.update.vendor import vendor_document

Document = dict[str, Any]
Edit = Callable[[Document], object]

RUNTIME = ROOT / "sequence_customers_client"
CREDENTIALS = {"client_id": "id", "client_secret": "secret"}


@pytest.fixture(scope="session")
def vendored() -> str:
    return json.dumps(read_yaml(ROOT / "openapi" / "customers.yaml"))


@pytest.fixture
def document(vendored: str) -> Document:
    """A copy of the vendored document, to be edited."""
    copy: Document = json.loads(vendored)
    return copy


@pytest.fixture
def write(tmp_path: Path) -> Callable[[object], Path]:
    """Write a document where the generator can read it."""

    def write(document: object) -> Path:
        path = tmp_path / "document.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


@pytest.fixture
def refusal(
    tmp_path: Path, write: Callable[[object], Path], capsys: pytest.CaptureFixture[str]
) -> Callable[[object], str]:
    """Generate from what must not generate: returns the one line that says why, the package being as it was."""

    def refusal(document: object) -> str:
        path = document if isinstance(document, Path) else write(document)
        target = tmp_path / "package"
        target.mkdir()
        (target / "kept.py").write_text("KEPT = True\n", encoding="utf-8")

        status = main(["--document", str(path), "--target", str(target)])

        message = capsys.readouterr().err
        assert 1 == status, message
        assert 1 == len(message.splitlines()), message
        assert ["kept.py"] == [entry.name for entry in target.iterdir()]
        return message.strip()

    return refusal


def merge(document: Document, additions: Document) -> None:
    """Merge objects and extend lists, in place."""
    for key, value in additions.items():
        if isinstance(value, dict) and isinstance(document.get(key), dict):
            merge(document[key], value)
        elif isinstance(value, list) and isinstance(document.get(key), list):
            document[key].extend(value)
        else:
            document[key] = value


class Generated:
    """A client whose generated part comes from an edited document, importable under a name of its own."""

    def __init__(self, folder: Path, name: str, document: Document) -> None:
        self.folder = folder / name
        self.name = name
        self.document = document
        shutil.copytree(RUNTIME, self.folder, ignore=shutil.ignore_patterns("_generated", "__pycache__"))
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert 0 == main(["--document", str(path), "--target", str(self.folder / "_generated")])

    def module(self, name: str = "") -> ModuleType:
        """One of its modules, `_generated.models` for example; without a name the package."""
        if self.name not in sys.modules:
            spec = importlib.util.spec_from_file_location(self.name, self.folder / "__init__.py")
            assert spec is not None
            assert spec.loader is not None
            package = importlib.util.module_from_spec(spec)
            sys.modules[self.name] = package
            spec.loader.exec_module(package)
        return importlib.import_module(f"{self.name}.{name}" if name else self.name)

    @property
    def models(self) -> Any:
        return self.module("_generated.models")

    def source(self, module: str) -> str:
        return (self.folder / "_generated" / f"{module}.py").read_text(encoding="utf-8")

    def client(self, answer: Callable[[httpx.Request], httpx.Response]) -> Any:
        return self.module().SequenceClient(**CREDENTIALS, max_retries=0, transport=httpx.MockTransport(answer))

    def async_client(self, answer: Callable[[httpx.Request], httpx.Response]) -> Any:
        return self.module().AsyncSequenceClient(**CREDENTIALS, max_retries=0, transport=httpx.MockTransport(answer))


@pytest.fixture(scope="session")
def generate_client(tmp_path_factory: pytest.TempPathFactory, vendored: str) -> Iterator[Callable[..., Generated]]:
    """Generate a client from the vendored document with edits applied; forgets its modules in the end."""
    made: list[str] = []

    def generate_client(*edits: Edit) -> Generated:
        document: Document = json.loads(vendored)
        for edit in edits:
            edit(document)
        made.append(f"generated_client_{len(made)}")
        return Generated(tmp_path_factory.mktemp("client"), made[-1], document)

    yield generate_client
    for name in [name for name in sys.modules if name.partition(".")[0] in made]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def rich(generate_client: Callable[..., Generated]) -> Generated:
    """A client of a document that has some of everything: additions.yaml."""
    additions = read_yaml(Path(__file__).with_name("additions.yaml"))
    return generate_client(lambda document: merge(document, additions))


@pytest.fixture(scope="session")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """A client of our operations of the whole file that the vendor publishes, as `make update-spec` vendors them."""
    return Generated(tmp_path_factory.mktemp("vendor"), "vendor_client", merged(source(vendor_document())).document)
