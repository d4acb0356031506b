"""Bodies: decompressed as they arrive, and never more of them in memory than the caller allows."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final

from ._response import Answer

_DETECT_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_PIECE: Final = 64 * 1024


class Body:
    """The body of one answer, fed with what the transport delivers.

    Decompression is ours and not httpx's, which inflates a whole piece before anyone can count it: 64 KiB off the wire
    can be 64 MiB.
    """

    def __init__(self, status_code: int, headers: Mapping[str, str], encoding: str, limit: int) -> None:
        self._status_code = status_code
        self._headers = headers
        self._limit = limit
        self._content = bytearray()
        self._inflate = None
        self._may_be_raw = False
        self._fault: str | None = None

        encoding = encoding.strip().lower()
        if encoding in {"gzip", "x-gzip", "deflate"}:
            self._inflate = zlib.decompressobj(_DETECT_GZIP_OR_ZLIB)
            self._may_be_raw = encoding == "deflate"
        elif encoding not in {"", "identity"}:
            self._fault = "the body has a content encoding that was not asked for"

    def broke_off(self) -> bool:
        """Whether an answer is worth having whose connection broke in its body: that of an error is, for its status."""
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
        pending = bool(data)
        while pending and self._fault is None:
            try:
                output = self._inflate.decompress(data, _PIECE)
            except zlib.error:
                self._fault = "the body cannot be decompressed"
                break
            self._take(output)
            data = self._inflate.unconsumed_tail
            pending = bool(data) or len(output) == _PIECE
            if self._inflate.eof:
                # A gzip body may have several members (RFC 1952, section 2.2).
                data = self._inflate.unused_data
                pending = bool(data)
                self._inflate = zlib.decompressobj(_DETECT_GZIP_OR_ZLIB) if pending else self._inflate
        return self._fault is None

    def answer(self) -> Answer:
        """What came: the content, all of it or what there is up to the fault."""
        if self._fault is None and self._inflate is not None and not self._inflate.eof and self._content:
            self._fault = "the body ends in the middle"
        return Answer(self._status_code, self._headers, bytes(self._content), self._fault)

    def _take(self, data: bytes) -> None:
        if self._fault is not None:
            return
        room = self._limit - len(self._content)
        self._content += data[:room]
        if len(data) > room:
            self._fault = f"the body has more than {self._limit} bytes, the most that max_response_bytes allows"
