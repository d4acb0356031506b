"""Credentials: checked when the client is made, sent as RFC 7617 says, and shown nowhere."""

from __future__ import annotations

import asyncio
import base64
import copy
import html
import json
import os
import pickle
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import (
    AsyncSequenceClient,
    AuthenticationError,
    ConfigurationError,
    SequenceClient,
    SequenceError,
)
from sequence_customers_client._credentials import redact
from sequence_customers_client._response import Headers, Response

if TYPE_CHECKING:
    from tests.conftest import Client, Talk, Twin

# Not fixtures: locals of a test are printed with tracebacks, and here it is ours that are looked for.
ID = "cl13nt-1d"
SECRET = "p4ss:w0rd-s3cr3t"
ENCODED = base64.b64encode(f"{ID}:{SECRET}".encode()).decode()

VARIABLES = {"client_id": "SEQUENCE_CLIENT_ID", "client_secret": "SEQUENCE_CLIENT_SECRET"}


def refusal(twin: Twin, **credentials: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        twin.client_type(**credentials)
    return str(caught.value)


def header(talk: Talk) -> str:
    return str(talk.requests[-1].headers["Authorization"])


# --- Where they come from


@pytest.mark.parametrize("given_as", ["arguments", "variables", "an argument and a variable"])
def test_from_arguments_or_variables(
    twin: Twin, ok: httpx.Response, monkeypatch: pytest.MonkeyPatch, given_as: str
) -> None:
    """Id and secret are arguments or environment variables, each for itself."""
    arguments = {"arguments": [*VARIABLES], "variables": []}.get(given_as, ["client_id"])
    values = {"client_id": ID, "client_secret": SECRET}
    for name in VARIABLES.keys() - arguments:
        monkeypatch.setenv(VARIABLES[name], values[name])

    given_ones: dict[str, Any] = {name: values[name] if name in arguments else None for name in values}
    talk = twin.talk(ok, **given_ones)
    talk.get()

    assert f"Basic {ENCODED}" == header(talk)


def test_argument_beats_variable(twin: Twin, ok: httpx.Response, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable for what is given as an argument is not even looked at."""
    for variable in VARIABLES.values():
        monkeypatch.setenv(variable, " wrong\n")

    talk = twin.talk(ok, client_id=ID, client_secret=SECRET)
    talk.get()

    assert f"Basic {ENCODED}" == header(talk)


def test_variables_are_read_when_a_client_is_made(
    twin: Twin, ok: httpx.Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client keeps what it was made with; the next one takes what is there then."""
    for name, variable in VARIABLES.items():
        monkeypatch.setenv(variable, name)
    talk = twin.talk(ok, client_id=None, client_secret=None)
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable)

    talk.get()

    assert header(talk) == "Basic " + base64.b64encode(b"client_id:client_secret").decode()
    assert refusal(twin).startswith("the environment variable SEQUENCE_CLIENT_ID")


@pytest.mark.parametrize("name", VARIABLES)
def test_missing_credential_says_how_to_give_it(twin: Twin, name: str) -> None:
    """What is missing is named, both as an argument and as a variable."""
    given_ones = {"client_id": ID, "client_secret": SECRET}
    del given_ones[name]

    message = refusal(twin, **given_ones)

    assert f"{name}=" in message
    assert VARIABLES[name] in message


# --- What is refused

REFUSED: list[tuple[Any, str]] = [
    ("", "is empty"),
    (" ", "is empty"),
    ("\n", "is empty"),
    ("hunter2\n", "white space around it"),
    ("hunter2\r\n", "white space around it"),
    (" hunter2", "white space around it"),
    ("hunter2\t", "white space around it"),
    ("\u00a0hunter2", "white space around it"),
    ("hunter2\u2028", "white space around it"),
    ('"hunter2"', "quotes around it"),
    ("'hunter2'", "quotes around it"),
    ("`hunter2`", "quotes around it"),
    ("\u201chunter2\u201d", "quotes around it"),
    ("hunter2'", "quotes around it"),
    ("hun\nter2", "control character"),
    ("hun\0ter2", "control character"),
    ("hunter2\0", "control character"),
    ("hun\x1bter2", "control character"),
    ("hun\x7fter2", "control character"),
    ("hunter\u00b2", "beyond ASCII"),
    ("hunter2\u200b", "beyond ASCII"),
    ("\ufeffhunter2", "beyond ASCII"),
    ("hun\u2026ter2", "beyond ASCII"),
    ("hunter2\ud800", "beyond ASCII"),
    (b"hunter2", "must be a string, not a bytes"),
    (42424242, "must be a string, not a int"),
    (True, "must be a string, not a bool"),
    (["hunter2"], "must be a string, not a list"),
    ({"secret": "hunter2"}, "must be a string, not a dict"),
]


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize(("value", "reason"), REFUSED)
def test_refused_argument(twin: Twin, name: str, value: Any, reason: str) -> None:
    """What no credential holds is refused at once, with the argument's name and the reason, and is not shown."""
    message = refusal(twin, **{"client_id": ID, "client_secret": SECRET, name: value})

    assert message.startswith(f"{name} ")
    assert reason in message
    assert not any(part in message for part in ("hunter", "ter2", "42424242", ID, SECRET))


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize(
    ("value", "reason"),
    [(value, reason) for value, reason in REFUSED if isinstance(value, str) and not {"\0", "\ud800"} & {*value}],
)
def test_refused_variable(twin: Twin, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    """A variable is checked as an argument is, and named."""
    for variable, fine in zip(VARIABLES.values(), (ID, SECRET), strict=True):
        monkeypatch.setenv(variable, fine)
    monkeypatch.setenv(VARIABLES[name], value)

    message = refusal(twin)

    assert message.startswith(f"the environment variable {VARIABLES[name]} ")
    assert reason in message
    assert not any(part in message for part in ("hunter", "ter2", ID, SECRET))


def test_colon_in_the_id_is_refused(twin: Twin) -> None:
    """RFC 7617 knows no colon in a user id: the server would split the pair elsewhere."""
    message = refusal(twin, client_id="hunter2:x", client_secret=SECRET)

    assert message.startswith("client_id holds a colon")
    assert "hunter2" not in message


def test_both_wrong_are_both_named(twin: Twin) -> None:
    """Who has two mistakes to mend hears of both at once."""
    message = refusal(twin, client_id="hunter2\n", client_secret="")

    assert "client_id has white space around it" in message
    assert "client_secret is empty" in message


@pytest.mark.parametrize("secret", ["a:b", ":", "::", "a b", "it's", 'say "x" now', "~!@#$%^&*()_+{}|<>?", "x" * 4096])
def test_odd_secrets_are_accepted(twin: Twin, ok: httpx.Response, secret: str) -> None:
    """A secret may hold colons, blanks and quotes within, and is sent as it is."""
    talk = twin.talk(ok, client_id=ID, client_secret=secret)

    talk.get()

    assert f"{ID}:{secret}" == base64.b64decode(header(talk).removeprefix("Basic ")).decode("ascii")


printable = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'`"), min_size=1)


@given(printable.filter(lambda text: ":" not in text), printable)
def test_header_is_that_of_rfc_7617(client_id: str, client_secret: str) -> None:
    """The header is `Basic` and the base64 of id, colon, secret: split at the first colon it gives both again."""
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        return httpx.Response(404)

    client = SequenceClient(client_id=client_id, client_secret=client_secret, transport=httpx.MockTransport(answer))
    with pytest.raises(SequenceError):
        client.customers.get_by_alias("acme")

    scheme, _, pair = sent[0].partition(" ")
    assert scheme == "Basic"
    assert [client_id, client_secret] == base64.b64decode(pair, validate=True).decode("ascii").split(":", 1)


@given(st.text(), st.text())
def test_no_text_raises_anything_else(client_id: str, client_secret: str) -> None:
    """Whatever text comes, it makes a client, or a ConfigurationError."""
    for kind in (AsyncSequenceClient, SequenceClient):
        try:
            kind(client_id=client_id, client_secret=client_secret, transport=httpx.MockTransport(httpx.Response))  # type: ignore[arg-type]
        except ConfigurationError:
            continue


# --- Where they are not shown


def told(text: str) -> list[str]:
    """What a text gives away."""
    return [secret for secret in (SECRET, ENCODED, ENCODED.rstrip("="), repr(SECRET)[1:-1]) if secret in text]


def with_locals(error: BaseException) -> str:
    """A traceback as reporters of errors print it: every frame with its local variables."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def client_of(twin: Twin, answer: Any) -> Client:
    return twin.client_type(
        client_id=ID,
        client_secret=SECRET,
        base_url="https://sequence.test",
        transport=httpx.MockTransport(answer),
        max_retries=0,
    )


def failing(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def answering(status: int, **content: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, **content)


def objects(client: Client) -> Iterator[Any]:
    """The client and whatever of ours hangs on it."""
    for one in (client, client.with_options(timeout=1, default_headers={"X-Team": "a"})):
        yield from (one, one.customers, one.with_raw_response, one.with_raw_response.customers)
        yield from (one._config, one._config.credentials, one._connections)


def test_objects_do_not_show_it(twin: Twin) -> None:
    """No repr, str, format or vars() of a client, its copies, or what belongs to them shows the secret."""
    for thing in objects(client_of(twin, answering(404))):
        listing = repr(vars(thing)) if hasattr(thing, "__dict__") else ""
        slots = [repr(getattr(thing, name, None)) for name in dir(thing) if not name.startswith("__")]

        assert told(f"{thing!r} {thing} {thing!s} {listing}") == []
        assert type(thing).__name__ == "Credentials" or told(" ".join(slots)) == []


def test_settings_as_a_dict_do_not_show_it(twin: Twin) -> None:
    """vars, with which settings are often dumped, shows no secret."""
    assert told(repr(vars(client_of(twin, answering(404))._config))) == []


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_clients_do_not_pickle(twin: Twin, protocol: int) -> None:
    """A client does not go into a queue or a cache, secret and all: it says so."""
    for thing in objects(client_of(twin, answering(404))):
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
            pickle.dumps(thing, protocol)


def test_credentials_say_why_they_do_not_pickle(twin: Twin) -> None:
    """Who tries is told what to do instead."""
    credentials = client_of(twin, answering(404))._config.credentials

    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="make a new client in the other process"):
            attempt(credentials)


ANSWERS: dict[str, Callable[[], Any]] = {
    "400": lambda: answering(400, json={"error": {"message": "no"}}),
    "401": lambda: answering(401),
    "404": lambda: answering(404),
    "500": lambda: answering(500, text="oops"),
    "not the document's": lambda: answering(200, json={}),
    "no connection": lambda: failing(httpx.ConnectError("refused")),
    "no answer in time": lambda: failing(httpx.ReadTimeout("slow")),
    "no HTTP": lambda: failing(httpx.RemoteProtocolError("what?")),
    "an error of the system": lambda: failing(OSError(104, "reset")),
}


def caught(function: Callable[[], Any]) -> BaseException:
    with pytest.raises(SequenceError) as info:
        function()
    return info.value


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("copied", [False, True], ids=["original", "copy"])
def test_errors_do_not_show_it(twin: Twin, answer: Callable[[], Any], copied: bool) -> None:
    """No error of a call, its chain, its traceback with local variables, or its pickle, shows the secret."""
    client = client_of(twin, answer())
    if copied:
        client = client.with_options(timeout=2)

    error = caught(lambda: twin.get(client, "acme"))

    assert told(f"{error!r} {error} {vars(error)!r} {error.args!r}") == []
    assert told(with_locals(error)) == []
    assert told(pickle.dumps(error, 0).decode("latin-1")) == []
    assert told(pickle.dumps(error).decode("latin-1")) == []


def test_traceback_of_a_real_refusal_does_not_show_it(twin: Twin) -> None:
    """Httpx's own transport adds frames of its own; those show no secret either."""
    options = {"base_url": "http://127.0.0.1:1", "max_retries": 0}
    client = twin.client_type(client_id=ID, client_secret=SECRET, **options)  # type: ignore[arg-type]

    error = caught(lambda: twin.get(client, "acme"))
    twin.close(client)

    assert told(with_locals(error)) == []


def test_traceback_of_a_programming_error_in_a_transport_does_not_show_it(twin: Twin) -> None:
    """What a transport's bug raises passes through unchanged, and our frames around it show no secret."""
    client = client_of(twin, failing(ZeroDivisionError("bug")))

    with pytest.raises(ZeroDivisionError) as info:
        twin.get(client, "acme")

    assert told(with_locals(info.value)) == []


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": -1},
        {"deadline": "soon"},
        {"max_retries": 1.5},
        {"environment": "staging"},
        {"base_url": "http://example.com"},
        {"default_headers": {"Host": "x"}},
        {"transport": object()},
        {"http_client": object()},
        {"transport": object(), "http_client": object()},
    ],
)
def test_traceback_of_the_constructor_does_not_show_it(twin: Twin, options: dict[str, Any]) -> None:
    """A wrong option is reported with local variables often enough; the secret beside it is in none of them."""
    error = caught(lambda: twin.client_type(client_id=ID, client_secret=SECRET, **options))

    assert told(with_locals(error)) == []


