"""Bodies: decompressed as they arrive, and never more of them in memory than the caller allows.

Decompression is ours and not the library's, which inflates a whole piece before anyone can count it: 64 KiB off the
wire can be 64 MiB.
"""

import zlib
from typing import Final

from .._response import Headers, Response

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_GZIP: Final = 16 + zlib.MAX_WBITS
_PADDING: Final = b"\0 \t\r\n"
_CODINGS: Final = {"gzip", "x-gzip", "deflate"}
_PLAIN: Final = {"", "identity", "none", "utf-8", "utf8", "us-ascii", "iso-8859-1"}
"""What says that nothing is compressed: some servers name their charset there."""


class Body:
    """The body of one response, fed with what the transport delivers; `is_decoded` where somebody decompressed it."""

    def __init__(self, status_code: int, headers: Headers, max_bytes: int, *, is_decoded: bool = False) -> None:
        self._status_code = status_code
        self._headers = headers
        self._max_bytes = max_bytes
        self._content = bytearray()
        self._inflate = None
        self._fault: str | None = None

        # Of the raw ones: to decode all headers of every response for this one takes longer than the body.
        listed = b",".join([value for name, value in headers.raw if name.lower() == b"content-encoding"])
        named = [part.partition(";")[0].strip() for part in listed.decode("latin-1").lower().split(",")]
        codings = [coding for coding in named if coding not in _PLAIN and not is_decoded]
        self._may_be_raw = codings == ["deflate"]
        if len(codings) == 1 and codings[0] in _CODINGS:
            self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
        elif codings:
            self._fault = "the body has a content encoding that was not asked for"

    def broke_off(self) -> bool:
        """Note that the connection broke; returns whether there is a response all the same: an error's status is."""
        self._fault = "the connection broke"
        return not 200 <= self._status_code <= 299

    def feed(self, data: bytes) -> bool:
        """Take a piece of the body; returns whether to go on."""
        if self._inflate is None:
            self._take(data)
            return self._fault is None
        if self._may_be_raw and data:
            # Some send deflate without the zlib format that HTTP means by it (RFC 9110, section 8.4.1.2).
            self._may_be_raw = False
            if data[0] & 0x0F != zlib.DEFLATED:
                self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        while data and self._fault is None:
            if self._inflate.eof:
                data = data.lstrip(_PADDING)
                if not data:
                    break
                self._inflate = zlib.decompressobj(_GZIP)  # another member (RFC 1952)
            try:
                self._take(self._inflate.decompress(data, self._max_bytes - len(self._content) + 1))
            except zlib.error:
                self._fault = "the body cannot be decompressed"
            data = self._inflate.unused_data
        return self._fault is None

    def response(self) -> Response:
        """What came: the content, all of it or what there is up to the fault."""
        if self._fault is None and self._inflate is not None and not self._inflate.eof and self._content:
            self._fault = "the body ends in the middle"
        return Response(self._status_code, self._headers, bytes(self._content), self._fault)

    def _take(self, data: bytes) -> None:
        if self._fault is None:
            room = self._max_bytes - len(self._content)
            self._content += data[:room]
            if len(data) > room:
                self._fault = f"the body has more than {self._max_bytes} bytes, the most that max_response_bytes allows"
