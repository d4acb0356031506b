"""Faults of well-formed answers: statuses, encodings, sizes, and bodies that are not what the document says."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from copy import deepcopy
from http import HTTPStatus
from typing import Any, Final

from sequence_customers_client import (
    APIResponseValidationError,
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SequenceError,
    UnprocessableEntityError,
)
from tests.faults.faultkit import BODY, EXAMPLE, Fault, http
from tests.faults.faultserver import Flood, Pause, Read, Send

NAMED: Final[dict[int, type[APIStatusError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
_EMPTY: Final = (204, 205, 304)
_ODD: Final = (
    *(209, 299, 310, 399, 419, 420, 430, 440, 444, 449, 450, 460, 463, 494, 495, 499),
    *(509, 520, 521, 522, 523, 524, 525, 526, 527, 530, 540, 561, 598, 599, 600, 700, 800, 900, 999),
)


def _answers(sentence: str, data: bytes, outcome: type[SequenceError] | None, **facts: Any) -> Fault:
    return Fault(sentence, (Read(), Send(data)), outcome, **facts)


def _status(status: int, reason: str) -> Fault:
    kind = NAMED.get(status, InternalServerError if 500 <= status <= 599 else APIStatusError)
    data = http(b"" if status in _EMPTY else b'{"error": {}}', status=f"{status} {reason}", framed=status != 204)
    return _answers(f"The status is {status} {reason}.".replace(" .", "."), data, kind, status=status)


STATUSES: Final = (
    *(_status(status, status.phrase) for status in HTTPStatus if status > 200),
    *(_status(status, "") for status in _ODD),
    _answers("The status is 201 and the body is the customer.", http(status="201 Created"), APIStatusError, status=201),
    _answers("The status is 404 and the body is the customer.", http(status="404 No"), NotFoundError, status=404),
    _answers("The status is 500 and the body is empty.", http(b"", status="500 No"), InternalServerError, status=500),
)


def _encoded(encoding: str, body: bytes) -> bytes:
    return http(body, f"Content-Encoding: {encoding}")


def _refused(sentence: str, data: bytes, path: str | None = "", *, says: str = "", **options: Any) -> Fault:
    return _answers(sentence, data, APIResponseValidationError, status=200, path=path, says=says, options=options)


def _fine(sentence: str, data: bytes, **options: Any) -> Fault:
    return _answers(sentence, data, None, options=options)


def _raw_deflate(body: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(body) + squeeze.flush()


_A_MEGABYTE: Final[dict[str, Any]] = {"max_response_bytes": 1 << 20}
"""Instead of ten, which say no more and take ten times as long to look for secrets in."""


def _bomb(mebibytes: int) -> bytes:
    # What is flushed in full stands by itself: the same kilobyte again and again is a mebibyte of zeros each time.
    squeeze = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    header = squeeze.compress(b"") + squeeze.flush(zlib.Z_FULL_FLUSH)
    return header + (squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)) * mebibytes


_GZIP: Final = gzip.compress(BODY)
_BROKEN: Final = _GZIP[:40] + bytes(byte ^ 0xFF for byte in _GZIP[40:80]) + _GZIP[80:]
_MORE: Final = BODY + b" "

ENCODINGS: Final = (
    _fine("The body is gzip.", _encoded("gzip", _GZIP)),
    _fine("The body is gzip, named in capitals.", _encoded("GZIP", _GZIP)),
    _fine("The body is gzip, named x-gzip.", _encoded("x-gzip", _GZIP)),
    _fine("The body is gzip of two members.", _encoded("gzip", gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]))),
    _fine(
        "The body is gzip of a member for each byte.",
        _encoded("gzip", b"".join(gzip.compress(BODY[n : n + 1]) for n in range(len(BODY)))),
    ),
    _fine("The body is deflate with a zlib header.", _encoded("deflate", zlib.compress(BODY))),
    _fine("The body is deflate without a zlib header.", _encoded("deflate", _raw_deflate(BODY))),
    _fine("The body is gzip, named with a charset.", _encoded("gzip; charset=utf-8", _GZIP)),
    _fine("The body is gzip and identity.", _encoded("gzip, identity", _GZIP)),
    _fine("The body is Identity and GZIP.", _encoded("Identity, GZIP", _GZIP)),
    _fine("The gzip body is followed by zeros.", _encoded("gzip", _GZIP + bytes(600))),
    _fine("The gzip body is followed by white space.", _encoded("gzip", _GZIP + b"\r\n \t\n")),
    Fault(
        "The gzip body is followed by zeros that come later.",
        (Read(), Send(_encoded("gzip", _GZIP + bytes(99))[:-99]), Pause(), Send(bytes(99))),
        None,
    ),
    _fine("The body is said to be encoded as identity.", _encoded("identity", BODY)),
    _fine("The body is said to be encoded as none.", _encoded("none", BODY)),
    _fine("The body is said to be encoded as UTF-8.", _encoded("UTF-8", BODY)),
    _fine("The name of the encoding is empty.", _encoded("", BODY)),
    _refused("The body is said to be gzip and is not.", _encoded("gzip", BODY)),
    _refused("The body is said to be deflate and is not.", _encoded("deflate", BODY)),
    _refused("The body is said to be gzip and is empty.", _encoded("gzip", b"")),
    _refused("The gzip body is one byte long.", _encoded("gzip", _GZIP[:1])),
    _refused("The gzip body ends after its header.", _encoded("gzip", _GZIP[:10])),
    _refused("The gzip body ends in the middle.", _encoded("gzip", _GZIP[: len(_GZIP) // 2])),
    _refused("The gzip body ends before its checksum.", _encoded("gzip", _GZIP[:-8])),
    _refused("The gzip body has bytes turned over.", _encoded("gzip", _BROKEN)),
    _refused("The gzip body has a wrong checksum.", _encoded("gzip", _GZIP[:-8] + bytes(8))),
    _refused("The gzip body is followed by junk.", _encoded("gzip", _GZIP + b"junk")),
    _refused("The deflate body ends in the middle.", _encoded("deflate", zlib.compress(BODY)[:99])),
    _refused("The body is gzip of gzip, named once.", _encoded("gzip", gzip.compress(_GZIP))),
    _refused("The body is gzip of gzip, named twice.", _encoded("gzip, gzip", gzip.compress(_GZIP))),
    _refused("The body is gzip and not said to be.", http(_GZIP)),
    _refused("The body is brotli, which nobody asked for.", _encoded("br", b"\x1b" + BODY)),
    _refused("The encoding of the body is unknown.", _encoded("rot13", BODY)),
    _answers(
        "The body of an error is broken gzip.",
        http(_BROKEN, "Content-Encoding: gzip", status="404 No"),
        NotFoundError,
        status=404,
    ),
)

SIZES: Final = (
    _fine("The body has exactly as many bytes as are allowed.", http(), max_response_bytes=len(BODY)),
    _refused("The body has one byte more than is allowed.", http(_MORE), max_response_bytes=len(BODY)),
    _refused(
        "The gzip body has one byte too many.", _encoded("gzip", gzip.compress(_MORE)), max_response_bytes=len(BODY)
    ),
    _refused("The body is a gigabyte of zeros in a megabyte of gzip.", _encoded("gzip", _bomb(1024)), **_A_MEGABYTE),
    _refused("The body has more white space before it than is allowed.", http(b" " * (11 << 20) + BODY)),
    Fault(
        "The body never ends.",
        (Read(), Send(http(b"", framed=False)), Flood(b" " * 65536)),
        APIResponseValidationError,
        status=200,
        options=_A_MEGABYTE,
    ),
    Fault(
        "The body never ends, in chunks.",
        (
            Read(),
            Send(http(b"", "Transfer-Encoding: chunked", framed=False)),
            Flood(b"8000\r\n" + b" " * 0x8000 + b"\r\n"),
        ),
        APIResponseValidationError,
        status=200,
        options=_A_MEGABYTE,
    ),
    Fault(
        "The body of an error never ends.",
        (Read(), Send(http(b"", status="404 No", framed=False)), Flood(b"x" * 65536)),
        NotFoundError,
        status=404,
        options=_A_MEGABYTE,
    ),
    Fault(
        "The body is a gzip bomb within the error.",
        (Read(), Send(http(_bomb(1024), "Content-Encoding: gzip", status="500 No"))),
        InternalServerError,
        status=500,
        options=_A_MEGABYTE,
    ),
    Fault(
        "A terabyte is announced, and comes.",
        (Read(), Send(http(b"", length=1 << 40)), Flood(b"[" * 65536)),
        APIResponseValidationError,
        status=200,
        options=_A_MEGABYTE,
    ),
)


def _json(value: object) -> bytes:
    return http(json.dumps(value).encode())


def _put(addition: str) -> bytes:
    """The example with one more property, written as it is."""
    return http(BODY[:-1] + b', "more": ' + addition.encode() + b"}")


NO_CUSTOMERS: Final = (
    _refused("The body is empty.", http(b"")),
    _refused("The body is white space.", http(b" \r\n\t ")),
    _refused("The body is an HTML page.", http(b"<!DOCTYPE html><html><body>Sign in</body></html>")),
    _refused("The body is XML.", http(b"<?xml version='1.0'?><customer/>")),
    _refused("The body is null.", http(b"null")),
    _refused("The body is true.", http(b"true")),
    _refused("The body is a number.", http(b"1")),
    _refused("The body is a string.", http(b'"customer"')),
    _refused("The body is a list of customers.", _json([EXAMPLE])),
    _refused("The body is an empty list.", http(b"[]")),
    _refused("The body is an empty object.", http(b"{}"), path="id"),
    _refused("The body is the customer within an envelope.", _json({"customer": EXAMPLE}), path="id"),
    _refused("The body is an error envelope.", _json({"error": {"type": "Odd", "message": "no"}}), path="id"),
    _refused("The JSON is cut in the middle.", http(BODY[: len(BODY) // 2])),
    _refused("The JSON lacks its last bracket.", http(BODY[:-1])),
    _refused("The JSON is followed by junk.", http(BODY + b"junk")),
    _refused("The JSON is followed by more JSON.", http(BODY + BODY)),
    _refused("The JSON has single quotes.", http(repr(EXAMPLE).encode())),
    _refused("The JSON has a comment.", http(b"/* customer */" + BODY)),
    _refused("The JSON has a trailing comma.", http(BODY[:-1] + b",}")),
    _refused("The JSON has a property without a name.", http(BODY[:-1] + b", : 1}")),
    _refused("The JSON has a string with a raw line break.", http(BODY.replace(b"John Doe", b"John\nDoe"))),
    _refused("The JSON is UTF-16.", http(BODY.decode().encode("utf-16"))),
    _refused("The JSON is UTF-32.", http(BODY.decode().encode("utf-32"))),
    _refused("The JSON is Latin-1.", http(BODY.replace(b"John", b"Jos\xe9"))),
    _refused("The JSON has a byte that is no UTF-8.", http(BODY.replace(b"John", b"Jo\xffhn"))),
    _refused("The JSON has a surrogate in its UTF-8.", http(BODY.replace(b"John", b"Jo\xed\xa0\x80n"))),
    _refused("The JSON has an overlong UTF-8 sequence.", http(BODY.replace(b"John", b"Jo\xc0\x80n"))),
    _refused("The JSON has NUL bytes around it.", http(b"\0" + BODY + b"\0")),
    _refused("The JSON is a hundred thousand brackets.", http(b"[" * 100_000 + b"]" * 100_000)),
    _refused("The JSON is a hundred thousand open brackets.", http(b"[" * 100_000)),
    _refused("The JSON is a hundred thousand nested objects.", http(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)),
    _refused("A property of the JSON is nested a hundred thousand deep.", _put("[" * 100_000 + "]" * 100_000)),
    _refused("A number of the JSON is NaN.", _put("NaN")),
    _refused("A number of the JSON is Infinity.", _put("Infinity")),
    _refused("A number of the JSON is -Infinity.", _put("-Infinity")),
    _refused("A number of the JSON has ten thousand digits.", _put("9" * 10_000), says="a number too large"),
    _refused("A number of the JSON is 1e400.", _put("1e400"), says="a number too large"),
    _refused("A number of the JSON is hexadecimal.", _put("0x10")),
    _refused("A number of the JSON begins with a zero.", _put("01")),
)

STILL_CUSTOMERS: Final = (
    _fine("The JSON begins with a byte order mark.", http(b"\xef\xbb\xbf" + BODY)),
    _fine("The JSON has white space around it.", http(b"\r\n\t " + BODY + b" \n")),
    _fine("The JSON is escaped throughout.", http(BODY.replace(b"John", b"\\u004a\\u006f\\u0068\\u006e"))),
    _fine("The JSON names a property twice, and the last one counts.", http(b'{"id": 1, ' + BODY[1:])),
)


def _walk(
    value: object, path: str = "", keys: tuple[str | int, ...] = ()
) -> Iterator[tuple[str, tuple[str | int, ...], Any]]:
    """Every value within the example, with its path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from ((f"{path}.{key}" if path else key, (*keys, key), item),)
            yield from _walk(item, f"{path}.{key}" if path else key, (*keys, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ((f"{path}[{index}]", (*keys, index), item),)
            yield from _walk(item, f"{path}[{index}]", (*keys, index))


_OPTIONAL: Final = {"contactName", "telephone", "url", "label", "archivedAt", "state", "line2", "lastSynced"}
_ABSENT: Final = object()


def _with(keys: tuple[str | int, ...], value: object) -> bytes:
    """The example, another value in one place."""
    customer: Any = deepcopy(EXAMPLE)
    place = customer
    for key in keys[:-1]:
        place = place[key]
    if value is _ABSENT:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return _json(customer)


_KINDS: Final[tuple[tuple[str, object], ...]] = (
    ("a string", "text"),
    ("a number", 1.5),
    ("a boolean", True),
    ("an array", ["text"]),
    ("an object", {"text": "text"}),
)


def _fields() -> Iterator[Fault]:
    for number, (path, keys, value) in enumerate(_walk(EXAMPLE)):
        required = keys[-1] not in _OPTIONAL
        if required and isinstance(keys[-1], str):
            yield _refused(f"{path} is missing.", _with(keys, _ABSENT), path)
        if required:
            yield _refused(f"{path} is null.", _with(keys, None), path)
        # One wrong type for each, and each of them for some.
        wrong = [kind for kind in _KINDS if type(kind[1]) is not type(value)]
        name, other = wrong[number % len(wrong)]
        yield _refused(f"{path} is {name}.", _with(keys, other), path)


UNREADABLE: Final = (
    *("", " ", "yesterday", "0", "1656434820", "2022-06-28", "2022-06-28T16:47:00", "2022-13-28T16:47:00Z"),
    *("2022-02-30T16:47:00Z", "2022-06-28T25:47:00Z", "2022-06-28T16:47:00+99:00", "28/06/2022 16:47"),
    *("Tue, 28 Jun 2022 16:47:00 GMT", "2022-06-28T16:47:00Z!", "\uff12\uff10\uff12\uff12-06-28T16:47:00Z", "9" * 5000),
)

FIELDS: Final = (
    *_fields(),
    *(
        _refused(f"The date of creation is {(text[:30] or 'empty')!a}.", _with(("createdAt",), text), "createdAt")
        for text in UNREADABLE
    ),
    _refused(
        "The second integration's date is unreadable.",
        _with(("integrationIds", 1, "lastSynced"), "x"),
        "integrationIds[1].lastSynced",
    ),
    Fault(
        "An integration is missing its mark after a hundred good ones.",
        (
            Read(),
            Send(
                _json(
                    {
                        **EXAMPLE,
                        "integrationIds": [EXAMPLE["integrationIds"][0]] * 100 + [{"service": "Xero", "id": ""}],
                    }
                )
            ),
        ),
        APIResponseValidationError,
        path="integrationIds[100].isPending",
    ),
)

ANSWERS: Final = (*STATUSES, *ENCODINGS, *SIZES, *NO_CUSTOMERS, *STILL_CUSTOMERS, *FIELDS)

KEPT: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("An unknown property is kept.", {"loyalty": {"tier": [1, None, True, 2.5]}}),
    ("An unknown property of a name that Python uses is kept.", {"self": 1, "class": 2, "__init__": 3, "": 4}),
    ("An unknown property named like ours is kept.", {"additional_properties": 1, "legal_name": 2, "_wire": 3}),
    ("An unknown integration service is kept.", {"integrationIds": [{"service": "Odd", "id": "", "isPending": True}]}),
    ("An unknown country and state are kept.", {"address": {**EXAMPLE["address"], "country": "??", "state": ""}}),
    ("An unknown tax status is kept.", {"taxStatus": "PARTLY"}),
    ("An optional property that is null is kept as null.", {"label": None, "archivedAt": None}),
    ("A date with a fraction of five digits is kept.", {"createdAt": "2024-05-02T14:26:48.63792Z"}),
    ("A date with a fraction of nine digits is kept.", {"createdAt": "2024-05-02T14:26:48.637921234Z"}),
    ("A date with an offset is kept.", {"createdAt": "2024-05-02T14:26:48+05:30"}),
    ("A date in lower case is kept.", {"createdAt": "2024-05-02t14:26:48z"}),
    (
        "The first and last dates there are are kept.",
        {"createdAt": "0001-01-01T00:00:00Z", "archivedAt": "9999-12-31T23:59:59Z"},
    ),
    ("Empty strings and lists are kept.", {"email": "", "legalName": "", "billingEmails": [], "integrationIds": []}),
    ("Ten thousand billing e-mails are kept.", {"billingEmails": ["a@example.com"] * 10_000}),
    ("A string with every odd character is kept.", {"legalName": "\0\x1f\u2028\U0001f600\ud800\ufeff</script>"}),
    ("A string of a megabyte is kept.", {"legalName": "x" * (1 << 20)}),
    ("A number of four thousand digits is kept.", {"more": int("9" * 4000)}),
    ("A property nested a hundred deep is kept.", {"more": json.loads("[" * 100 + "]" * 100)}),
)
"""What a customer may have beyond the example, and gives back."""
