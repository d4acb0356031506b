"""What holds for the generated package whatever the document says: `make update-spec` runs this before it ships."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

import sequence_customers_client
from sequence_customers_client import API_VERSION, SPEC_SHA256, AsyncSequenceClient, Environment, SequenceClient
from sequence_customers_client._generated import models, operations
from sequence_customers_client._models.open_strings import OpenInteger, OpenString
from sequence_customers_client._operation import Operation, described
from sequence_customers_client.testing._document import Document

ROOT = Path(__file__).resolve().parent.parent.parent
OPERATIONS: dict[str, Operation[Any]] = {name: getattr(operations, name) for name in operations.__all__}
KINDS: dict[str, Any] = {name: getattr(models, name) for name in models.__all__}
ENUMS = sorted(
    name for name, kind in KINDS.items() if isinstance(kind, type) and issubclass(kind, OpenString | OpenInteger)
)
DOCUMENT = Document.vendored()
CREDENTIALS = {"client_id": "id", "client_secret": "secret"}


def test_facts() -> None:
    """The package says which document it is of, and that document is the one that lies there."""
    digest = hashlib.sha256((ROOT / "openapi" / "customers.yaml").read_bytes()).hexdigest()
    provenance = (ROOT / "openapi" / "provenance.yaml").read_text(encoding="utf-8")

    assert digest == SPEC_SHA256
    assert f"sha256: {digest}" in provenance
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", API_VERSION)


def test_environments() -> None:
    """Every environment has an address that is encrypted."""
    assert {"https"} == {environment.base_url.partition(":")[0] for environment in Environment}


def test_there_is_something_to_call() -> None:
    """A document has an operation, and an operation begins with a slash."""
    assert OPERATIONS
    assert {"/"} == {operation.path[0] for operation in OPERATIONS.values()}


@pytest.mark.parametrize("operation", DOCUMENT.operations, ids=lambda operation: operation.name)
def test_answers(operation: Any) -> None:
    """What the document shows as an answer is read, and written again without loss."""
    status, shown = DOCUMENT.answer(operation)
    constant = OPERATIONS[re.sub(r"\W", "_", operation.name).upper()]
    codec = constant.responses[described(constant.responses, status) or ""]

    assert shown == (None if codec is None else codec.encode(codec.decode(copy.deepcopy(shown))))


@pytest.mark.parametrize("name", ENUMS)
def test_enums_are_open(name: str) -> None:
    """An enum takes a value that its document does not know, and pickles each that it does."""
    kind = KINDS[name]
    known = list(kind)
    unknown = kind(4711 if isinstance(known[0].value, int) else "a value of tomorrow")

    assert unknown not in known
    assert known == pickle.loads(pickle.dumps(known))  # noqa: S301 - our own


@pytest.mark.parametrize("name", sorted(set(KINDS) - set(ENUMS)))
def test_models(name: str) -> None:
    """A model is a class of attrs, whose fields all have a type, and no name that belongs to a build."""
    kind = KINDS[name]

    assert attrs.has(kind)
    assert set() == {field.name for field in attrs.fields(kind) if field.type is None}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_model_is_public(name: str) -> None:
    """Users import a model from the package itself."""
    assert KINDS[name] is getattr(sequence_customers_client, name)


@pytest.mark.parametrize("client", [AsyncSequenceClient, SequenceClient])
def test_every_operation_is_a_method(client: Any) -> None:
    """An operation is found on a client, plain and raw, with one argument for each of its parameters."""
    made = client(**CREDENTIALS)

    for name in (operation.name for operation in DOCUMENT.operations):
        for holder in (made, made.with_raw_response):
            *resource, method = name.split(".")
            for part in resource:
                holder = getattr(holder, part)  # noqa: PLW2901 - one step down
            assert callable(getattr(holder, method))


def test_types() -> None:
    """The package passes its type checker."""
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "sequence_customers_client"]
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert (0, "") == (done.returncode, done.stderr), done.stdout


def test_no_path_of_a_machine() -> None:
    """What is generated says nothing of where it was made."""
    folder = ROOT / "sequence_customers_client" / "_generated"
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py"))]

    assert [] == [text for text in texts if json.dumps(str(Path.home()))[1:-1] + "/" in text]
