"""Clients: made once, copied cheaply, closed once; what they carry, and whose they are."""

from __future__ import annotations

import asyncio
import gc
import inspect
import pickle
import time
import weakref
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sequence_customers_client import (
    APIStatusError,
    APITimeoutError,
    AsyncSequenceClient,
    ConfigurationError,
    Customer,
    NotFoundError,
    SequenceClient,
)
from sequence_customers_client._models.codec import ANY, STRING
from sequence_customers_client._operation import Operation
from sequence_customers_client._response import APIResponse

if TYPE_CHECKING:
    from tests.conftest import Twin


class Transport(httpx.MockTransport):
    """A transport that counts how often it is closed."""

    def __init__(self, handler: Any = None) -> None:
        super().__init__(handler or (lambda _: httpx.Response(404)))
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


# --- Calls


def test_look_up_gives_the_customer(twin: Twin, ok: httpx.Response, example: Any) -> None:
    """A look-up returns the customer that the server sent."""
    customer = twin.talk(ok).get()

    assert isinstance(customer, Customer)
    assert Customer.from_dict(example) == customer
    assert example == customer.to_dict()


def test_client_can_be_used_without_a_with_block(twin: Twin, ok: httpx.Response) -> None:
    """A client is ready when it is made, and goes on until it is closed."""
    talk = twin.talk(ok, forever=True)

    for _ in range(3):
        talk.get()
    talk.close()

    assert len(talk.requests) == 3


def test_methods_say_what_the_document_says(twin: Twin) -> None:
    """help() on a method has the document's words, and its argument and result."""
    method = twin.make().customers.get_by_alias
    text = inspect.getdoc(method) or ""

    assert text.startswith("Get customer by alias")
    assert "one of your customers using" in text
    assert "alias: Customer alias" in text
    assert ["alias", "timeout", "deadline", "max_retries", "extra_headers"] == list(
        inspect.signature(method).parameters
    )


def test_client_goes_on_after_an_error(twin: Twin, ok: httpx.Response, example: Any) -> None:
    """An error ends the call and not the client."""
    talk = twin.talk(httpx.Response(404), httpx.ConnectError("refused"), ok, max_retries=0)

    talk.error()
    talk.error()

    assert example == talk.get().to_dict()


@pytest.mark.asyncio
async def test_calls_of_one_async_client_run_side_by_side(example: Any) -> None:
    """A hundred calls at once each get their own answer, and all are under way together."""
    together = asyncio.Barrier(100)

    async def answer(request: httpx.Request) -> httpx.Response:
        await together.wait()
        return httpx.Response(200, json={**example, "id": request.url.path.rpartition("/")[2]})

    client = AsyncSequenceClient(client_id="id", client_secret="secret", transport=httpx.MockTransport(answer))
    names = [f"alias-{number}" for number in range(100)]
    customers = await asyncio.gather(*(client.customers.get_by_alias(name) for name in names))

    assert names == [customer.id for customer in customers]


@pytest.mark.asyncio
async def test_cancelled_call_closes_its_response() -> None:
    """A call that is cancelled while its body arrives lets go of the response, and the cancellation is felt."""
    started, closed = asyncio.Event(), asyncio.Event()

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            started.set()
            yield b"{"
            await asyncio.Event().wait()

        async def aclose(self) -> None:
            closed.set()

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    client = AsyncSequenceClient(client_id="id", client_secret="secret", transport=transport)
    call = asyncio.create_task(client.customers.get_by_alias("acme"))
    await started.wait()
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert closed.is_set()


def test_one_async_client_serves_several_event_loops(example: Any) -> None:
    """A client outlives the loop in which it was first used."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=example))
    client = AsyncSequenceClient(client_id="id", client_secret="secret", transport=transport)

    names = [asyncio.run(client.customers.get_by_alias("acme")).legal_name for _ in range(3)]

    assert ["John Doe"] * 3 == names


# --- with_options


def test_copy_has_other_settings(twin: Twin, ok: httpx.Response) -> None:
    """A copy calls with what it was given, and with the original's for all the rest."""
    talk = twin.talk(ok, ok, timeout=10, deadline=60, default_headers={"X-Team": "billing"})
    copied = talk.with_options(timeout=1.5, deadline=5, default_headers={"X-Trace": "1"})

    copied.get()
    talk.get()

    assert [1.5, 10] == [request.extensions["timeout"]["read"] for request in talk.requests]
    assert [("billing", "1"), ("billing", None)] == [
        (request.headers.get("X-Team"), request.headers.get("X-Trace")) for request in talk.requests
    ]


