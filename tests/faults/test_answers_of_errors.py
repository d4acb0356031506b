"""What servers say beside a status: envelopes, Retry-After, and customers with more in them; with both clients."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from sequence_customers_client import APIStatusError, Customer, InternalServerError
from tests.faults.faultkit import EXAMPLE, Kind, calling, ending, http, nothing_leaks, tells_no_secret
from tests.faults.faults_answers import KEPT, NAMED
from tests.faults.faultserver import FaultServer, Read, Script, Send

STATUSES = (*NAMED, 500, 503)

_TEXT = "That is odd"
ENVELOPES: tuple[tuple[str, bytes, str | None, str | None], ...] = (
    ("the documented envelope", b'{"error": {"type": "Odd", "message": "That is odd", "errors": []}}', "Odd", _TEXT),
    ("an envelope with a type alone", b'{"error": {"type": "Odd"}}', "Odd", None),
    ("an envelope with a message alone", b'{"error": {"message": "That is odd"}}', None, _TEXT),
    ("an envelope with a text", b'{"error": "That is odd"}', None, _TEXT),
    ("an envelope that is null", b'{"error": null}', None, None),
    ("an envelope that is a list", b'{"error": ["That is odd"]}', None, None),
    ("an envelope of wrong types", b'{"error": {"type": 1, "message": {"a": "b"}, "errors": "none"}}', None, None),
    ("an envelope within a list", b'[{"error": {"message": "That is odd"}}]', None, None),
    ("a message without an envelope", b'{"message": "That is odd"}', None, _TEXT),
    ("a type and message without an envelope", b'{"type": "Odd", "message": "That is odd"}', "Odd", _TEXT),
    ("a JSON string", b'"That is odd"', None, _TEXT),
    ("plain text", b"That is odd", None, _TEXT),
    ("text with line breaks and control characters", b"That\r\n\x1b[31mis\x00 odd", None, "That [31mis odd"),
    ("a page of HTML", b"<html><body>That is odd</body></html>", None, None),
    ("a page of HTML after white space", b"\r\n  <!DOCTYPE html><p>That is odd", None, None),
    ("a null", b"null", None, None),
    ("a number", b"5", None, None),
    ("an empty object", b"{}", None, None),
    ("nothing", b"", None, None),
    ("binary", bytes(range(128, 256)), None, None),
    ("JSON with a byte order mark", b'\xef\xbb\xbf{"error": {"message": "That is odd"}}', None, _TEXT),
    ("JSON that is cut", b'{"error": {"message": "That is o', None, None),
    ("JSON with a lone surrogate", b'{"error": {"message": "\\ud800That is odd"}}', None, _TEXT),
    ("JSON nested a hundred thousand deep", b'{"error":' * 100_000, None, None),
    ("JSON nested four hundred deep", b"[" * 400 + b"]" * 400, None, None),
    ("a message of a megabyte", json.dumps({"error": {"message": "x" * (1 << 20)}}).encode(), None, None),
)


@pytest.mark.parametrize(
    ("body", "error_type", "text"), [row[1:] for row in ENVELOPES], ids=[f"The body is {row[0]}." for row in ENVELOPES]
)
def test_whatever_an_error_says_its_class_is_that_of_its_status(
    kind: Kind, body: bytes, error_type: str | None, text: str | None, logs: pytest.LogCaptureFixture
) -> None:
    """The status decides on the class; what the server says is in the message where it can be read."""
    scripts: list[Script] = [(Read(), Send(http(body, status=f"{status} No"))) for status in STATUSES]
    with nothing_leaks(), FaultServer(*scripts, otherwise=()) as server, calling(kind, server.base_url) as caller:
        for status in STATUSES:
            error, _ = ending(caller.get)

            assert NAMED.get(status, InternalServerError) is type(error)
            assert isinstance(error, APIStatusError)
            assert (status, error_type) == (error.status_code, error.error_type)
            assert len(str(error)) < 600
            assert str(error).isprintable()
            if text is not None:
                assert text in str(error)
            tells_no_secret(error, logs)
            assert repr(error.body) == repr(pickle.loads(pickle.dumps(error)).body)  # noqa: S301 - our own


RETRY_AFTER: tuple[tuple[str, float | None], ...] = (
    ("Retry-After: 0", 0.0),
    ("Retry-After: 1", 1.0),
    ("Retry-After: 1.5", 1.5),
    ("Retry-After:   2  ", 2.0),
    ("Retry-After: 60", 60.0),
    ("Retry-After: 61", 61.0),
    ("Retry-After: 4233600", 4233600.0),
    ("retry-after-ms: 1500", 1.5),
    ("retry-after-ms: 0", 0.0),
    ("retry-after-ms: soon\r\nRetry-After: 3", 3.0),
    ("retry-after-ms: 100\r\nRetry-After: 3", 0.1),
    ("Retry-After: Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ("Retry-After: Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
    ("Retry-After: Sun Nov  6 08:49:37 1994", 0.0),
    ("Retry-After: Thu, 01 Jan 1970 00:00:00", 0.0),
    ("Date: Sun, 22 Nov 2015 12:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2015 12:00:30 GMT", 30.0),
    ("Date: Sun, 22 Nov 2099 12:00:00 GMT\r\nRetry-After: Sun, 22 Nov 2099 12:00:30 GMT", 30.0),
    ("Date: Sat, 31 Dec 2016 23:59:50 GMT\r\nRetry-After: Sat, 31 Dec 2016 23:59:60 GMT", 10.0),
    ("Retry-After:", None),
    ("Retry-After: -1", None),
    ("Retry-After: +1", None),
    ("Retry-After: nan", None),
    ("Retry-After: inf", None),
    ("Retry-After: -inf", None),
    ("Retry-After: Infinity", None),
    ("Retry-After: 1e3", None),
    ("Retry-After: 1_0", None),
    ("Retry-After: 0x10", None),
    ("Retry-After: 1,5", None),
    ("Retry-After: 1, 2", None),
    ("Retry-After: 1\r\nRetry-After: 2", None),
    ("Retry-After: 1 second", None),
    ("Retry-After: soon", None),
    ("Retry-After: \xb2", None),
    ("Retry-After: \xd9\xa3", None),
    ("Retry-After: Thu, 99 Jan 1970 99:99:99 GMT", None),
    ("Retry-After: Thu, 01 Jan 99999 00:00:00 GMT", None),
    ("Retry-After: 2022-06-28T16:47:00Z", None),
    ("Retry-After: " + "9" * 400, None),
    ("retry-after-ms: -5", None),
    ("retry-after-ms: nan", None),
)


@pytest.mark.parametrize(("header", "expected"), RETRY_AFTER, ids=[ascii(row[0])[:60] for row in RETRY_AFTER])
def test_a_wait_the_server_asks_for_is_honoured_within_reason(
    kind: Kind, header: str, expected: float | None, waits: list[float]
) -> None:
    """A readable wait of up to a minute is waited, a longer one is an error at once, and nonsense is ignored."""
    tried = 1 if expected is not None and expected > 60.0 else 2
    busy, down = ((Read(), Send(http(b"", *header.split("\r\n"), status=f"{status} No"))) for status in (429, 503))
    with (
        nothing_leaks(),
        FaultServer(*[busy] * tried, *[down] * tried, otherwise=()) as server,
        calling(kind, server.base_url, max_retries=1, deadline=1000.0) as caller,
    ):
        for status in (429, 503):
            waits.clear()
            error, _ = ending(caller.get)

            assert isinstance(error, APIStatusError)
            assert (status, expected) == (error.status_code, error.retry_after)
            assert [attempt.wait for attempt in error.attempts if attempt.wait is not None] == waits
            assert tried == len(error.attempts)
            if tried == 2:
                # At the least what the server asks for, and never at once for everybody.
                assert (expected or 0.0) <= waits[0] <= max(expected or 0.0, 0.5)
            else:
                assert [] == waits


@pytest.mark.parametrize(
    ("status", "requests"),
    [(408, 3), (425, 1), (429, 3), (500, 3), (501, 3), (502, 3), (503, 3), (504, 3), (599, 3)]
    + [(status, 1) for status in (201, 204, 301, 400, 401, 403, 404, 409, 410, 418, 422, 423, 451, 499, 600, 999)],
)
@pytest.mark.usefixtures("waits")
def test_what_may_pass_is_tried_again_and_what_will_not_is_not(kind: Kind, status: int, requests: int) -> None:
    """408, 429 and every 5xx are tried again; other statuses would be the same again."""
    script: Script = (Read(), Send(http(b"", status=f"{status} No", framed=status != 204)))
    with (
        nothing_leaks(),
        FaultServer(otherwise=script) as server,
        calling(kind, server.base_url, max_retries=2) as caller,
    ):
        error, _ = ending(caller.get)

    assert isinstance(error, APIStatusError)
    assert [status] * requests == [attempt.status_code for attempt in error.attempts]
    assert requests == len(server.requests)


@pytest.mark.parametrize("more", [row[1] for row in KEPT], ids=[row[0] for row in KEPT])
def test_a_customer_of_tomorrow_is_a_customer(kind: Kind, more: dict[str, Any]) -> None:
    """What the document does not know, or leaves open, is kept, and given back as it came."""
    customer = {**EXAMPLE, **more}
    script: Script = (Read(), Send(http(json.dumps(customer).encode())))
    with nothing_leaks(), FaultServer(otherwise=script) as server, calling(kind, server.base_url) as caller:
        result = caller.get()

    assert isinstance(result, Customer)
    assert customer == result.to_dict()
    assert result == Customer.from_dict(result.to_dict())
