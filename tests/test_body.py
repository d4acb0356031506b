"""Bodies: decompressed as they arrive, whole or in pieces, and never bigger than allowed."""

from __future__ import annotations

import gzip
import json
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import example as trying
from hypothesis import given, settings
from hypothesis import strategies as st

from sequence_customers_client import (
    APIConnectionError,
    APIResponseValidationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
)
from sequence_customers_client._body import Body

if TYPE_CHECKING:
    from tests.conftest import Twin

MIB = 1024 * 1024


class Pieces(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A body that arrives piece by piece, and tells how much was taken and whether it was closed."""

    def __init__(self, pieces: Iterable[bytes], failure: Exception | None = None) -> None:
        self._pieces = pieces
        self._failure = failure
        self.taken = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.taken += 1
            yield piece
        if self._failure is not None:
            raise self._failure

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def in_pieces(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


def answer(content: bytes, encoding: str | None = None, *, status: int = 200, size: int = 1000) -> httpx.Response:
    """An answer whose body has still to arrive."""
    headers = {} if encoding is None else {"Content-Encoding": encoding}
    return httpx.Response(status, headers=headers, stream=Pieces(in_pieces(content, size)))


def raw_deflate(content: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(content) + squeeze.flush()


def two_members(content: bytes) -> bytes:
    return gzip.compress(content[: len(content) // 2]) + gzip.compress(content[len(content) // 2 :])


ENCODINGS: list[Any] = [
    pytest.param(None, bytes, id="none"),
    pytest.param("", bytes, id="empty"),
    pytest.param("identity", bytes, id="identity"),
    pytest.param("gzip", gzip.compress, id="gzip"),
    pytest.param("GZip ", gzip.compress, id="gzip in another case"),
    pytest.param("x-gzip", gzip.compress, id="x-gzip"),
    pytest.param("gzip", two_members, id="gzip of two members"),
    pytest.param("deflate", zlib.compress, id="deflate"),
    pytest.param("deflate", raw_deflate, id="raw deflate"),
]


# --- Reading


@pytest.mark.parametrize(("encoding", "compress"), ENCODINGS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_compressed_bodies_are_decompressed(
    twin: Twin, example: Any, encoding: str | None, compress: Callable[[bytes], bytes], size: int
) -> None:
    """A body reads the same, however it is compressed, and in however many pieces it arrives."""
    content = json.dumps(example).encode()

    response = twin.talk(answer(compress(content), encoding, size=size)).get_raw()

    assert content == response.content
    assert example == response.parsed.to_dict()


@given(length=st.integers(0, 300_000), noisy=st.booleans(), size=st.integers(1, 100_000))
@trying(length=65_537, noisy=False, size=1000)
@trying(length=65_536, noisy=True, size=1)
@pytest.mark.parametrize(("encoding", "compress"), ENCODINGS)
@settings(max_examples=25)
def test_every_body_arrives_whole(
    encoding: str | None, compress: Callable[[bytes], bytes], length: int, noisy: bool, size: int
) -> None:
    """No byte is lost or added, whatever the bytes and wherever the pieces end."""
    content = random.Random(length).randbytes(length) if noisy else bytes(length)  # noqa: S311
    body = Body(200, {}, encoding or "", limit=MIB)

    for piece in in_pieces(compress(content), max(size, length // 1000)):
        assert body.feed(piece)

    assert body.answer().content == content
    assert body.answer().fault is None


def test_body_that_was_read_already_is_used(twin: Twin, example: Any) -> None:
    """A transport may hand over a response that it has read and decompressed itself."""
    content = gzip.compress(json.dumps(example).encode())
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=content)

    assert example == twin.talk(response).get().to_dict()


def test_stream_is_closed(twin: Twin, example: Any) -> None:
    """When a call has ended, the response has been closed: its connection is free again."""
    stream = Pieces([json.dumps(example).encode()])

    twin.talk(httpx.Response(200, stream=stream)).get()

    assert stream.closed


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "nonsense"])
def test_encoding_that_was_not_asked_for_is_an_error(twin: Twin, example: Any, encoding: str) -> None:
    """What the client said it cannot read, it does not guess at."""
    error = twin.talk(answer(json.dumps(example).encode(), encoding)).error()

    assert isinstance(error, APIResponseValidationError)
    assert "content encoding that was not asked for" in str(error)


@pytest.mark.parametrize(
    ("content", "encoding", "reason"),
    [
        (b"no gzip", "gzip", "the body cannot be decompressed"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 50, "gzip", "the body cannot be decompressed"),
        (gzip.compress(b"{}" * 500, mtime=0)[:-12], "gzip", "the body ends in the middle"),
        (zlib.compress(b'{"a": 1}')[:-4], "deflate", "the body ends in the middle"),
        (gzip.compress(b"{}", mtime=0) + b"rubbish", "gzip", "the body cannot be decompressed"),
        (b"", "gzip", "the body is empty"),
        (gzip.compress(b"", mtime=0), "gzip", "the body is empty"),
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_body_that_cannot_be_decompressed_is_an_error(
    twin: Twin, content: bytes, encoding: str, reason: str, size: int
) -> None:
    """A compressed body that is broken, cut or none is an error that says which."""
    error = twin.talk(answer(content, encoding, size=size)).error()

    assert isinstance(error, APIResponseValidationError)
    assert str(error).endswith(reason)


def test_broken_body_of_an_error_does_not_hide_the_error(twin: Twin) -> None:
    """A 404 with a body that cannot be read is a NotFoundError."""
    for content, encoding in ((b"no gzip", "gzip"), (b"x", "br"), (gzip.compress(b"gone" * 900, mtime=0)[:-9], "gzip")):
        assert isinstance(twin.talk(answer(content, encoding, status=404)).error(), NotFoundError)


@pytest.mark.parametrize("failure", [httpx.ReadError("cut"), httpx.RemoteProtocolError("peer closed")])
def test_connection_that_breaks_in_an_error_does_not_hide_the_error(twin: Twin, failure: Exception) -> None:
    """The status of an error has arrived before its body broke off: it is worth more than how it ended."""
    response = httpx.Response(400, stream=Pieces([b"half of it"], failure))

    error = twin.talk(response).error()

    assert isinstance(error, BadRequestError)
    assert error.body == "half of it"


@pytest.mark.parametrize("failure", [httpx.ReadError("cut"), httpx.RemoteProtocolError("peer closed")])
def test_connection_that_breaks_in_a_body_is_tried_again(
    twin: Twin, clock: Any, ok: httpx.Response, failure: Exception
) -> None:
    """A customer that arrived in part has not arrived."""
    stream = Pieces([b"{"], failure)
    talk = twin.talk(httpx.Response(200, stream=stream), ok)

    response = talk.get_raw()

    assert [type(failure).__name__, None] == [attempt.cause for attempt in response.attempts]
    assert stream.closed
    assert len(clock.waits) == 1


def test_connection_that_always_breaks_in_a_body(twin: Twin) -> None:
    """Without retries left it is a connection error."""
    response = httpx.Response(200, stream=Pieces([b"{"], httpx.ReadError("cut")))

    assert type(twin.talk(response, max_retries=0).error()) is APIConnectionError


# --- Size


@pytest.mark.parametrize(("encoding", "compress"), ENCODINGS)
@pytest.mark.parametrize("size", [1, 50, 100_000])
def test_limit_is_that_of_the_decompressed_bytes(
    twin: Twin, encoding: str | None, compress: Callable[[bytes], bytes], size: int
) -> None:
    """A body of just as many bytes as allowed is read; one more is an error that names the limit."""
    content = json.dumps("x" * 998).encode()

    allowed = twin.talk(
        answer(compress(content), encoding, status=500, size=size), max_response_bytes=1000, max_retries=0
    )
    refused = twin.talk(answer(compress(content), encoding, size=size), max_response_bytes=999)

    assert "x" * 998 == vars(allowed.error())["body"]
    error = refused.error()
    assert isinstance(error, APIResponseValidationError)
    assert str(error).endswith("the body has more than 999 bytes, the most that max_response_bytes allows")


@pytest.mark.parametrize("read_already", [False, True])
def test_limit_holds_for_what_was_read_already(twin: Twin, example: Any, read_already: bool) -> None:
    """A transport that reads the body itself does not lift the limit."""
    content = json.dumps(example).encode()
    response = httpx.Response(200, content=content) if read_already else answer(content)

    error = twin.talk(response, max_response_bytes=100).error()

    assert isinstance(error, APIResponseValidationError)
    assert "more than 100 bytes" in str(error)


def test_error_keeps_what_fits(twin: Twin) -> None:
    """The body of an error is kept up to the limit, and the error is that of the status."""
    error = twin.talk(answer(b"x" * 5000, status=500), max_response_bytes=100, max_retries=0).error()

    assert isinstance(error, InternalServerError)
    assert "x" * 100 == error.body


def endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 65536


@cache
def bomb(window: int) -> tuple[bytes, ...]:
    """Compressed pieces, of 4 MiB of nothing each; 64 MiB in all. Made once: it takes longer than reading them."""
    squeeze = zlib.compressobj(wbits=window)
    return tuple(squeeze.compress(bytes(4 * MIB)) + squeeze.flush(zlib.Z_SYNC_FLUSH) for _ in range(16))


GZIP, ZLIB = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS

# What ends a gzip member of 4 MiB of nothing: its checksum and its length.
TRAILER = zlib.crc32(bytes(4 * MIB)).to_bytes(4, "little") + (4 * MIB).to_bytes(4, "little")

HUGE: dict[str, tuple[str | None, Callable[[], Iterable[bytes]]]] = {
    "endless": (None, endless),
    "gzip in pieces": ("gzip", lambda: bomb(GZIP)),
    "gzip in one piece": ("gzip", lambda: [b"".join(bomb(GZIP))]),
    "deflate in one piece": ("deflate", lambda: [b"".join(bomb(ZLIB))]),
    "many members": ("gzip", lambda: [(bomb(GZIP)[0] + b"\x03\x00" + TRAILER) * 16]),
}


@pytest.mark.parametrize(("encoding", "make"), HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("status", [200, 400])
def test_huge_body_costs_no_more_than_the_limit(
    twin: Twin, encoding: str | None, make: Callable[[], Iterable[bytes]], status: int
) -> None:
    """A body that inflates to 64 times the limit, or never ends, costs a few times the limit at the most."""
    pieces = make()
    headers = {} if encoding is None else {"Content-Encoding": encoding}
    stream = Pieces(pieces)
    talk = twin.talk(httpx.Response(status, headers=headers, stream=stream), max_response_bytes=MIB)

    tracemalloc.start()
    error = talk.error()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert isinstance(error, APIResponseValidationError if status == 200 else BadRequestError)
    assert peak < 6 * MIB
    assert stream.taken < 30
    assert stream.closed