@pytest.mark.usefixtures("clock")
def test_copy_can_go_without_retries(twin: Twin) -> None:
    """max_retries=0 is a setting like the others, and not the lack of one."""
    talk = twin.talk(httpx.Response(503), forever=True)

    once, thrice = talk.with_options(max_retries=0).error(), talk.error()

    assert (1, 3) == (len(once.attempts), len(thrice.attempts))


def test_copy_of_a_copy_adds_up(twin: Twin) -> None:
    """Options of a copy stay when it is copied again."""
    copied = twin.make().with_options(timeout=1).with_options(deadline=2).with_options(default_headers={"X-A": "1"})

    settings = copied._config

    assert (1, 2, 2, {"X-A": "1"}) == (
        settings.timeout,
        settings.deadline,
        settings.max_retries,
        dict(settings.default_headers),
    )


def test_header_of_a_copy_replaces_the_one_of_the_original(twin: Twin, ok: httpx.Response) -> None:
    """A header that both have is sent once, as the copy has it."""
    talk = twin.talk(ok, default_headers={"X-Team": "a"}).with_options(default_headers={"X-Team": "b"})

    talk.get()

    assert talk.request.headers.get_list("X-Team") == ["b"]


def test_header_of_a_copy_replaces_the_one_of_the_original_in_any_case(twin: Twin, ok: httpx.Response) -> None:
    """Header names have no case, here as anywhere."""
    talk = twin.talk(ok, default_headers={"X-Team": "a"}).with_options(default_headers={"x-team": "b"})

    talk.get()

    assert talk.request.headers.get_list("X-Team") == ["b"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"timeout": None, "deadline": None, "max_retries": None, "default_headers": None},
        {"timeout": 1, "deadline": 2, "max_retries": 3, "default_headers": {"X-A": "1"}},
    ],
)
def test_original_is_unchanged(twin: Twin, options: dict[str, Any]) -> None:
    """Copying changes nothing in the original; what is left out, or None, is as there."""
    client = twin.make(timeout=7, default_headers={"X-Team": "a"})
    before = dict(vars(client._config))

    copied = client.with_options(**options)

    assert before == dict(vars(client._config))
    assert client is not copied
    assert type(client) is type(copied)
    assert (options.get("timeout") or 7) == copied._config.timeout


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": "1"},
        {"timeout": httpx.Timeout(-1)},
        {"deadline": -1},
        {"deadline": float("nan")},
        {"max_retries": -1},
        {"max_retries": 1.5},
        {"max_retries": True},
        {"default_headers": {"Host": "x"}},
        {"default_headers": "x"},
    ],
)
def test_copy_refuses_what_the_constructor_refuses(twin: Twin, options: dict[str, Any]) -> None:
    """Options of a copy are checked as arguments are, at once."""
    client = twin.make()

    with pytest.raises(ConfigurationError, match=next(iter(options))):
        client.with_options(**options)


@pytest.mark.parametrize("option", ["client_id", "environment", "base_url", "transport", "max_connections"])
def test_copy_has_no_other_server_credentials_or_connections(twin: Twin, option: str) -> None:
    """What connections belong to cannot differ among those that share them."""
    client: Any = twin.make()

    with pytest.raises(TypeError, match=option):
        client.with_options(**{option: "x"})


def test_copies_share_the_connections(twin: Twin) -> None:
    """A copy opens nothing of its own."""
    client = twin.make()

    assert client.with_options(timeout=1)._connections is client._connections


def test_copies_are_cheap(twin: Twin) -> None:
    """A copy for every call is fine: it costs microseconds."""
    client = twin.make()
    started = time.perf_counter()

    for _ in range(200):
        client.with_options(timeout=1)

    assert time.perf_counter() - started < 0.2


def test_closing_one_closes_all(twin: Twin) -> None:
    """Original and copies share connections, and so their end."""
    transport = Transport()
    client = twin.make(transport=transport)
    copied = client.with_options(timeout=1)

    twin.close(copied)

    assert transport.closed == 1
    for one in (client, copied):
        with pytest.raises(ConfigurationError, match="closed"):
            twin.get(one, "acme")


# --- with_raw_response


