"""A client generated from a document with some of everything in it works for real, async and sync."""

from __future__ import annotations

import asyncio
import copy
import json
from datetime import UTC, date, datetime
from functools import reduce
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.generation.conftest import Document, Generated

ADDRESS = {"line1": "1", "town": "T", "postcode": "P", "country": "GB"}
NOTHING = object()
UUID_TEXT = "2aaff66f-ef30-4599-b192-c168fd4cd226"

VALUES: dict[str, tuple[Any, str, str]] = {
    # key: (on the wire, the field, repr of its value)
    "plainInt": (3, "plain_int", "3"),
    "num": (1.5, "num", "1.5"),
    "flag": (False, "flag", "False"),
    "ident": (UUID_TEXT, "ident", f"UUID('{UUID_TEXT}')"),
    "day": ("2024-02-29", "day", "datetime.date(2024, 2, 29)"),
    "times": (
        ["2024-05-02T14:26:48Z"],
        "times",
        "[datetime.datetime(2024, 5, 2, 14, 26, 48, tzinfo=datetime.timezone.utc)]",
    ),
    "nullStr": (None, "null_str", "None"),
    "nullEnum": ("a", "null_enum", "<CustomerNullEnum.A: 'a'>"),
    "nullEnum2": (None, "null_enum_2", "None"),
    "nullObj": ({"x": "y"}, "null_obj", "CustomerNullObj(x='y', additional_properties={})"),
    "nullList": (["q"], "null_list", "[<CustomerNullListItem.Q: 'q'>]"),
    "nullRef": (None, "null_ref", "None"),
    "nullRef2": (None, "null_ref_2", "None"),
    "nullRef3": (None, "null_ref_3", "None"),
    "anyNull": (None, "any_null", "None"),
    "described": ("NY", "described", "<State.NY: 'NY'>"),
    "described2": ("AL", "described2", "<State.AL: 'AL'>"),
    "inlineEnum": ("x\"y\\z'", "inline_enum", "<CustomerInlineEnum.XY_Z: 'x\"y\\\\z\\''>"),
    "enums": (["one", "three"], "enums", "[<CustomerEnumsItem.ONE: 'one'>, <CustomerEnumsItem.three: 'three'>]"),
    "intEnum": (-3, "int_enum", "<CustomerIntEnum.VALUE_NEGATIVE_3: -3>"),
    "oneOfMany": (["s"], "one_of_many", "['s']"),
    "anything": ({"a": [None]}, "anything", "{'a': [None]}"),
    "typed": ({"n": 1}, "typed", "CustomerTyped(additional_properties={'n': 1})"),
    "matrix": ([[1.5], []], "matrix", "[[1.5], []]"),
    "nullOneOf": (None, "null_one_of", "None"),
    "nullOnly": (None, "null_only", "None"),
    "severalOrNull": (3, "several_or_null", "3"),
    "wordsInAllOf": ("NY", "words_in_all_of", "<State.NY: 'NY'>"),
    "constrained": ({"a": "b"}, "constrained", "CustomerConstrained(a='b', additional_properties={})"),
    "konst": ("w", "konst", "'w'"),
    "class": ("c", "class_", "'c'"),
    "self": ("s", "self_", "'s'"),
    "list": (["l"], "list_", "['l']"),
    "date": ("2024-02-29", "date", "datetime.date(2024, 2, 29)"),
    "from_dict": ("f", "from_dict_", "'f'"),
    "additional_properties": ("p", "additional_properties_", "'p'"),
    "_wire": ("w", "field_wire", "'w'"),
    "1st": ("1", "field_1st", "'1'"),
    "field": ("f", "field_", "'f'"),
    "cache": ("c", "cache_", "'c'"),
    "model": ("m", "model", "'m'"),
    "a\"b\\c\n'd": ("q", "ab_cd", "'q'"),
    "x\u200dy": ("z", "xy", "'z'"),
    "{{ boom }}": ("b", "boom", "'b'"),
    "\ufb01ne": ("f", "fine", "'f'"),
}


@pytest.fixture
def customer(document: Document) -> dict[str, Any]:
    """The example of the vendored document, with a value for everything that was added."""
    content = document["paths"]["/customers/by-alias/{alias}"]["get"]["responses"]["200"]["content"]
    example: dict[str, Any] = content["application/json"]["schema"]["example"]
    return example | {key: copy.deepcopy(value) for key, (value, _, _) in VALUES.items()}


