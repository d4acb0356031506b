"""Failures: nothing of request or response goes with them, and somebody else's words are made fit to repeat."""

from __future__ import annotations

import pickle
import ssl
import traceback

import httpx
import pytest

from sequence_customers_client._failures import (
    TransportError,
    chain,
    fails_verification,
    no_thread,
    one_line,
    unquoted,
    without_context,
    without_frames,
)


def _raised(error: Exception, behind: Exception) -> Exception:
    try:
        raise error from behind
    except type(error) as caught:
        return caught


def test_failure_pickles() -> None:
    """In another process a failure says the same."""
    copy = pickle.loads(pickle.dumps(TransportError("ConnectError", "refused")))  # noqa: S301 - our own

    assert "ConnectError: refused" == str(copy)


def test_failure_leaves_what_is_behind_it() -> None:
    """A library's exception holds the request: neither it nor a frame goes on with ours."""
    error = TransportError("ReadError")
    _raised(error, ValueError("hunter2"))

    assert [TransportError] == [type(link) for link in chain(without_context(error))]
    assert error.__traceback__ is None


def test_chain_ends() -> None:
    """Exceptions that are behind each other are listed once each."""
    first, second = OSError("first"), OSError("second")
    first.__cause__, second.__cause__ = second, first

    assert [first, second] == list(chain(first))


def test_certificate_is_found_behind_an_error() -> None:
    """Libraries wrap the error of a certificate that is not trusted in their own."""
    assert fails_verification(_raised(OSError(), ssl.SSLCertVerificationError("self-signed")))
    assert not fails_verification(_raised(OSError(), ssl.SSLError("handshake failure")))


def test_only_missing_threads_are_failures() -> None:
    """Any other error is a mistake of somebody's, or a cancellation."""
    failure = no_thread(RuntimeError("can't start new thread"))

    assert failure is not None
    assert not failure.was_sent
    assert no_thread(RuntimeError("a mistake")) is no_thread(KeyboardInterrupt()) is None


def test_only_frames_of_the_caller_s_are_left() -> None:
    """A mistake in what the caller gave shows where it is, and why; no frame of ours or of a library is in it."""

    def mistaken(_: httpx.Request) -> httpx.Response:
        raise LookupError("a mistake") from KeyError("cause")

    with pytest.raises(LookupError) as caught:
        httpx.Client(transport=httpx.MockTransport(mistaken)).get("https://a.test")
    caught.value.__context__ = OSError()

    error = without_frames(caught.value)

    assert error is caught.value
    assert ["mistaken"] == [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert [LookupError, KeyError] == [type(link) for link in chain(error)]


def test_others_words_are_cut() -> None:
    """One printable line of at most 300 characters, and nothing of what the other side sent."""
    assert "a b c" == one_line("a\r\nb\x00 \t c")
    assert 300 == len(one_line("x" * 2000))
    assert "illegal status line" == unquoted("illegal status line: bytearray(b'hunter2')")
