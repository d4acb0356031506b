"""Faults below the answer: connections that break or stall, and bytes that are no HTTP."""

from __future__ import annotations

from typing import Any, Final

from sequence_customers_client import APIConnectionError, APIStatusError, APITimeoutError
from tests.faults.faultkit import BODY, Fault, http
from tests.faults.faultserver import Close, Drip, Flood, HalfClose, Pause, Read, Reset, Send, Silence

SOON: Final = 0.2
"""Seconds: the limit of attempts that are to run into it."""

_READ = Read()
_HEADER, _, _ = http().partition(b"\r\n\r\n")
_HALF = http()[: len(_HEADER) + 4 + len(BODY) // 2]
_CHUNKED_HEADER = http(b"", "Transfer-Encoding: chunked", framed=False)


def _chunks(size: int, body: bytes = BODY) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def _stalls(sentence: str, *steps: Read | Send | Drip | Flood | Silence) -> Fault:
    return Fault(sentence, steps, APITimeoutError, timeout=SOON)


def _breaks(sentence: str, *script: Read | Send | Close | Reset | HalfClose | Pause) -> Fault:
    return Fault(sentence, script, APIConnectionError)


def _garbled(sentence: str, data: bytes) -> Fault:
    return Fault(sentence, (_READ, Send(data), Close()), APIConnectionError)


def _fine(sentence: str, data: bytes, *, close: bool = False, **facts: Any) -> Fault:
    return Fault(sentence, (_READ, Send(data), *((Close(),) if close else ())), None, **facts)


STALLS: Final = (
    _stalls("The server accepts and is silent.", Silence()),
    _stalls("The server reads the request and is silent.", _READ, Silence()),
    _stalls("The header comes one byte at a time.", _READ, Drip(http())),
    _stalls("The body comes one byte at a time.", _READ, Send(_HEADER + b"\r\n\r\n"), Drip(BODY)),
    _stalls("The status line stops in the middle.", _READ, Send(b"HTTP/1.1 20"), Silence()),
    _stalls("The header stops before its empty line.", _READ, Send(_HEADER + b"\r\n"), Silence()),
    _stalls("The header is whole and the body never begins.", _READ, Send(_HEADER + b"\r\n\r\n"), Silence()),
    _stalls("The body stops in the middle.", _READ, Send(_HALF), Silence()),
    _stalls("The announced length is never reached.", _READ, Send(http(length=len(BODY) + 1)), Silence()),
    _stalls("A chunk is announced and does not come.", _READ, Send(_CHUNKED_HEADER + b"10\r\n"), Silence()),
    _stalls("The chunk that ends the body does not come.", _READ, Send(_CHUNKED_HEADER + _chunks(50)), Silence()),
    _stalls("The chunks come one byte at a time.", _READ, Send(_CHUNKED_HEADER), Drip(_chunks(1))),
    _stalls("A chunk extension never ends.", _READ, Send(_CHUNKED_HEADER + b"5;x="), Drip(b"y" * 1000)),
    _stalls("The trailers come one byte at a time.", _READ, Send(_CHUNKED_HEADER + b"0\r\n"), Drip(b"X: y\r\n" * 99)),
    _stalls("A body without a length comes one byte at a time.", _READ, Send(http(b"", framed=False)), Drip(BODY)),
    _stalls("A body without a length never ends.", _READ, Send(http(framed=False)), Silence()),
    _stalls("100 Continue comes and nothing after it.", _READ, Send(b"HTTP/1.1 100 Continue\r\n\r\n"), Silence()),
    _stalls("100 Continue comes over and over.", _READ, Flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)),
    _stalls("100 Continue comes over and over, slowly.", _READ, Drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 50, 0.001)),
    _stalls(
        "103 Early Hints come over and over.", _READ, Flood(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 50)
    ),
    _stalls("102 Processing comes and nothing after it.", _READ, Send(b"HTTP/1.1 102 Processing\r\n\r\n"), Silence()),
    _stalls("199 comes and nothing after it.", _READ, Send(b"HTTP/1.1 199 Odd\r\n\r\n"), Silence()),
    _stalls("An error comes and its body does not.", _READ, Send(http(b"", status="400 No", length=9)), Silence()),
)

