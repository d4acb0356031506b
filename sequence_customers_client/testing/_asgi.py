"""The fake as an ASGI application: for a server, for a test client, or mounted in a service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

import anyio
import httpx

from ._messages import Answer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]


def asgi_app(answer: Answer) -> AsgiApp:
    """An application that answers what the fake says."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for moment in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{moment}.complete"})
        elif scope["type"] == "http":
            await _respond(answer, scope, receive, send)

    return app


async def _respond(answer: Answer, scope: Message, receive: Receive, send: Send) -> None:
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("ascii").partition("?")[0]
    target = path.removeprefix(quote(scope.get("root_path", "")))
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("ascii")
    asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    reply = answer(scope["method"], target, asked, await _body(receive))
    await anyio.sleep(reply.delay)
    if reply.dropped:
        # A server ends the connection of an application that fails half-way.
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        raise httpx.RemoteProtocolError("the fake was told to drop this request")
    headers, content = reply.encode()
    fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": fields})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})


async def _body(receive: Receive) -> bytes:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return content