@pytest.mark.parametrize("key", VALUES)
def test_field(key: str, customer: dict[str, Any], rich: Generated) -> None:
    """A field of any type and with any name is read, typed, and written as it came."""
    wire, field, expected = VALUES[key]
    read = rich.models.Customer.from_dict(customer)

    assert expected == repr(getattr(read, field))
    assert wire == read.to_dict()[key]


def test_round_trip(customer: dict[str, Any], rich: Generated) -> None:
    """Nothing is lost and nothing added between from_dict and to_dict."""
    assert customer == rich.models.Customer.from_dict(customer).to_dict()


def test_combined(customer: dict[str, Any], rich: Generated) -> None:
    """Fields beside or in `allOf` are fields, those of the reference too."""
    customer |= {"merged": ADDRESS | {"extra": "e"}, "merged2": ADDRESS | {"extra2": "f"}}
    read = rich.models.Customer.from_dict(customer)

    assert ("T", "e") == (read.merged.town, read.merged.extra)
    assert ("T", "f") == (read.merged2.town, read.merged2.extra2)


def test_one_of(customer: dict[str, Any], rich: Generated) -> None:
    """Of a `oneOf`, the choice is read that the value fits."""
    models = rich.models
    service = {"service": "Xero", "id": "1", "isPending": False}

    assert isinstance(models.Customer.from_dict(customer | {"one": ADDRESS}).one, models.Address)
    assert isinstance(models.Customer.from_dict(customer | {"one": service}).one, models.IntegrationId)


def test_datetime_in_a_union_with_date(customer: dict[str, Any], rich: Generated) -> None:
    """Where both a date and a timestamp are possible, neither is written as the other."""
    read = rich.models.Customer.from_dict(customer)
    read.one_of_many = datetime(2024, 5, 2, 14, tzinfo=UTC)

    assert "2024-05-02T14:00:00Z" == read.to_dict()["oneOfMany"]


def test_recursion(rich: Generated) -> None:
    """Models may hold themselves, and each other."""
    node = {"children": [{"parent": {}}], "other": {"node": {"children": []}}}

    assert node == rich.models.Node.from_dict(node).to_dict()
    assert [] == rich.models.Node.from_dict(node).other.node.children


def nested(depth: int, leaf: dict[str, Any]) -> dict[str, Any]:
    return reduce(lambda node, _: {"parent": node}, range(depth), leaf)


@pytest.mark.parametrize("leaf", [{}, {"more": 1}, {"parent": None}], ids=["nothing", "an unknown field", "a null"])
def test_deep_recursion(leaf: dict[str, Any], rich: Generated) -> None:
    """A model of many levels is read."""
    assert nested(100, leaf) == rich.models.Node.from_dict(nested(100, leaf)).to_dict()


def test_deep_fault(rich: Generated) -> None:
    """A fault many levels down is found; were every level read twice, that would not end."""
    with pytest.raises(ValueError, match=r"^(parent\.){100}children: expected an array, found an integer$"):
        rich.models.Node.from_dict(nested(100, {"children": 1}))


def test_too_deep(rich: Generated) -> None:
    """More levels than Python goes down are an error like any other."""
    with pytest.raises(ValueError, match=r"^nested too deeply$"):
        rich.models.Node.from_dict(nested(100_000, {}))


def test_member_names(rich: Generated) -> None:
    """Every enum value has a member, named after the value and not after its place."""
    expected = {
        "VALUE_EMPTY": "",
        "VALUE_1099": "1099",
        "A_B": "a-b",
        "NONE": "None",
        "MRO": "mro",
        "NO": "NO",
        "XY_Z": "x\"y\\z'",
        "VALUE_V": "{{ v }}",
        "É": "é",
        "VALUE_U002B": "+",
    }

    assert expected == {member.name: member.value for member in rich.models.CustomerInlineEnum}


def test_words(rich: Generated) -> None:
    """The document's words are docstrings, those beside a reference too, whatever characters they hold."""
    source = rich.source("customers/models")

    assert '    null_ref: Address | None = None\n    """null ref"""\n' in source
    assert '    null_ref_3: Address | None = None\n    """beside"""\n' in source
    assert '    described: State | None = None\n    """Described state"""\n' in source
    assert r"Described \"\"\"state\"\"\" \\ two {{ x }} {% raw %}" in source
    assert "How many" in rich.module("_generated.methods").Customers.list.__doc__


