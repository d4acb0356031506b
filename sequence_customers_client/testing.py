"""A local server that speaks the Customers API, for demos and for the tests of services that use the client.

Real HTTP over loopback, standard library only. Importing the client does not import this.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterable, Mapping
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote

from attrs import frozen

from ._generated.examples import EXAMPLES
from ._generated.facts import API_VERSION
from ._generated.operations import CUSTOMERS_GET_BY_ALIAS

_BY_ALIAS: Final = CUSTOMERS_GET_BY_ALIAS.path.removesuffix("{alias}")


@frozen
class Reply:
    """What the server answers to one alias."""

    status: int = 200
    body: Any = None
    """A JSON value; None sends no body."""

    delay: float = 0.0
    """Seconds before the answer begins."""

    headers: Mapping[str, str] = {}


def example_customer(**changes: Any) -> dict[str, Any]:
    """The document's example of a customer, as JSON.

    Args:
        changes: JSON keys to set, `legalName="Acme Ltd"`.
    """
    return {**deepcopy(EXAMPLES["customers.get_by_alias"]), **changes}


class SequenceServer:
    """A Sequence of one's own on a free port of this machine.

    Args:
        replies: What to answer, by alias; any other alias is a 404.
        client_id: The only id it accepts.
        client_secret: And its secret.
        port: Where it listens on loopback; 0 takes a free port.

    Example:
        with SequenceServer({"acme": Reply(body=example_customer())}) as server:
            client = SequenceClient(base_url=server.base_url, client_id="id", client_secret="secret")
    """

    def __init__(
        self,
        replies: Mapping[str, Reply] | None = None,
        *,
        client_id: str = "id",
        client_secret: str = "secret",  # noqa: S107 - of a server that holds nothing
        port: int = 0,
    ) -> None:
        told = {"acme": Reply(body=example_customer())} if replies is None else replies
        self.replies: dict[str, Reply] = dict(told)
        """May be changed while the server runs."""
        self._authorization = "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.answer = self._answer
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def base_url(self) -> str:
        """What to give a client as `base_url`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/api"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, path: str, headers: Mapping[str, str]) -> Reply:
        if headers.get("Authorization") != self._authorization:
            return _error(401, "Unauthorized", "The credentials are not valid")
        if headers.get("Sequence-Version", API_VERSION) != API_VERSION:
            return _error(400, "UnrecognisedApiVersion", "There is no such version of the API")
        route, alias = (path.removeprefix("/api")[: len(_BY_ALIAS)], path.removeprefix("/api")[len(_BY_ALIAS) :])
        if route != _BY_ALIAS or not alias or "/" in alias:
            return _error(404, "NotFound", "There is no such route")
        reply = self.replies.get(unquote(alias))
        if reply is None:
            return _error(404, "NotFound", "No customer has this alias")
        self._closing.wait(reply.delay)
        return reply


def _error(status: int, kind: str, message: str) -> Reply:
    return Reply(status, {"error": {"type": kind, "message": message}})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    answer: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up; that is no reason to print a traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def do_GET(self) -> None:
        server: Any = self.server
        reply = server.answer(self.path.partition("?")[0], self.headers)
        content = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        sent: Iterable[tuple[str, str]] = (
            ("Sequence-Version", API_VERSION),
            ("Content-Length", str(len(content))),
            *([("Content-Type", "application/json")] if content else []),
            *reply.headers.items(),
        )
        for name, value in sent:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        """Say nothing: an access log would hold aliases."""