def test_raw_response_has_everything(twin: Twin, example: Any, clock: Any) -> None:
    """A raw response has status, headers, content, request id, attempts and time, and what was read from it."""

    def slow(_: httpx.Request) -> httpx.Response:
        clock.pass_by(0.5)
        return httpx.Response(200, headers={"X-Request-Id": "req-1", "X-Other": "a"}, json=example)

    response = twin.talk(httpx.Response(503, headers={"Retry-After": "2"}), slow).get_raw()

    assert isinstance(response, APIResponse)
    assert response.status_code == 200
    assert ("a", "a") == (response.headers["X-Other"], response.headers["x-other"])
    assert httpx.Response(200, json=example).content == response.content
    assert response.request_id == "req-1"
    assert Customer.from_dict(example) == response.parsed
    assert response.elapsed == 2.5
    assert [(503, None, 0.0, 2.0), (200, None, 0.5, None)] == list(response.attempts)


def test_raw_response_without_a_request_id(twin: Twin, ok: httpx.Response) -> None:
    """request_id is None where the server sends none."""
    assert twin.talk(ok).get_raw().request_id is None


def test_raw_response_is_a_value(twin: Twin, ok: httpx.Response) -> None:
    """A raw response does not change, pickles, and prints without the customer's data."""
    response: Any = twin.talk(ok).get_raw()

    with pytest.raises(AttributeError):
        response.status_code = 1
    assert response == pickle.loads(pickle.dumps(response))  # noqa: S301
    assert "John Doe" not in repr(response)
    assert "status_code=200" in repr(response)


def test_raw_and_plain_raise_the_same(twin: Twin) -> None:
    """A raw response is a successful one; errors are errors either way."""
    with pytest.raises(NotFoundError):
        twin.talk(httpx.Response(404)).get_raw()


@pytest.mark.parametrize(
    ("responses", "status", "content", "parsed"),
    [
        ({"200": ANY}, 200, b'{"a": 1}', {"a": 1}),
        ({"200": None}, 200, b"whatever", None),
        ({"204": None}, 204, b"", None),
        ({"201": STRING}, 201, b'"text"', "text"),
        ({"2XX": STRING}, 202, b'"text"', "text"),
        ({"2XX": ANY, "200": STRING}, 200, b'"text"', "text"),
        ({"default": ANY}, 200, b"1", 1),
    ],
)
def test_documented_success_is_parsed_as_documented(
    twin: Twin, responses: dict[str, Any], status: int, content: bytes, parsed: Any
) -> None:
    """Which body is expected is what the operation says of the status: itself, its class, or any other."""
    operation: Operation[Any] = Operation(method="GET", path="/a", parameters=(), responses=responses)

    response = twin.talk(httpx.Response(status, content=content)).perform(operation)

    assert (status, content, parsed) == (response.status_code, response.content, response.parsed)


@pytest.mark.parametrize("responses", [{"200": ANY}, {"4XX": ANY}, {}])
def test_undocumented_success_is_an_error(twin: Twin, responses: dict[str, Any]) -> None:
    """A 2xx that the operation does not know is not guessed at."""
    operation: Operation[Any] = Operation(method="GET", path="/a", parameters=(), responses=responses)

    with pytest.raises(APIStatusError):
        twin.talk(httpx.Response(202, json=1)).perform(operation)


# --- http_client


def http_client(twin: Twin, handler: Any, **options: Any) -> Any:
    return twin.http_client_type(transport=httpx.MockTransport(handler), **options)


def test_http_client_sends_and_stays_open(twin: Twin, ok: httpx.Response) -> None:
    """A client of the caller's carries the requests, and is closed by whoever made it."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return ok

    theirs = http_client(twin, answer)
    client = twin.make(http_client=theirs)
    twin.get(client, "acme")
    twin.close(client)

    assert len(sent) == 1
    assert not theirs.is_closed
    twin.close(theirs)


def test_auth_and_base_url_of_the_http_client_stay_out(
    twin: Twin, ok: httpx.Response, client_id: str, client_secret: str
) -> None:
    """Where a request goes, and as whom, is decided by this client alone."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return ok

    theirs = http_client(
        twin,
        answer,
        auth=("somebody", "else"),
        base_url="https://elsewhere.test/x",
        params={"key": "1"},
        cookies={"session": "1"},
        headers={"X-Theirs": "1", "Authorization": "Bearer x"},
    )
    twin.get(twin.make(http_client=theirs), "acme")
    twin.close(theirs)

    assert str(sent[0].url) == "https://sequence.test/api/customers/by-alias/acme"
    assert httpx.BasicAuth(client_id, client_secret)._auth_header == sent[0].headers["Authorization"]
    assert "Cookie" not in sent[0].headers