BREAKS: Final = (
    _breaks("The server closes as soon as it accepted.", Close()),
    _breaks("The server closes once it read the request.", _READ, Close()),
    _breaks("The server closes its direction once it read the request.", _READ, HalfClose(), Pause(0.1)),
    _breaks("The server resets as soon as it accepted.", Reset()),
    _breaks("The server resets once it read the request.", _READ, Reset()),
    _breaks("The server closes within the status line.", _READ, Send(b"HTTP/1.1 2"), Close()),
    _breaks("The server closes within the header.", _READ, Send(_HEADER), Close()),
    _breaks("The server resets within the header.", _READ, Send(_HEADER), Pause(), Reset()),
    _breaks("The server closes between header and body.", _READ, Send(_HEADER + b"\r\n\r\n"), Close()),
    _breaks("The server closes within the body.", _READ, Send(_HALF), Close()),
    _breaks("The server resets within the body.", _READ, Send(_HALF), Pause(), Reset()),
    _breaks("The announced length is one byte too long.", _READ, Send(http(length=len(BODY) + 1)), Close()),
    _breaks("The announced length is a terabyte.", _READ, Send(http(length=2**40)), Close()),
    _breaks("The server closes within a chunk.", _READ, Send(_CHUNKED_HEADER + _chunks(50)[:70]), Close()),
    _breaks(
        "The server closes before the chunk that ends the body.", _READ, Send(_CHUNKED_HEADER + _chunks(50)), Close()
    ),
    _breaks("The server closes within a chunk's size.", _READ, Send(_CHUNKED_HEADER + b"1"), Close()),
    _breaks("The server closes after 100 Continue.", _READ, Send(b"HTTP/1.1 100 Continue\r\n\r\n"), Close()),
)

