"""What the clients know of a transport: it sends a request within time and size limits, and returns a response."""

from typing import Any, Protocol

from .._request import Request
from .._response import Response
from .._timeouts import AttemptTimeouts


class AsyncHandler(Protocol):
    """An async transport of httpx or httpx2."""

    async def handle_async_request(self, request: Any, /) -> Any:
        """Send a request."""

    async def aclose(self) -> None:
        """Close it."""


class Handler(Protocol):
    """A sync transport of httpx or httpx2."""

    def handle_request(self, request: Any, /) -> Any:
        """Send a request."""

    def close(self) -> None:
        """Close it."""


class Transport(Protocol):
    """Carries any number of exchanges; one of a client that blocks never waits, and goes by `_concurrency.run`."""

    async def send(self, request: Request, timeouts: AttemptTimeouts, max_body_bytes: int) -> Response:
        """Send a request and read no more than so many bytes of its response, decompressed.

        A TransportError says why none came. Who awaits holds the wall clock; what blocks raises WallClockTimeout.
        """
        ...

    async def aclose(self) -> None:
        """Close what it opened itself."""