def test_class_of_a_component_is_its_key(rich: Generated) -> None:
    """A title, which is noise, names no class."""
    assert hasattr(rich.models, "Unused")


class Recorder:
    """Answers every request with one response, and keeps what was asked."""

    def __init__(self, status_code: int, body: object = NOTHING) -> None:
        self.response = {"status_code": status_code, "content": b"" if body is NOTHING else json.dumps(body).encode()}
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(**self.response)  # type: ignore[arg-type]


def call(generated: Generated, method: str, recorder: Recorder, *arguments: Any, **keywords: Any) -> Any:
    """Call a method on both clients, with and without the whole response: returns what all four agree on."""

    def find(client: Any) -> Any:
        for name in method.split("."):
            client = getattr(client, name)
        return client

    async def awaited() -> list[Any]:
        async with generated.async_client(recorder) as client:
            raw = await find(client.with_raw_response)(*arguments, **keywords)
            return [await find(client)(*arguments, **keywords), raw.parsed]

    with generated.client(recorder) as client:
        results = [find(client)(*arguments, **keywords), find(client.with_raw_response)(*arguments, **keywords).parsed]
    results += asyncio.run(awaited())
    assert all(result == results[0] for result in results)
    urls = {(request.method, str(request.url), request.content) for request in recorder.requests}
    assert 1 == len(urls)
    return results[0]


def test_list_with_every_kind_of_query(customer: dict[str, Any], rich: Generated) -> None:
    """Query parameters of every type reach the wire under the document's names, arrays as repeated keys."""
    models, recorder = rich.models, Recorder(200, [customer])
    found = call(
        rich,
        "customers.list",
        recorder,
        must="a b&c",
        limit=5,
        state=models.State.NY,
        states=[models.State.NY, models.State.AL],
        since=datetime(2024, 5, 2, tzinfo=UTC),
        day=date(2024, 5, 2),
        num=1.5,
        flag=True,
        uid=UUID(UUID_TEXT),
        url="u",
        client="c",
        response="r",
        operations_query="o",
        models="m",
        self_="s",
        order=models.CustomersListOrder.DESC,
        levels=[models.CustomersListLevelsItem.VALUE_1],
        mixed="x",
        tenant="t",
    )
    expected = [
        ("must", "a b&c"),
        ("limit", "5"),
        ("state", "NY"),
        ("states", "NY"),
        ("states", "AL"),
        ("since", "2024-05-02T00:00:00Z"),
        ("day", "2024-05-02"),
        ("num", "1.5"),
        ("flag", "true"),
        ("uid", UUID_TEXT),
        ("url", "u"),
        ("client", "c"),
        ("response", "r"),
        ("operations", "o"),
        ("models", "m"),
        ("self", "s"),
        ("order", "desc"),
        ("levels", "1"),
        ("mixed", "x"),
        ("tenant", "t"),
    ]

    assert "John Doe" == found[0].legal_name
    assert expected == recorder.requests[0].url.params.multi_items()


def test_headers_that_the_client_sends_are_no_arguments(customer: dict[str, Any], rich: Generated) -> None:
    """Authorization and Sequence-Version leave every operation, also where they were shared or written on the path."""
    recorder = Recorder(200, [customer])
    call(rich, "customers.list", recorder, must="x")
    request = recorder.requests[0]

    assert "/api/customers" == request.url.path
    assert ["2024-07-30"] == request.headers.get_list("sequence-version")
    assert request.headers["authorization"].startswith("Basic ")


def test_post(customer: dict[str, Any], rich: Generated) -> None:
    """A POST sends an inline body and a header, and reads the 201."""
    recorder = Recorder(201, customer)
    body = rich.models.CustomersCreateBody(legal_name="é", kind=rich.models.CustomersCreateBodyKind.A)
    made = call(rich, "customers.create", recorder, body, idempotency_key="k")
    request = recorder.requests[0]

    assert "John Doe" == made.legal_name
    assert {"legalName": "é", "kind": "a"} == json.loads(request.content)
    assert "application/json" == request.headers["content-type"]
    assert "k" == request.headers["idempotency-key"]


