"""What the fake knows, what it is asked, and what it answers, without sockets."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import httpx
import pytest

from sequence_customers_client import (
    API_VERSION,
    Address,
    APIConnectionError,
    AuthenticationError,
    Customer,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    SequenceClient,
)
from sequence_customers_client.testing import FakeSequence, ReceivedRequest, Reply, SequenceServer, example_customer

AUTHORIZED = {"Authorization": "Basic aWQ6c2VjcmV0"}


@pytest.fixture
def fake() -> FakeSequence:
    return FakeSequence()


def client(fake: FakeSequence, **options: Any) -> SequenceClient:
    settings: dict[str, Any] = {"client_id": "id", "client_secret": "secret", "max_retries": 0, **options}
    return SequenceClient(**settings, transport=fake.transport())


def ask(fake: FakeSequence, path: str, method: str = "GET", body: Any = None, **headers: str) -> Reply:
    """What a request gets that has the right credentials."""
    content = b"" if body is None else json.dumps(body).encode()
    kind = {"Content-Type": "application/json"} if content else {}
    return fake.answer(method, f"/api{path}", {**AUTHORIZED, **kind, **headers}, content)


# --- What it knows


def test_a_customer_is_found_by_each_alias_and_by_its_id(fake: FakeSequence) -> None:
    """A customer that was added is what a look-up finds, field by field."""
    added = fake.customers.add(aliases=["acme", "a/b"], legal_name="Acme Ltd")

    found = [client(fake).customers.get_by_alias(alias) for alias in ("acme", "a/b", added.id)]

    assert [added] * 3 == found
    assert "Acme Ltd" == found[0].legal_name


def test_a_customer_has_what_is_required_and_an_id_of_its_own(fake: FakeSequence) -> None:
    """Fields that are left out are the document's, where a customer must have them, and unset, where it need not."""
    first, second = fake.customers.add(), fake.customers.add()

    assert first.id != second.id
    assert "john@example.com" == first.email
    assert (None, None) == (first.archived_at, first.label)


def test_fields_may_be_models_or_mappings(fake: FakeSequence) -> None:
    """A part is replaced by a model, and changed by a mapping."""
    home = Address(line1="1 High St", town="Leeds", postcode="LS1", country="GB")  # type: ignore[arg-type]
    moment = dt.datetime(2025, 1, 2, tzinfo=dt.UTC)

    assert home == fake.customers.add(address=home).address
    assert "Leeds" == fake.customers.add(address={"town": "Leeds"}).address.town
    assert "New York" == fake.customers.add(created_at=moment).address.town


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"legal_nam": "x"}, "Customer has no field legal_nam; did you mean legal_name?"),
        ({"legalName": "x"}, "Customer has no field legalName; did you mean legal_name?"),
        ({"zzz": 1}, "Customer has no field zzz; it has additional_properties, address"),
        ({"address": {"twon": "x"}}, "Address has no field twon; did you mean town?"),
        ({"aliases": "acme"}, r"aliases: a list of strings is wanted, \['acme'\]"),
        ({"aliases": [42]}, r"aliases: a list of strings is wanted, \['42'\]"),
    ],
)
def test_unknown_fields_are_refused(fake: FakeSequence, fields: dict[str, Any], message: str) -> None:
    """A field that no customer has is a mistake of the test's, and the message says how to mend it."""
    with pytest.raises(TypeError, match=message):
        fake.customers.add(**fields)


@pytest.mark.parametrize("fields", [{"legal_name": 5}, {"created_at": "yesterday"}, {"address": {"town": None}}])
def test_invalid_values_are_refused(fake: FakeSequence, fields: dict[str, Any]) -> None:
    """A customer that Sequence could not answer is none."""
    with pytest.raises(ValueError, match=r"legalName|address|createdAt"):
        fake.customers.add(**fields)


def test_an_alias_belongs_to_one_customer(fake: FakeSequence) -> None:
    """Aliases are unique, as they are at Sequence; who cannot have one is not added at all."""
    fake.customers.add(aliases=["acme"])

    with pytest.raises(ValueError, match="'acme' is taken"):
        fake.customers.add(aliases=["free", "acme"])
    assert None is fake.customers.get("free")


def test_a_customer_may_change(fake: FakeSequence) -> None:
    """What a test changes in the customer it added, the next look-up finds."""
    customer = fake.customers.add(aliases=["acme"])
    customer.label = "new"

    assert "new" == client(fake).customers.get_by_alias("acme").label


# --- What it was asked