GARBLED: Final = (
    _garbled("The answer is the JSON without any HTTP.", BODY),
    _garbled("The answer is an HTML page without any HTTP.", b"<html><body>Hello</body></html>\r\n\r\n"),
    _garbled("The answer is random bytes.", bytes(range(256)) * 4),
    _garbled("The answer is a megabyte of zero bytes.", bytes(1 << 20)),
    _garbled("The answer is a megabyte of letters without a line break.", b"a" * (1 << 20)),
    _garbled("The answer is empty lines.", b"\r\n" * 100),
    _garbled("The answer is an HTTP/2 settings frame.", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)),
    _garbled("The answer is the preface of HTTP/2.", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    _garbled("The answer is a TLS alert.", b"\x15\x03\x01\x00\x02\x02\x46"),
    _garbled("The answer is the banner of an SSH server.", b"SSH-2.0-OpenSSH_9.6\r\n"),
    _garbled("The answer is the banner of a mail server.", b"220 mail.example.com ESMTP\r\n"),
    _garbled("The answer is a request.", b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    _garbled("The answer names the protocol ICY.", http().replace(b"HTTP/1.1", b"ICY", 1)),
    _garbled("The answer names HTTP/2 in its status line.", http().replace(b"HTTP/1.1", b"HTTP/2", 1)),
    _garbled("The status line has no version number.", http().replace(b"HTTP/1.1", b"HTTP", 1)),
    _garbled("The status line has no status.", http().replace(b" 200 OK", b"", 1)),
    _garbled("The status has two digits.", http(status="20 OK")),
    _garbled("The status has four digits.", http(status="1000 OK")),
    _garbled("The status is a word.", http(status="OK OK")),
    _garbled("The status is negative.", http(status="-200 OK")),
    _garbled("The status is 099.", http(status="099 Odd")),
    _garbled("The status is 000.", http(status="000 Odd")),
    _garbled("The reason after the status has 200 KB.", http(status="200 " + "x" * 200_000)),
    _garbled("A header line has 200 KB.", http(BODY, "X-Long: " + "x" * 200_000)),
    _garbled("There are twenty thousand headers.", http(BODY, *(f"X-{n}: y" for n in range(20_000)))),
    _garbled("A header value holds a NUL.", http(BODY, "X-Odd: a\x00b")),
    _garbled("A header name holds a NUL.", http(BODY, "X-O\x00dd: ab")),
    _garbled("A header name holds a control character.", http(BODY, "X-O\x07dd: ab")),
    _garbled("A header name holds a space.", http(BODY, "X Odd: ab")),
    _garbled("A header name is followed by a space.", http(BODY, "X-Odd : ab")),
    _garbled("A header has no name.", http(BODY, ": ab")),
    _garbled("A header has no colon.", http(BODY, "X-Odd")),
    _garbled("A header value holds a bare carriage return.", http(BODY, "X-Odd: a\rb")),
    _garbled("The announced length is negative.", http(length=-1)),
    _garbled("The announced length is a word.", http(BODY, "Content-Length: much", framed=False)),
    _garbled("The announced length is empty.", http(BODY, "Content-Length:", framed=False)),
    _garbled("The announced length has a sign.", http(BODY, f"Content-Length: +{len(BODY)}", framed=False)),
    _garbled("The announced length has thirty digits.", http(length=10**30)),
    _garbled("Two lengths are announced, and they differ.", http(BODY, f"Content-Length: {len(BODY) - 1}")),
    _garbled("The transfer encoding is unknown.", http(BODY, "Transfer-Encoding: zip", framed=False)),
    _garbled(
        "The transfer encoding is gzip and chunked.", http(BODY, "Transfer-Encoding: gzip, chunked", framed=False)
    ),
    _garbled("The body is said to be chunked and is not.", _CHUNKED_HEADER + BODY),
    _garbled("A chunk's size is a word.", _CHUNKED_HEADER + b"zz\r\n" + BODY),
    _garbled("A chunk's size is negative.", _CHUNKED_HEADER + b"-5\r\n" + BODY),
    _garbled("A chunk's size is empty.", _CHUNKED_HEADER + b"\r\n" + BODY),
    _garbled("A chunk's size has thirty digits.", _CHUNKED_HEADER + b"f" * 30 + b"\r\n" + BODY),
    _garbled("A chunk is longer than its size.", _CHUNKED_HEADER + b"2\r\n" + BODY + b"\r\n0\r\n\r\n"),
    _garbled(
        "A chunk is shorter than its size.", _CHUNKED_HEADER + b"%x\r\n" % (len(BODY) + 9) + BODY + b"\r\n0\r\n\r\n"
    ),
    _garbled("A chunk's extension has 200 KB.", _CHUNKED_HEADER + b"5;x=" + b"y" * 200_000 + b"\r\n"),
    _garbled("The trailers have 200 KB.", _CHUNKED_HEADER + _chunks(50) + b"0\r\nX: " + b"y" * 200_000 + b"\r\n\r\n"),
    _garbled("A status of 101 switches to a protocol nobody asked for.", b"HTTP/1.1 101 Odd\r\n\r\n"),
)

ODD_BUT_FINE: Final = (
    _fine("The status line has no reason.", http(status="200")),
    _fine("The reason after the status has a control character.", http(status="200 O\x01K")),
    _fine("The version is HTTP/1.0.", http().replace(b"HTTP/1.1", b"HTTP/1.0", 1)),
    # A client may take what contradicts itself, or refuse it (RFC 9112, section 6.3): h11 takes it, aiohttp does not.
    _fine("The lines of the header end with a bare line feed.", _HEADER.replace(b"\r\n", b"\n") + b"\n\n" + BODY),
    _fine("A header value goes on in the next line.", http(BODY, "X-Odd: a\r\n b")),
    _fine(
        "The same length is announced twice.", http(BODY, f"Content-Length: {len(BODY)}"), aiohttp=APIConnectionError
    ),
    _fine(
        "The body has both chunks and a length.",
        http(b"", "Transfer-Encoding: chunked") + _chunks(50) + b"0\r\n\r\n",
        aiohttp=APIConnectionError,
    ),
    _fine("A header value is Latin-1.", http(BODY, "X-Odd: caf\xe9")),
    _fine("A header value is UTF-8.", http(BODY, "X-Odd: caf\xc3\xa9")),
    _fine("A header value has 60 KB.", http(BODY, "X-Long: " + "x" * 60_000)),
    _fine(
        "There are two thousand headers.", http(BODY, *(f"X-{n}: y" for n in range(2_000))), aiohttp=APIConnectionError
    ),
    _fine("A header value is empty.", http(BODY, "X-Odd:")),
    _fine("The content type is HTML and the body is the customer.", http().replace(b"application/json", b"text/html")),
    _fine("The content type's charset is one that Python does not know.", http(BODY, "Content-Type: x; charset=none")),
    _fine("The body has no length and ends with the connection.", http(framed=False), close=True),
    _fine("The connection is said to close, and closes.", http(BODY, "Connection: close"), close=True),
    _fine("The body comes in chunks.", _CHUNKED_HEADER + _chunks(50) + b"0\r\n\r\n"),
    _fine("The body comes in chunks of one byte.", _CHUNKED_HEADER + _chunks(1) + b"0\r\n\r\n"),
    _fine(
        "The chunks have extensions.", _CHUNKED_HEADER + _chunks(50).replace(b"32\r\n", b"32;a=b\r\n") + b"0\r\n\r\n"
    ),
    _fine("The chunks are followed by trailers.", _CHUNKED_HEADER + _chunks(50) + b"0\r\nX-Odd: ab\r\n\r\n"),
    _fine("100 Continue comes before the answer.", b"HTTP/1.1 100 Continue\r\n\r\n" + http()),
    _fine("103 Early Hints come three times before the answer.", b"HTTP/1.1 103 Hi\r\nLink: </x>\r\n\r\n" * 3 + http()),
    Fault("The answer comes in two pieces.", (_READ, Send(_HALF), Pause(), Send(http()[len(_HALF) :])), None),
    Fault("Header and body come apart.", (_READ, Send(_HEADER + b"\r\n\r\n"), Pause(), Send(BODY)), None),
    Fault("The answer comes one byte at a time, and in time.", (_READ, Drip(http(), 0.0001)), None),
)

SURPLUS: Final = (
    _fine("More bytes follow than were announced.", http() + b"surplus", aiohttp=APIConnectionError),
    _fine("A second answer follows that nobody asked for.", http() + http(b"{}")),
    Fault(
        "A 204 comes with a body.",
        (_READ, Send(http(status="204 No Content"))),
        APIStatusError,
        status=204,
        aiohttp=APIConnectionError,
    ),
    Fault(
        "A 304 comes with a body.",
        (_READ, Send(http(status="304 Not Modified"))),
        APIStatusError,
        status=304,
        aiohttp=APIConnectionError,
    ),
)
"""Bytes that belong to no answer: they must not become the answer to the next request."""

WIRE: Final = (*STALLS, *BREAKS, *GARBLED, *ODD_BUT_FINE, *SURPLUS)
