"""Responses: what came over the wire, and what it is to the caller."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from ._errors import Attempt

T_co = TypeVar("T_co", covariant=True)

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id")


class Headers(Mapping[str, str]):
    """The headers of a response: names in any case, and in lower case where they are listed."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self.raw = tuple(raw)
        """Names and values as they came, in order; those of one name are joined by commas (RFC 9110, section 5.3)."""

    @cached_property
    def _by_name(self) -> dict[str, str]:
        # Most responses are never asked for most of their headers.
        found: dict[str, str] = {}
        for raw_name, raw_value in self.raw:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found

    def __getitem__(self, name: str) -> str:
        return self._by_name[name.lower() if isinstance(name, str) else name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __repr__(self) -> str:
        # Values may be cookies, or repeat what was asked for.
        return f"<Headers {', '.join(self)}>"

    def __reduce__(self) -> tuple[object, ...]:
        return Headers, (self.raw,)


@dataclass(eq=False)
class Response:
    """What came over the wire, its content decompressed; reporters of errors that print it see the status."""

    status_code: int
    headers: Headers = field(repr=False)
    content: bytes = field(repr=False)
    fault: str | None = None  # why the content is not all of the body, or not readable


def request_id(headers: Mapping[str, str]) -> str | None:
    return next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), None)


@dataclass(frozen=True, kw_only=True)
class APIResponse(Generic[T_co]):
    """A whole response, as `client.with_raw_response` returns it."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in any case."""
    content: bytes = field(repr=False)
    """The body, decompressed."""
    attempts: tuple[Attempt, ...]
    """Every attempt that was made, the last one this response's."""
    elapsed: float
    """Seconds from the start of the call to the end of the body."""
    parsed: T_co = field(repr=False)
    """What the plain method returns."""

    @property
    def request_id(self) -> str | None:
        """The server's name for the request, where it sent one."""
        return request_id(self.headers)