def test_requests_are_kept_without_secrets(fake: FakeSequence) -> None:
    """The fake remembers what it was asked, and forgets by whom."""
    with pytest.raises(NotFoundError):
        client(fake, default_headers={"X-Trace": "t-1", "Cookie": "s=1"}).customers.get_by_alias("a/b")

    (request,) = fake.requests
    assert ("GET", "customers.get_by_alias") == (request.method, request.operation)
    assert {"alias": "a/b"} == request.arguments
    assert ("t-1", API_VERSION) == (request.headers["x-trace"], request.headers["sequence-version"])
    assert not {"authorization", "cookie"} & set(request.headers)
    assert "aWQ6c2VjcmV0" not in repr(request)


def test_what_nothing_answers_is_kept_too(fake: FakeSequence) -> None:
    """A request that the document does not have is remembered all the same."""
    ask(fake, "/nowhere?limit=5", "POST", {"a": 1})

    (request,) = fake.requests
    assert (None, "/api/nowhere", "limit=5", {"a": 1}) == (request.operation, request.path, request.query, request.body)


# --- What it refuses


@pytest.mark.parametrize(
    ("asked", "headers", "expected"),
    [
        ("GET /customers/by-alias/acme", {"Authorization": "Basic b3RoZXI6c2VjcmV0"}, (401, "Unauthorized")),
        ("GET /customers/by-alias/acme", {"Authorization": "Bearer x"}, (401, "Unauthorized")),
        ("GET /customers/by-alias/acme", {"Sequence-Version": "1999-01-01"}, (400, "UnrecognisedApiVersion")),
        ("GET /customers/by-alias/acme", {}, (404, "NotFound")),
        ("GET /customers/by-alias/", {}, (404, "NotFound")),
        ("GET /customers/by-alias/a/b", {}, (404, "NotFound")),
        ("DELETE /customers/by-alias/acme", {}, (405, "MethodNotAllowed")),
    ],
)
def test_what_sequence_refuses(
    fake: FakeSequence, asked: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    """Other credentials, versions, paths and methods are refused as Sequence refuses them."""
    method, path = asked.split()

    reply = ask(fake, path, method, **headers)

    assert expected == (reply.status, reply.body["error"]["type"])


def test_a_405_says_what_is_allowed(fake: FakeSequence) -> None:
    """HTTP wants to know what may be done with the path."""
    assert "GET" == ask(fake, "/customers/by-alias/acme", "PUT").headers["Allow"]


def test_other_credentials_can_be_chosen() -> None:
    """The fake accepts the credentials that it was made with, and no others."""
    fake = FakeSequence({"acme": Reply(body=example_customer())}, client_id="me", client_secret="a:b")

    assert "John Doe" == client(fake, client_id="me", client_secret="a:b").customers.get_by_alias("acme").legal_name
    with pytest.raises(AuthenticationError):
        client(fake).customers.get_by_alias("acme")


# --- What it is told to answer


def test_the_next_requests_fail(fake: FakeSequence) -> None:
    """As many requests as the test says, and no more; the time to wait is the client's to keep to."""
    fake.customers.add(aliases=["acme"])
    fake.fail_next(status=429, retry_after=0.5, times=2)

    for _ in range(2):
        with pytest.raises(RateLimitError) as caught:
            client(fake).customers.get_by_alias("acme")
        assert ("TooManyRequests", "0.5") == (caught.value.error_type, caught.value.headers["Retry-After"])
    assert client(fake).customers.get_by_alias("acme")


@pytest.mark.parametrize(("seconds", "sent"), [(1234567, "1234567"), (0, "0"), (100, "100"), (0.25, "0.25")])
def test_a_wait_is_sent_as_it_is_given(fake: FakeSequence, seconds: float, sent: str) -> None:
    """However long it is, it is a number of seconds that clients read."""
    fake.fail_next(status=503, retry_after=seconds)

    with pytest.raises(InternalServerError) as caught:
        client(fake).customers.get_by_alias("acme")

    assert (sent, seconds) == (caught.value.headers["Retry-After"], caught.value.retry_after)


def test_a_failure_is_one_to_a_client_that_tries_again(fake: FakeSequence) -> None:
    """The client's own retries meet the fake's failures."""
    fake.customers.add(aliases=["acme"])
    fake.fail_next(status=503, retry_after=0)
    fake.drop_next()

    response = client(fake, max_retries=2).with_raw_response.customers.get_by_alias("acme")

    assert (200, 3) == (response.status_code, len(fake.requests))


def test_the_next_request_is_dropped(fake: FakeSequence) -> None:
    """A connection that ends is an error of the connection."""
    fake.drop_next()

    with pytest.raises(APIConnectionError):
        client(fake).customers.get_by_alias("acme")


def test_a_sequence_is_answered_in_turn(fake: FakeSequence) -> None:
    """One reply after the other, and the last one ever after; the test's own list stays as it is."""
    told = [Reply(503), Reply(dropped=True), Reply(body=example_customer())]
    fake.replies["acme"] = told
    sequence = client(fake)

    with pytest.raises(InternalServerError):
        sequence.customers.get_by_alias("acme")
    with pytest.raises(APIConnectionError):
        sequence.customers.get_by_alias("acme")
    assert ["John Doe"] * 2 == [sequence.customers.get_by_alias("acme").legal_name for _ in range(2)]
    assert 3 == len(told)


def test_a_function_is_asked(fake: FakeSequence) -> None:
    """A function sees the request, and says what to answer; under an operation's name it answers any alias."""

    def answer(request: ReceivedRequest) -> Reply:
        return Reply(body=example_customer(legalName=request.arguments["alias"].upper()))

    fake.replies["customers.get_by_alias"] = answer

    assert "GLOBEX" == client(fake).customers.get_by_alias("globex").legal_name


def test_a_reply_beats_a_customer(fake: FakeSequence) -> None:
    """What a test says to answer is answered, whomever the fake knows."""
    fake.customers.add(aliases=["acme"])
    fake.replies["acme"] = Reply(500)

    with pytest.raises(InternalServerError):
        client(fake).customers.get_by_alias("acme")


def test_a_reply_s_own_headers_replace_those_of_the_fake(fake: FakeSequence) -> None:
    """A header is there once, whatever its case, with the reply's value."""
    fake.replies["acme"] = Reply(
        200, example_customer(), headers={"SEQUENCE-VERSION": "2025-01-01", "Content-type": "application/json; a=b"}
    )

    headers = client(fake).with_raw_response.customers.get_by_alias("acme").headers

    assert ("2025-01-01", "application/json; a=b") == (headers["Sequence-Version"], headers["Content-Type"])


def test_bytes_are_sent_as_they_are(fake: FakeSequence) -> None:
    """What a proxy says is no JSON."""
    fake.replies["acme"] = Reply(502, b"<html>", headers={"Content-Type": "text/html"})

    with pytest.raises(InternalServerError) as caught:
        client(fake).customers.get_by_alias("acme")

    assert "<html>" == caught.value.body


@pytest.mark.parametrize(
    "content",
    [
        {"status": 99},
        {"status": "200"},
        {"headers": {"X": "a\r\nb"}},
        {"headers": {"X": "\u20ac"}},
        {"headers": {"X Y": "a"}},
        {"body": {1, 2}},
        {"body": float("nan")},
        {"status": 204, "body": {}},
    ],
)
def test_a_reply_that_cannot_be_sent_is_none(content: dict[str, Any]) -> None:
    """It fails where the test makes it, not as a connection that ends."""
    with pytest.raises(ValueError, match="a reply cannot be sent"):
        Reply(**content)


def failing(_: ReceivedRequest) -> Reply:
    raise ZeroDivisionError


@pytest.mark.parametrize(("told", "error"), [(failing, ZeroDivisionError), (lambda _: None, TypeError)])
def test_an_error_in_a_reply_fails_in_the_test(fake: FakeSequence, told: Any, error: type[Exception]) -> None:
    """A function that raises, or returns no Reply, is a fault of the test, which no client takes for Sequence's."""
    fake.replies["acme"] = told

    with pytest.raises(error):
        client(fake, max_retries=2).customers.get_by_alias("acme")


def test_an_error_in_a_reply_fails_in_the_test_over_sockets() -> None:
    """The server's thread hands it over: it is raised where the server ends, above what the client made of it."""
    with (
        pytest.raises(ZeroDivisionError) as caught,
        SequenceServer({"acme": failing}) as server,
        SequenceClient(base_url=server.base_url, client_id="id", client_secret="secret", max_retries=0) as sequence,
    ):
        sequence.customers.get_by_alias("acme")

    assert isinstance(caught.value.__context__, InternalServerError)


# --- Any operation of a later document


@pytest.fixture
def grown(later: Any) -> FakeSequence:
    return FakeSequence(document=later)


def test_a_document_without_the_look_up_is_refused() -> None:
    """A document as the vendor has it names no operations: the error says what is missing."""
    with pytest.raises(ValueError, match=r"no operation has the operationId customers\.get_by_alias: add it"):
        FakeSequence(document={"paths": {"/customers/by-alias/{alias}": {"get": {"responses": {}}}}})


LIMITED = "/customers?since=2024-01-01"
CREATED = {"legalName": "Acme", "address": {"line1": "1", "town": "Leeds", "postcode": "LS1", "country": "GB"}}


def test_an_operation_is_answered_from_the_document(grown: FakeSequence) -> None:
    """A list has what the document shows of its parts, and what it does not show is made up, valid."""
    page = ask(grown, LIMITED)

    assert (200, [example_customer()]) == (page.status, page.body["items"])
    assert {"after": "string", "total": 1} == page.body["pagination"]
    assert "customers.list" == grown.requests[0].operation


def test_a_look_up_by_another_path_finds_the_same_customers(grown: FakeSequence) -> None:
    """What answers a customer answers one that was added."""
    added = grown.customers.add(legal_name="Acme Ltd")

    assert added == Customer.from_dict(ask(grown, f"/customers/{added.id}").body)


def test_statuses_are_those_of_the_document(grown: FakeSequence) -> None:
    """201 where something is made, and 204 without a body where it goes."""
    created = ask(grown, "/customers", "POST", CREATED, **{"Idempotency-Key": "key"})
    gone = ask(grown, "/customers/x", "DELETE")

    assert (201, example_customer(), 204, None) == (created.status, created.body, gone.status, gone.body)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?since=yesterday",
        "?since=2024-01-01&limit=0",
        "?since=2024-01-01&limit=101",
        "?since=2024-01-01&limit=ten",
        "?since=2024-01-01&after=1",
        "?since=2024-01-01&archived=maybe",
        "?since=2024-01-01&states=NY&states=ZZ",
    ],
)
def test_parameters_are_checked(grown: FakeSequence, query: str) -> None:
    """A parameter that the document does not allow is a 400, in the document's own words for one."""
    reply = ask(grown, f"/customers{query}")

    assert (400, "NO") == (reply.status, reply.body["code"])


