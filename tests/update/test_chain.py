"""Years of documents: a client that was generated from an older one decodes what a newer one describes."""

from __future__ import annotations

import copy
import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.generate.generation import ROOT

from .checkouts import copy_package, generate_unformatted
from .documents import CHAIN, CUSTOMER, Json, chain, schemas

EXAMPLE: Json = chain()[-1]["components"]["schemas"][CUSTOMER]["example"]
NAMES = [name for name, _ in CHAIN]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """The package of each document of the chain."""
    folder = tmp_path_factory.mktemp("chain")
    names = [f"sequence_client_of_{index}" for index in range(len(CHAIN))]
    for name, document in zip(names, chain(), strict=True):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        generate_unformatted(path, folder / "generated" / name)
        copy_package(ROOT / "sequence_customers_client", folder / "generated" / name, folder / name)
    sys.path.insert(0, str(folder))
    yield [importlib.import_module(name) for name in names]
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]
    shutil.rmtree(folder)


def answers(document: Json) -> Iterator[Json]:
    """What a server may answer by a document: each enum value, everything there, null where it may be, the least."""
    customer = schemas(document)[CUSTOMER]
    full = _example(document, customer)
    yield full
    yield {key: value for key, value in full.items() if key in customer["required"]}
    for key, value in customer["properties"].items():
        if value.get("nullable"):
            yield full | {key: None}
    for service in schemas(document)["IntegrationService"]["enum"]:
        link = _example(document, schemas(document)["IntegrationId"]) | {"service": service}
        yield full | {"integrationIds": [link]}
    for state in schemas(document)["State"]["enum"]:
        yield full | {"address": full["address"] | {"state": state}}
    for status in schemas(document)["TaxStatus"]["enum"]:
        yield full | {"taxStatus": status}


def _example(document: Json, schema: Json) -> Any:
    """A value of a schema with all that it may have."""
    if "$ref" in schema:
        return _example(document, schemas(document)[schema["$ref"].rpartition("/")[2]])
    if "properties" in schema:
        return {key: _example(document, value) for key, value in schema["properties"].items()}
    if schema["type"] == "array":
        return [_example(document, schema["items"])]
    if "enum" in schema:
        return schema["enum"][-1]
    return copy.deepcopy(schema.get("example", {"string": "text", "boolean": True, "object": {}}.get(schema["type"])))


def test_the_chain_is_as_long_as_it_should_be() -> None:
    """There are ten documents and more, no two the same."""
    documents = chain()

    assert len(documents) >= 10
    assert len(documents) == len({json.dumps(document) for document in documents})


@pytest.mark.parametrize("index", range(len(CHAIN)), ids=NAMES)
def test_an_old_client_reads_every_newer_answer(index: int, clients: list[Any]) -> None:
    """Whatever a newer document describes, an older client reads without an error, and gives back without loss."""
    package = clients[index]

    for document in chain()[index:]:
        for answer in answers(document):
            assert answer == package.Customer.from_dict(answer).to_dict()


def test_an_old_client_calls_a_new_server(clients: list[Any]) -> None:
    """Not the models alone: the oldest client, called, returns the newest customer, unknown values as strings."""
    newest = next(answers(chain()[-1]))
    link = newest["integrationIds"][0] | {"service": "Sphere"}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=newest | {"integrationIds": [link]}))
    with clients[0].SequenceClient(client_id="id", client_secret="secret", transport=transport) as sequence:
        customer = sequence.customers.get_by_alias("acme")

    assert "Sphere" == customer.integration_ids[0].service
    assert newest["notes"] == customer.additional_properties["notes"]


def test_package_folder_is_left_alone(clients: list[Any]) -> None:
    """Each client is of its own document."""
    assert len(CHAIN) == len({Path(str(client.__file__)).parent for client in clients})
    assert len(CHAIN) == len({client.SPEC_SHA256 for client in clients})
