"""Models in pydantic and FastAPI: validation is from_dict, serialisation is to_dict, the JSON schema the document's."""

from __future__ import annotations

import json
import pickle
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
import uvicorn
from fastapi import Body, FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from sequence_customers_client import Address, CountryCode, Customer, TaxStatus
from sequence_customers_client._models.open_strings import Known, OpenInteger

ENUMS = ["CountryCode", "IntegrationService", "State", "TaxStatus"]


class Level(OpenInteger):
    """An enum of integers."""

    LOW = Known(1)


class Account(BaseModel):
    """A service's own model."""

    customer: Customer
    previous: list[Customer] = []
    country: CountryCode | None = None
    level: Level = Level.LOW


def test_field_of_a_pydantic_model(example: Any) -> None:
    """A model is read from a dict, taken as it is, and written as to_dict writes it, in Python and in JSON."""
    sent = {**example, "new": 1, "label": None, "createdAt": "2022-06-28t16:47:00z"}
    customer = Customer.from_dict(example)

    account = Account.model_validate({"customer": sent, "previous": [customer], "country": "XX", "level": 2})

    assert Customer.from_dict(sent) == account.customer
    assert customer is account.previous[0]
    assert (CountryCode("XX"), Level(2)) == (account.country, account.level)
    written = {"customer": sent, "previous": [example], "country": "XX", "level": 2}
    assert written == account.model_dump() == json.loads(account.model_dump_json())
    assert account == Account.model_validate_json(account.model_dump_json())
    assert account == pickle.loads(pickle.dumps(account))  # noqa: S301


def test_parts_are_included_and_excluded(example: Any) -> None:
    """What pydantic is told to leave out of a model is left out, in Python and in JSON."""
    account = Account(customer=Customer.from_dict(example))

    written = account.model_dump(exclude={"customer": {"telephone": True, "address": {"town"}}})["customer"]
    assert set(example) - {"telephone"} == set(written)
    assert set(example["address"]) - {"town"} == set(written["address"])
    written = json.loads(account.model_dump_json(include={"customer": {"id"}}))
    assert {"customer": {"id": example["id"]}} == written


def test_known_value_is_the_member() -> None:
    """What pydantic reads of a known value is the member itself, and what it writes a plain string."""
    adapter = TypeAdapter(TaxStatus)

    assert adapter.validate_python("TAXED") is TaxStatus.TAXED is adapter.validate_python(TaxStatus.TAXED)
    assert (str, "TAXED") == (type(adapter.dump_python(TaxStatus.TAXED)), adapter.dump_python(TaxStatus.TAXED))
    assert b'"XX"' == adapter.dump_json(TaxStatus("XX"))
    with pytest.raises(ValidationError, match="valid string"):
        adapter.validate_python(1)


@pytest.mark.parametrize(
    ("steps", "value", "reason"),
    [
        (("address", "town"), 1, "expected a string, found an integer"),
        (("integrationIds", 1, "isPending"), "no", "expected a boolean, found a string"),
        (("createdAt",), "noon", "expected a timestamp with a UTC offset (RFC 3339), found an unreadable string"),
        (("billingEmails",), None, "expected an array, found null"),
    ],
)
def test_errors_are_pydantics(example: Any, steps: tuple[str | int, ...], value: object, reason: str) -> None:
    """What from_dict refuses is an error of pydantic's, with the whole path, beside those of other fields."""
    inside = example
    for step in steps[:-1]:
        inside = inside[step]
    inside[steps[-1]] = value

    with pytest.raises(ValidationError) as caught:
        Account.model_validate({"customer": example, "country": 1})

    first, second = caught.value.errors()[:2]
    assert (("customer", *steps), reason, value) == (first["loc"], first["msg"], first["input"])
    assert "country" == second["loc"][0]


