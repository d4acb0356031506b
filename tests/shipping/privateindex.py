"""A private index on loopback: pypiserver, with a password; and a way to it that breaks when a test says so."""

from __future__ import annotations

import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, cast

USER, PASSWORD = "publisher", "correct-horse-battery"
PROTECTED = "update,list,download"

_STOP_SECONDS = 10
_SILENCE_SECONDS = 60.0


@dataclass(frozen=True)
class PrivateIndex:
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """What pip takes as an index URL."""
        return f"http://127.0.0.1:{self.port}/simple/"

    @property
    def environment(self) -> dict[str, str]:
        """What `make publish` needs."""
        return {"INDEX_URL": self.url, "UV_PUBLISH_USERNAME": USER, "UV_PUBLISH_PASSWORD": PASSWORD}

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "packages").iterdir())


@contextmanager
def private_index(folder: Path, actions: str = PROTECTED) -> Iterator[PrivateIndex]:
    with subprocess.Popen(  # noqa: S603 - our own program
        # What the server imports is not what is tested.
        [sys.executable, "-W", "ignore", Path(__file__).with_name("serve.py"), folder, actions],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{USER}\n{PASSWORD}\n")
            process.stdin.close()
            yield PrivateIndex(int(process.stdout.readline()), folder)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


class Relay(socketserver.ThreadingTCPServer):
    """Passes connections on to an index, until as many uploads have gone through as it may; then it is gone."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, target: PrivateIndex, *, uploads: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.target = target
        self.uploads = uploads
        self.down = False
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def index(self) -> PrivateIndex:
        """The index, as it is seen through this."""
        return PrivateIndex(self.server_address[1], self.target.folder)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(_STOP_SECONDS)


class _Passage(socketserver.BaseRequestHandler):
    request: socket.socket

    def handle(self) -> None:
        relay = cast(Relay, self.server)
        self.request.settimeout(_SILENCE_SECONDS)
        # Answers of HTTP/1.0 end with their connection: so each connection brings one request.
        first = self.request.recv(65536)
        if first.startswith(b"POST"):
            relay.down |= relay.uploads == 0
            relay.uploads -= 1
        if relay.down:
            return  # in the midst of the upload, and from then on at once
        with socket.create_connection(("127.0.0.1", relay.target.port), _SILENCE_SECONDS) as upstream:
            upstream.sendall(first)
            back = threading.Thread(target=_pump, args=(upstream, self.request), daemon=True)
            back.start()
            _pump(self.request, upstream)
            back.join(_SILENCE_SECONDS)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