@pytest.mark.parametrize("target", ["https://evil.test/", "/api/customers/other"])
def test_redirects_of_the_http_client_stay_out(twin: Twin, target: str) -> None:
    """A client that follows redirects for others follows none with these credentials."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(302, headers={"Location": target})

    theirs = http_client(twin, answer, follow_redirects=True)
    with pytest.raises(APIStatusError) as caught:
        twin.get(twin.make(http_client=theirs), "acme")
    twin.close(theirs)

    assert caught.value.status_code == 302
    assert len(sent) == 1


def test_limits_are_this_clients_and_not_the_http_clients(twin: Twin, ok: httpx.Response) -> None:
    """The http client's own timeout does not replace the one of the call."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return ok

    theirs = http_client(twin, answer, timeout=99)
    twin.get(twin.make(http_client=theirs, timeout=3), "acme")
    twin.close(theirs)

    assert [3, 3, 3] == [sent[0].extensions["timeout"][phase] for phase in ("connect", "read", "write")]


def test_closed_http_client_is_refused(twin: Twin) -> None:
    """Whoever closed their client is told so."""
    theirs = http_client(twin, lambda _: httpx.Response(200))
    twin.close(theirs)

    with pytest.raises(ConfigurationError, match="http_client is closed"):
        twin.get(twin.make(http_client=theirs), "acme")


def raise_for_status(twin: Twin) -> Any:
    """The hook that half the world puts on its httpx clients."""

    async def awaited(response: httpx.Response) -> None:
        response.raise_for_status()

    return awaited if twin.name == "async" else httpx.Response.raise_for_status


def test_hooks_that_raise_for_status(twin: Twin) -> None:
    """With a hook that raises for status, a 404 is a NotFoundError all the same: once, and without the URL."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(404, json={"error": {"message": "gone"}})

    theirs = http_client(twin, answer, event_hooks={"response": [raise_for_status(twin)]})
    with pytest.raises(NotFoundError) as caught:
        twin.get(twin.make(http_client=theirs), "4l1as")
    twin.close(theirs)

    assert len(sent) == 1
    assert "4l1as" not in f"{caught.value!r} {caught.value}"
    assert caught.value.status_code == 404


def test_response_that_a_hook_has_read_is_read(twin: Twin, example: Any) -> None:
    """A hook that logs bodies does not use them up."""
    seen: list[bytes] = []

    async def awaited(response: httpx.Response) -> None:
        seen.append(await response.aread())

    def called(response: httpx.Response) -> None:
        seen.append(response.read())

    hook = awaited if twin.name == "async" else called
    theirs = http_client(twin, lambda _: httpx.Response(200, json=example), event_hooks={"response": [hook]})
    customer = twin.get(twin.make(http_client=theirs), "acme")
    twin.close(theirs)

    assert example == customer.to_dict()
    assert [httpx.Response(200, json=example).content] == seen


# --- Closing


def test_transport_is_closed_once(twin: Twin) -> None:
    """A transport that was given is the client's, and is closed with it; closing twice is fine."""
    transport = Transport()
    client = twin.make(transport=transport)

    twin.close(client)
    twin.close(client)

    assert transport.closed == 1


def test_with_block_closes(twin: Twin) -> None:
    """A with-block gives the client itself, and closes it in the end."""
    transport = Transport()
    client = twin.make(transport=transport)

    twin.with_block(client)

    assert transport.closed == 1


def test_closed_client_says_so(twin: Twin) -> None:
    """A call on a closed client sends nothing, and says why."""
    talk = twin.talk()
    talk.close()

    with pytest.raises(ConfigurationError, match="the client is closed"):
        talk.get()

    assert talk.requests == []


def test_client_of_its_own_connections_opens_and_closes(twin: Twin) -> None:
    """A client with httpx's own transport that never called anything closes like any other."""
    client = twin.make()

    twin.close(client)

    with pytest.raises(ConfigurationError, match="closed"):
        twin.get(client, "acme")


@pytest.mark.filterwarnings("error")
def test_forgotten_client_goes_quietly(twin: Twin) -> None:
    """A client that was never closed, and never used, leaves no warning behind."""
    twin.make()

    gc.collect()


# --- max_connections