def test_missing_key_and_no_object(example: Any) -> None:
    """A key that is missing is named by its path; what is no object is refused at the top."""
    del example["address"]["town"]

    for value, expected in [(example, ("address", "town")), (3, ()), (None, ())]:
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(Customer).validate_python(value)
        assert [expected] == [error["loc"] for error in caught.value.errors()]


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_json_schema_is_the_documents(document: Any, mode: Any) -> None:
    """Properties, types, descriptions and what is required are those of the document, models by reference."""
    made = TypeAdapter(Customer).json_schema(mode=mode)
    schemas = {**made.pop("$defs"), "Customer": made}

    for name, schema in document["components"]["schemas"].items():
        found = schemas[name.removesuffix("20240509")]
        assert schema["type"] == found["type"]
        assert schema.get("enum") == found.get("enum")
        assert sorted(schema.get("required", [])) == sorted(found.get("required", []))
        for key, content in schema.get("properties", {}).items():
            twin = found["properties"][key]
            words = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", content.get("description", twin.get("description")) or "")
            assert words == (twin.get("description") or "")
            assert content.get("type") == twin.get("type")
            assert content.get("$ref", "").rpartition("/")[2].removesuffix("20240509") in twin.get("$ref", "")


def test_schema_of_an_open_integer() -> None:
    """An open integer is an integer with its known values."""
    assert {"enum": [1], "title": "Level", "type": "integer"} == TypeAdapter(Level).json_schema()


def test_pydantic_is_imported_by_nobody_else() -> None:
    """Whoever does not use pydantic does not pay for it."""
    program = "import sys; from sequence_customers_client import Customer; print('pydantic_core' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603

    assert "False" == done.stdout.strip()


# --- FastAPI, over HTTP


def service(example: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/customers/{country}")
    def get(country: CountryCode) -> Customer:
        return Customer.from_dict({**example, "label": country.value})

    @app.get("/customers")
    async def list_all() -> list[Customer]:
        return [Customer.from_dict(example)]

    @app.post("/customers")
    async def create(customer: Annotated[Customer, Body()]) -> Customer:
        return customer

    @app.post("/accounts")
    async def account(account: Account) -> Address:
        return account.customer.address

    return app


@pytest.fixture
def server(example: Any) -> Iterator[httpx.Client]:
    """The service on a free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        running = uvicorn.Server(uvicorn.Config(service(example), log_level="error", lifespan="off"))
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        bound = time.monotonic() + 20
        while not running.started and time.monotonic() < bound:
            time.sleep(0.01)
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", trust_env=False) as client:
            yield client
        running.should_exit = True
        thread.join(20)


def test_fastapi_answers_and_takes_models(server: httpx.Client, example: Any) -> None:
    """A handler returns a model, or a list of them, and takes one as its body or within it."""
    sent = {**example, "new": [1], "archivedAt": None}

    assert {**example, "label": "XX"} == server.get("/customers/XX").json()
    assert [example] == server.get("/customers").json()
    assert sent == server.post("/customers", json=sent).json()
    assert example["address"] == server.post("/accounts", json={"customer": example}).json()


def test_fastapi_refuses_what_is_no_model(server: httpx.Client, example: Any) -> None:
    """A body that is not what the document says is a 422 that names the place."""
    example["address"]["town"] = 1

    response = server.post("/customers", json=example)

    assert 422 == response.status_code
    assert ["body", "address", "town"] == response.json()["detail"][0]["loc"]


def test_fastapi_describes_models(server: httpx.Client) -> None:
    """The service's own document has each model once, by its name, and its handlers refer to it."""
    described = server.get("/openapi.json").json()
    schemas, paths = described["components"]["schemas"], described["paths"]
    answer = paths["/customers/{country}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    body = paths["/customers"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert {"Account", "Address", "Customer", "IntegrationId", "Level", *ENUMS} <= set(schemas)
    assert {"$ref": "#/components/schemas/Customer"} == answer
    assert {"$ref": "#/components/schemas/Customer"} == body
    assert "createdAt" in schemas["Customer"]["properties"]
    assert 200 == server.get("/docs").status_code