@pytest.mark.parametrize("wrong_id", ["", "with:colon", " x", None])
def test_traceback_of_a_wrong_id_does_not_show_the_secret(twin: Twin, wrong_id: str | None) -> None:
    """The secret is not shown where the id is what is wrong."""
    error = caught(lambda: twin.client_type(client_id=wrong_id, client_secret=SECRET))

    assert told(with_locals(error)) == []


@pytest.mark.parametrize("wrap", ["{}\n", " {}", '"{}"', "{}\x1bx", "\ufeff{}"])
@pytest.mark.parametrize("given_as", ["argument", "variable"])
def test_traceback_of_a_wrong_secret_does_not_show_it(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, wrap: str, given_as: str
) -> None:
    """A secret with a newline is still a secret: the error that refuses it does not show it, nor do its frames."""
    if given_as == "variable":
        monkeypatch.setenv("SEQUENCE_CLIENT_SECRET", wrap.format(SECRET))
        error = caught(lambda: twin.client_type(client_id=ID))
    else:
        error = caught(lambda: twin.client_type(client_id=ID, client_secret=wrap.format(SECRET)))

    assert told(f"{error!r} {vars(error)!r}") == []
    assert told(with_locals(error)) == []
    assert told(pickle.dumps(error, 0).decode("latin-1")) == []


