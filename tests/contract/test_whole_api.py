"""A whole API, eighteen operations in four tags: generated, and every method called for real, async and sync."""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.document import operations, read_yaml
from scripts.generate.generation import ROOT
from scripts.generate.naming import operation_name
from scripts.update.sources import Source, merge, written
from scripts.update.update import read_checkout
from tests.update.checkouts import copy_package

from .prism import Server, prism

PACKAGE = "sequence_client_of_the_whole_api"
WHOLE: dict[str, Any] = read_yaml(Path(__file__).with_name("whole-api.yaml"))
ROUTES = [(path, method, operation) for path, method, operation in operations(WHOLE)]
NAMES = {str(operation_name(path, method)): (path, method, operation) for path, method, operation in ROUTES}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package that `make update-spec` would make of it, importable, beside the document that it comes from."""
    folder = tmp_path_factory.mktemp("whole")
    checkout = read_checkout(ROOT)
    source = Source("whole-api.yaml", b"", WHOLE, {"file": "whole-api.yaml"}, is_page=False)
    document = merge(checkout.document, [source], checkout.selection, checkout.overlay).document
    (folder / "customers.yaml").write_bytes(written(document, checkout.text, [source]))
    checkout.generate(folder / "customers.yaml", folder / "generated")
    copy_package(ROOT / "sequence_customers_client", folder / "generated", folder / PACKAGE)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def package(folder: Path) -> Any:
    assert folder.is_dir()
    return importlib.import_module(PACKAGE)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with prism(folder / "customers.yaml") as server:
        yield server


def _options(server: Server) -> dict[str, Any]:
    return {"base_url": server.base_url, "client_id": "id", "client_secret": "secret", "max_retries": 0}


def _arguments(package: Any, name: str) -> dict[str, Any]:
    """A value for every argument of a method, the optional ones too."""
    constants = importlib.import_module(f"{package.__name__}._generated.operations")
    operation = getattr(constants, name.replace(".", "_").upper())
    body = (NAMES[name][2].get("requestBody") or {}).get("content", {}).get("application/json", {}).get("schema")
    given = {}
    for parameter in operation.parameters:
        if parameter.location == "body":
            model = getattr(package, body["$ref"].rpartition("/")[2])
            given[parameter.name] = model.from_dict(_value(body))
        else:
            (found,) = (each for each in NAMES[name][2]["parameters"] if each["name"] == parameter.key)
            given[parameter.name] = parameter.codec.decode(_value(found["schema"]))
    return given


def _value(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(WHOLE["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "properties" in schema:
        return {key: _value(value) for key, value in schema["properties"].items()}
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [_value(schema["items"])]
    return schema.get("example", {"string": "text", "integer": 3, "boolean": True}[schema["type"]])


def _find(holder: Any, name: str) -> Any:
    for part in name.split("."):
        holder = getattr(holder, part)
    return holder


def _call(package: Any, server: Server, name: str) -> Any:
    with package.SequenceClient(**_options(server)) as sequence:
        return _find(sequence.with_raw_response, name)(**_arguments(package, name))


def _call_async(package: Any, server: Server, name: str) -> Any:
    async def call() -> Any:
        async with package.AsyncSequenceClient(**_options(server)) as sequence:
            return await _find(sequence.with_raw_response, name)(**_arguments(package, name))

    return asyncio.run(call())


def test_there_are_enough() -> None:
    """Fifteen operations and more, in four tags, under names of their own."""
    assert len(ROUTES) >= 15
    assert len(ROUTES) == len(NAMES)
    assert 4 == len({tag for _, _, operation in ROUTES for tag in operation["tags"]})


@pytest.mark.parametrize("call", [_call, _call_async], ids=["sync", "async"])
@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_operation(name: str, call: Any, package: Any, server: Server) -> None:
    """What a method sends is what the document asks for, and what comes back is read as what it says."""
    path, method, operation = NAMES[name]
    response = call(package, server, name)
    expected = next(status for status in operation["responses"] if status.startswith("2"))

    assert None is response.headers.get("sl-violations"), f"{method} {path}"
    assert int(expected) == response.status_code
    assert (response.parsed is None) is ("content" not in operation["responses"][expected])


@pytest.mark.usefixtures("mypy_cache")
def test_types(folder: Path) -> None:
    """Mypy --strict has nothing to say of the package, nor pyright of what is generated, and of what imports that."""
    config = folder / "pyrightconfig.json"
    # The others are the same for every document: `make typecheck` shows them to pyright.
    ours = [path for path in (folder / PACKAGE).rglob("*.py") if "_generated" in f"{path}{path.read_text('utf-8')}"]
    include = [path.relative_to(folder).as_posix() for path in ours]
    config.write_text(json.dumps({"include": include, "pythonVersion": "3.11"}), encoding="utf-8")
    binaries = Path(sys.prefix) / "bin"
    commands: list[list[Any]] = [
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", PACKAGE],
        [binaries / "pyright", "--pythonpath", sys.executable, "-p", config],
    ]

    for command in commands:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
        assert 0 == done.returncode, done.stdout + done.stderr
