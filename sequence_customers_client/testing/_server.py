"""The fake on loopback: real HTTP, standard library only."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from ._fake import FakeSequence, example_customer
from ._messages import Answering, Reply


class SequenceServer(FakeSequence):
    """A FakeSequence that listens on this machine.

    Args:
        replies: What to answer, by alias or operation, as for FakeSequence; when left out, there is the document's
            example as `acme`.
        client_id: The only id it accepts.
        client_secret: And its secret.
        document: Another document than the package's own, as JSON.
        host: The address to listen on.
        port: The port; 0 takes a free one.

    Example:
        with SequenceServer({"acme": Reply(body=example_customer())}) as server:
            client = SequenceClient(base_url=server.base_url, client_id="id", client_secret="secret")
    """

    def __init__(
        self,
        replies: Mapping[str, Answering] | None = None,
        *,
        client_id: str = "id",
        client_secret: str = "secret",  # noqa: S107 - of a fake that holds nothing
        document: Mapping[str, Any] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        told = {"acme": Reply(body=example_customer())} if replies is None else replies
        super().__init__(told, client_id=client_id, client_secret=client_secret, document=document)
        self._host = host
        self._closing = threading.Event()
        self._failure: Exception | None = None
        self._server = _Server((host, port), _Handler)
        self._server.respond = self._respond
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def base_url(self) -> str:
        """What to give a client as `base_url`."""
        return f"http://{self._host}:{self._server.server_address[1]}{self._document.prefix}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; and raise what went wrong while the test's own replies were made, which its client saw as a 500."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _respond(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Reply:
        try:
            reply = self.answer(method, target, headers, content)
        except Exception as error:  # noqa: BLE001 - of a reply that is the test's own
            self._failure = self._failure or error
            return Reply(500, {"error": {"type": type(error).__name__, "message": str(error)}})
        self._closing.wait(reply.delay)
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    respond: Any

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up; that is no reason to print a traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def _answer(self) -> None:
        server: Any = self.server
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        reply: Reply = server.respond(self.command, self.path, dict(self.headers.items()), content)
        if reply.dropped:
            self.close_connection = True
            return
        headers, content = reply.encode()
        self.send_response_only(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_HEAD = do_PATCH = do_TRACE = _answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        """Say nothing: an access log would hold aliases."""
