"""Run in a process of its own: pypiserver on a free port, with a password; prints the port.

python serve.py FOLDER ACTIONS, with user name and password on standard input, a line each. ACTIONS need them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pypiserver  # type: ignore[import-untyped]
from passlib.apache import HtpasswdFile  # type: ignore[import-untyped]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        pass


def main(folder: Path, actions: str) -> None:
    passwords = folder / "htpasswd"
    users = HtpasswdFile(str(passwords), new=True)
    users.set_password(sys.stdin.readline().strip(), sys.stdin.readline().strip())
    users.save()
    packages = folder / "packages"
    packages.mkdir(exist_ok=True)
    app: Any = pypiserver.app(
        roots=[packages], password_file=str(passwords), authenticate=actions.split(","), disable_fallback=True
    )
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        print(server.server_port, flush=True)  # noqa: T201 - whoever started it reads it
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