def test_traceback_of_with_options_does_not_show_it(twin: Twin) -> None:
    """A copy that is refused shows no secret."""
    client = client_of(twin, answering(404))

    error = caught(lambda: client.with_options(timeout=-1))

    assert told(with_locals(error)) == []


def test_raw_response_does_not_show_it(twin: Twin, example: Any) -> None:
    """A raw response holds what the server sent, and not what was sent to it."""
    response = twin.get_raw(client_of(twin, answering(200, json=example)), "acme")

    values = [repr(value) for value in vars(response).values()]

    assert told(f"{response!r} {response} {values}") == []
    assert told(pickle.dumps(response, 0).decode("latin-1")) == []


def test_process_environment_is_left_alone(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables are read; they are neither changed nor taken away from the next client."""
    for variable, value in zip(VARIABLES.values(), (ID, SECRET), strict=True):
        monkeypatch.setenv(variable, value)
    before = dict(os.environ)

    twin.close(twin.client_type())

    assert before == dict(os.environ)


# --- Callables


def test_callables_are_asked_before_every_attempt(twin: Twin, ok: httpx.Response, clock: Any) -> None:
    """A callable is asked for each attempt, so that what has been rotated meanwhile is sent."""
    secrets = iter(["one", "two", "three"])
    talk = twin.talk(httpx.Response(503), ok, ok, client_id=ID, client_secret=lambda: next(secrets))

    talk.get()
    talk.get()

    pairs = [base64.b64decode(request.headers["Authorization"][6:]).decode() for request in talk.requests]
    assert [f"{ID}:one", f"{ID}:two", f"{ID}:three"] == pairs
    assert len(clock.waits) == 1


def test_callables_are_not_asked_when_the_client_is_made(twin: Twin) -> None:
    """Making a client asks nobody for anything."""

    def never() -> str:
        raise AssertionError("asked")

    twin.client_type(client_id=never, client_secret=never)


def test_async_callables_are_awaited(ok: httpx.Response) -> None:
    """The async client awaits what an async callable gives."""
    sent: list[str] = []

    async def secret() -> str:
        await asyncio.sleep(0)
        return SECRET

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        return ok

    client = AsyncSequenceClient(client_id=ID, client_secret=secret, transport=httpx.MockTransport(answer))
    asyncio.run(client.customers.get_by_alias("acme"))

    assert [f"Basic {ENCODED}"] == sent


def test_async_callables_are_refused_by_the_sync_client() -> None:
    """The sync client cannot await, and says so instead of sending a coroutine's repr."""

    async def secret() -> str:
        return SECRET

    client = SequenceClient(client_id=ID, client_secret=secret, transport=httpx.MockTransport(answering(200)))

    with pytest.raises(ConfigurationError, match="client_secret: an async callable needs AsyncSequenceClient"):
        client.customers.get_by_alias("acme")


def test_401_asks_once_more(twin: Twin, ok: httpx.Response, clock: Any) -> None:
    """After a 401, rotating credentials are asked once more, and the call is tried once again, without a wait."""
    secrets = iter(["old", "new"])
    talk = twin.talk(httpx.Response(401), ok, client_id=ID, client_secret=lambda: next(secrets), max_retries=0)

    response = talk.get_raw()

    pairs = [base64.b64decode(request.headers["Authorization"][6:]).decode() for request in talk.requests]
    assert [f"{ID}:old", f"{ID}:new"] == pairs
    assert [(401, 0.0), (200, None)] == [(attempt.status_code, attempt.wait) for attempt in response.attempts]
    assert sum(clock.waits) == 0


class Rotating:
    """A source whose secret changes after so many were asked for, and a server that accepts the new one alone."""

    def __init__(self, content: Any, changes_after: int) -> None:
        self.content = content
        self.changes_after = changes_after
        self.asked = 0
        self.refused = 0
        self.lock = threading.Lock()

    def secret(self) -> str:
        with self.lock:
            self.asked += 1
            return "secret-new" if self.asked > self.changes_after else "secret-old"

    def answer(self, request: httpx.Request) -> httpx.Response:
        pair = base64.b64decode(request.headers["Authorization"][6:]).decode()
        if pair.endswith("-new"):
            return httpx.Response(200, json=self.content)
        with self.lock:
            self.refused += 1
        return httpx.Response(401)


@pytest.mark.asyncio
async def test_many_401s_at_once_ask_once(example: Any) -> None:
    """Fifty tasks that meet a 401 with the same credentials ask for new ones once between them."""
    server = Rotating(example, changes_after=50)
    everybody = asyncio.Barrier(50)

    async def secret() -> str:
        return server.secret()

    async def answer(request: httpx.Request) -> httpx.Response:
        response = server.answer(request)
        if response.status_code == 401:
            await everybody.wait()
        return response

    client = AsyncSequenceClient(client_id=ID, client_secret=secret, transport=httpx.MockTransport(answer))
    customers = await asyncio.gather(*(client.customers.get_by_alias("acme") for _ in range(50)))

    assert (50, 50, 51) == (len(customers), server.refused, server.asked)


def test_many_401s_of_threads_ask_once(example: Any) -> None:
    """Threads that meet a 401 together ask for new credentials once between them."""
    server = Rotating(example, changes_after=8)
    everybody = threading.Barrier(8, timeout=10)

    def answer(request: httpx.Request) -> httpx.Response:
        response = server.answer(request)
        if response.status_code == 401:
            everybody.wait()
        return response

    client = SequenceClient(client_id=ID, client_secret=server.secret, transport=httpx.MockTransport(answer))
    with ThreadPoolExecutor(8) as threads:
        customers = list(threads.map(client.customers.get_by_alias, ["acme"] * 8))

    assert (8, 8, 9) == (len(customers), server.refused, server.asked)


@pytest.mark.usefixtures("clock")
def test_second_401_is_raised(twin: Twin) -> None:
    """Credentials that are refused twice are wrong, and not merely old."""
    talk = twin.talk(httpx.Response(401), httpx.Response(401), client_id=ID, client_secret=lambda: SECRET)

    error = talk.error()

    assert isinstance(error, AuthenticationError)
    assert [401, 401] == [attempt.status_code for attempt in error.attempts]


def test_fixed_credentials_are_not_tried_again(twin: Twin) -> None:
    """What does not change is not sent twice."""
    talk = twin.talk(httpx.Response(401))

    assert isinstance(talk.error(), AuthenticationError)
    assert len(talk.requests) == 1


@pytest.mark.parametrize(("value", "reason"), REFUSED)
def test_what_a_callable_gives_is_checked(twin: Twin, value: Any, reason: str) -> None:
    """A callable that gives what no credential holds is a ConfigurationError of the call; nothing is sent."""
    talk = twin.talk(client_id=ID, client_secret=lambda: value)

    with pytest.raises(ConfigurationError) as info:
        talk.get()

    assert str(info.value).startswith("client_secret ")
    assert reason in str(info.value)
    assert "hunter2" not in str(info.value)


def test_failing_callable_is_a_configuration_error(twin: Twin) -> None:
    """A callable that raises ends the call with a ConfigurationError that names it, its own error the cause."""

    def broken() -> str:
        raise LookupError(SECRET)

    talk = twin.talk(client_id=ID, client_secret=broken)

    with pytest.raises(ConfigurationError, match="LookupError") as info:
        talk.get()

    assert told(str(info.value)) == []
    assert isinstance(info.value.__cause__, LookupError)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.usefixtures("clock")
def test_errors_do_not_show_what_a_callable_gave(twin: Twin, answer: Callable[[], Any]) -> None:
    """Credentials that were asked for are shown no more than those that were given."""
    client = twin.client_type(
        client_id=lambda: ID,
        client_secret=lambda: SECRET,
        base_url="https://sequence.test",
        transport=httpx.MockTransport(answer()),
        max_retries=0,
    )

    error = caught(lambda: twin.get(client, "acme"))

    assert told(with_locals(error)) == []
    assert told(repr(vars(error))) == []
    assert told(pickle.dumps(error, 0).decode("latin-1")) == []


@pytest.mark.parametrize("character", ["\u00e9", "&", "a", "\\", "%", "/"])
def test_a_long_word_is_taken_out_in_time(character: str) -> None:
    """However long an argument is, and whatever it is made of, nothing is left of it, and that takes no second."""
    word = character * 8000
    started = time.thread_time()

    response = redact(Response(414, Headers([(b"X-Echo", word.encode())]), f"before {word}".encode()), [word])

    assert time.thread_time() - started < 1
    assert (b"before ***", "***") == (response.content, response.headers["x-echo"])


@pytest.mark.parametrize("word", ["CORP\\\u00e9mile", "a\\\\b-anna", "100%25-anna", "R&amp;D-anna", "\\-anna"])
def test_a_word_that_looks_escaped_is_taken_out(word: str) -> None:
    """An argument with what looks like an escape is found as it is, and once and twice escaped."""
    for form in (str, lambda text: json.dumps(text)[1:-1], html.escape, lambda text: quote(text, safe="")):
        for shown in (form(word), form(form(word))):
            content = redact(Response(404, Headers(), f"no {shown}.".encode()), [word]).content
            assert b"***" in content, shown
            assert not [part for part in (b"anna", b"mile") if part in content], shown


def test_a_word_is_looked_for_however_it_is_written() -> None:
    """A long one too: as HTML, percent-encoded and escaped it is found, and what follows goes with it."""
    word = "a&\u00e9/" * 50
    for form in (html.escape(word), quote(word, safe=""), json.dumps(word)):
        assert b"***" == redact(Response(414, Headers(), form.strip('"').encode()), [word]).content


@pytest.mark.parametrize("answer", [" x", None, 1])
def test_traceback_of_a_wrong_id_that_a_callable_gave_does_not_show_the_secret(twin: Twin, answer: Any) -> None:
    """A secret that is fixed is in no frame of the error about the id that was asked for."""
    client = twin.client_type(client_id=lambda: answer, client_secret=SECRET, base_url="https://sequence.test")

    error = caught(lambda: twin.get(client, "acme"))
    twin.close(client)

    assert isinstance(error, ConfigurationError)
    assert told(with_locals(error)) == []