class Counting:
    """A server that counts how many requests are under way, and how many were at the most."""

    def __init__(self, content: Any) -> None:
        self.content = content
        self.under_way = self.most = 0

    def begin(self) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)

    def end(self) -> httpx.Response:
        self.under_way -= 1
        return httpx.Response(200, json=self.content)

    async def awaited(self, _: httpx.Request) -> httpx.Response:
        self.begin()
        for _turn in range(5):
            await asyncio.sleep(0)
        return self.end()

    def called(self, _: httpx.Request) -> httpx.Response:
        self.begin()
        return self.end()


@pytest.mark.asyncio
async def test_tasks_beyond_max_connections_wait(example: Any) -> None:
    """No more requests are under way than max_connections allows; the others wait their turn, and all end well."""
    server = Counting(example)
    client = AsyncSequenceClient(
        client_id="id", client_secret="secret", max_connections=3, transport=httpx.MockTransport(server.awaited)
    )

    customers = await asyncio.gather(*(client.customers.get_by_alias(f"alias-{number}") for number in range(20)))

    assert (20, 3, 0) == (len(customers), server.most, server.under_way)


def test_threads_beyond_max_connections_wait(example: Any) -> None:
    """Threads that share a client wait their turn as tasks do."""
    server = Counting(example)
    client = SequenceClient(
        client_id="id", client_secret="secret", max_connections=1, transport=httpx.MockTransport(server.called)
    )

    with ThreadPoolExecutor(8) as threads:
        customers = list(threads.map(client.customers.get_by_alias, [f"alias-{number}" for number in range(200)]))

    assert (200, 1, 0) == (len(customers), server.most, server.under_way)


@pytest.mark.parametrize(
    ("options", "limit"), [({"timeout": httpx.Timeout(10, pool=0.001)}, "pool"), ({"deadline": 0.005}, "deadline")]
)
def test_wait_for_a_connection_ends(twin: Twin, ok: httpx.Response, options: dict[str, Any], limit: str) -> None:
    """The wait for a connection ends with its own phase of an httpx.Timeout, or else with the deadline."""
    inner: list[APITimeoutError] = []

    async def awaited(_: httpx.Request) -> httpx.Response:
        assert isinstance(client, AsyncSequenceClient)
        with pytest.raises(APITimeoutError) as caught:
            await client.customers.get_by_alias("inner")
        inner.append(caught.value)
        return ok

    def called(_: httpx.Request) -> httpx.Response:
        assert isinstance(client, SequenceClient)
        with pytest.raises(APITimeoutError) as caught:
            client.customers.get_by_alias("inner")
        inner.append(caught.value)
        return ok

    transport = httpx.MockTransport(awaited if twin.name == "async" else called)
    client = twin.make(max_connections=1, max_retries=0, transport=transport, **options)
    patient = client.with_options(timeout=10, deadline=60)

    twin.get(patient, "outer")
    twin.get(patient, "outer, with the place given back")

    assert [limit, limit] == [error.limit for error in inner]
    assert [[None], [None]] == [[attempt.status_code for attempt in error.attempts] for error in inner]


# --- Looks


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"environment": "sandbox"}, "SANDBOX, timeout=10.0, deadline=60.0, max_retries=2"),
        ({"base_url": "https://a.test/x/"}, "https://a.test/x, timeout=10.0, deadline=60.0, max_retries=2"),
        (
            {"environment": "DEV", "timeout": 3, "deadline": 9, "max_retries": 0},
            "DEV, timeout=3, deadline=9, max_retries=0",
        ),
    ],
)
def test_repr_says_where_and_how_long(twin: Twin, options: dict[str, Any], text: str) -> None:
    """A client prints as what it is, where it calls and within which limits."""
    assert f"{twin.client_type.__name__}({text})" == repr(twin.make(**options))


def test_repr_keeps_default_headers_to_itself(twin: Twin) -> None:
    """A header may be somebody's secret."""
    client = twin.make(default_headers={"X-Key": "hunter2"})

    assert "hunter2" not in f"{client!r} {client._config!r}"


@pytest.mark.parametrize("kind", [AsyncSequenceClient, SequenceClient])
def test_client_takes_keywords_only(kind: Any) -> None:
    """Nobody passes the secret as the id by position."""
    with pytest.raises(TypeError, match="positional"):
        kind("id", "secret")


def test_many_clients_do_not_pile_up(twin: Twin) -> None:
    """A client that is dropped is gone: nothing of the package keeps it."""
    client = twin.make()
    gone = weakref.ref(client)
    del client
    gc.collect()

    assert gone() is None