def test_what_the_document_allows_is_answered(grown: FakeSequence) -> None:
    """Each kind of parameter is read as what it is."""
    assert 200 == ask(grown, f"{LIMITED}&limit=100&archived=true&states=NY&states=CA&unknown=1").status
    assert 200 == grown.answer("GET", f"/api/customers/{'0' * 8}-0000-4000-8000-{'0' * 12}/contacts/7", {}, b"").status


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {**CREATED, "legalName": ""},
        {**CREATED, "legalName": None},
        {**CREATED, "other": 1},
        {**CREATED, "address": {"line1": "1"}},
        {**CREATED, "address": {**CREATED["address"], "country": "ZZ"}},  # type: ignore[dict-item]
        {**CREATED, "rank": 7},
        {**CREATED, "rank": True},
        {**CREATED, "emails": ["a", "a"]},
        {**CREATED, "emails": ["a", "b", "c", "d"]},
        {**CREATED, "emails": ["a", 5]},
    ],
)
def test_bodies_are_checked(grown: FakeSequence, body: Any) -> None:
    """A body that the document does not allow is a 400."""
    assert 400 == ask(grown, "/customers", "POST", body, **{"Idempotency-Key": "key"}).status


def test_bodies_that_are_allowed(grown: FakeSequence) -> None:
    """Null where the document lets it be, and a choice of types."""
    for more in ({"label": None}, {"rank": 10}, {"rank": "low"}, {"emails": ["a", "b"]}):
        assert 201 == ask(grown, "/customers", "POST", {**CREATED, **more}, **{"Idempotency-Key": "key"}).status


def test_headers_are_checked(grown: FakeSequence) -> None:
    """A header that the document requires must be there, and a body must say that it is JSON."""
    assert 400 == ask(grown, "/customers", "POST", CREATED).status
    assert 400 == ask(grown, "/customers", "POST", CREATED, **{"Idempotency-Key": "k"}).status
    other = {"Idempotency-Key": "key", "Content-Type": "text/plain"}
    assert 400 == ask(grown, "/customers", "POST", CREATED, **other).status
    assert (
        400 == grown.answer("POST", "/api/customers", {**AUTHORIZED, "Content-Type": "application/json"}, b"{").status
    )


def test_httpx_s_own_client_can_ask(grown: FakeSequence) -> None:
    """The transport is httpx's, for whoever has no client of this package."""
    with httpx.Client(transport=grown.transport(), auth=("id", "secret")) as http:
        assert (
            201
            == http.post(
                "https://sequence.test/api/customers", json=CREATED, headers={"Idempotency-Key": "key"}
            ).status_code
        )