def test_accepted_without_a_body(rich: Generated) -> None:
    """A documented 2xx that has no body gives None."""
    body = rich.models.CustomersCreateBody(legal_name="x")

    assert call(rich, "customers.create", Recorder(202), body) is None


def test_put(customer: dict[str, Any], rich: Generated) -> None:
    """A PUT sends a model by reference, and an optional body may be left out."""
    recorder = Recorder(200, customer)
    read = rich.models.Customer.from_dict(customer)
    call(rich, "customers.update", recorder, "c/1", read)
    without = Recorder(200, customer)
    call(rich, "customers.update", without, "c/1")

    assert b"/api/customers/c%2F1" == recorder.requests[0].url.raw_path
    assert customer == json.loads(recorder.requests[0].content)
    assert b"" == without.requests[0].content


def test_patch(customer: dict[str, Any], rich: Generated) -> None:
    """A PATCH has the name that x-python-name gives it."""
    recorder = Recorder(200, customer)
    call(rich, "customers.patch", recorder, "1", rich.models.CustomersPatchBody(label="new"))

    assert "PATCH" == recorder.requests[0].method
    assert {"label": "new"} == json.loads(recorder.requests[0].content)


def test_delete(rich: Generated) -> None:
    """A DELETE that answers 204 gives None."""
    recorder = Recorder(204)

    assert call(rich, "customers.delete", recorder, "1") is None
    assert "DELETE" == recorder.requests[0].method


def test_nested_resource(customer: dict[str, Any], rich: Generated) -> None:
    """Operations of a nested resource are found under it; several path parameters, and a default answer."""
    recorder = Recorder(200, {"items": [customer], "stamp": "2024-05-02T14:26:48Z", "thing": None})
    page = call(rich, "customers.aliases.get", recorder, UUID(UUID_TEXT), "a b")

    assert f"/api/customers/{UUID_TEXT}/aliases/a%20b" == recorder.requests[0].url.raw_path.decode()
    assert 2024 == page.stamp.year
    assert "Customers" == type(page).__name__


def test_list_in_a_class_with_a_method_list(rich: Generated) -> None:
    """A namesake in another place of the request is told apart; a list of strings is one."""
    recorder = Recorder(200, ["a"])

    assert ["a"] == call(rich, "customers.aliases.list", recorder, "1", customer_id_query=2)
    assert "customerId=2" == recorder.requests[0].url.query.decode()


def test_array_body_and_any_answer(rich: Generated) -> None:
    """A body may be an array; an answer without a schema is whatever came; 2XX stands for all of them."""
    recorder = Recorder(207, {"a": 1})

    assert {"a": 1} == call(rich, "customers.aliases.replace", recorder, "1", [rich.models.Address.from_dict(ADDRESS)])
    assert [ADDRESS] == json.loads(recorder.requests[0].content)


def test_enum_in_a_path(rich: Generated) -> None:
    """An enum may stand in a path."""
    recorder = Recorder(200, {})
    call(rich, "nodes.get", recorder, rich.models.State.NY)

    assert "/api/nodes/NY" == recorder.requests[0].url.path


def test_null_answer(rich: Generated) -> None:
    """A component that may be null gives None."""
    assert call(rich, "things.list", Recorder(200, None)) is None


def test_documented_error(rich: Generated) -> None:
    """A documented error is an error, with its body."""
    with rich.client(Recorder(400, {"error": "e"})) as client, pytest.raises(rich.module().BadRequestError) as raised:
        client.customers.list(must="x")

    assert rich.models.Problem(error="e") == raised.value.body


def test_undocumented_success_is_not_read_as_the_default(rich: Generated) -> None:
    """Where 2xx are documented, `default` describes errors: another 2xx is none of the results."""
    with rich.client(Recorder(203, {"error": "e"})) as client, pytest.raises(rich.module().APIStatusError):
        client.customers.list(must="x")


def test_fourth_environment(rich: Generated) -> None:
    """A server more is an environment more, its URL without the slash at the end."""
    environment = rich.module().Environment

    assert ["DEV", "SANDBOX", "PRODUCTION", "PRODUCTION_US"] == list(environment)
    assert "https://us.sequencehq.com/api" == environment.PRODUCTION_US.base_url
