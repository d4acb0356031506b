"""The fake as an httpx transport: no sockets, so that nothing leaves the process."""

from __future__ import annotations

import time

import anyio
import httpx

from ._messages import Answer, Reply


class FakeTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport for either client, and for `httpx.Client` and `httpx.AsyncClient`."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a blocking client."""
        reply = self._reply(request, request.read())
        time.sleep(reply.delay)
        return _response(request, reply)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an async client."""
        reply = self._reply(request, await request.aread())
        await anyio.sleep(reply.delay)
        return _response(request, reply)

    def _reply(self, request: httpx.Request, content: bytes) -> Reply:
        reply = self._answer(request.method, request.url.raw_path.decode("ascii"), request.headers, content)
        timeout = request.extensions.get("timeout", {}).get("read")
        if timeout is not None and reply.delay >= timeout:
            # Nobody learns anything from waiting for that.
            raise httpx.ReadTimeout("the answer would take longer than the request may wait", request=request)
        return reply


def _response(request: httpx.Request, reply: Reply) -> httpx.Response:
    if reply.dropped:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
    headers, content = reply.encode()
    body = b"" if request.method == "HEAD" else content
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return httpx.Response(reply.status, headers=fields, stream=httpx.ByteStream(body), request=request)
