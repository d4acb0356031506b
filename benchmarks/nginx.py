"""nginx, which answers any path with one JSON document: a server that is never what is waited for."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

START_SECONDS: Final = 10

_CONFIGURATION: Final = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid nginx.pid;
error_log error.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_body_temp_path temporary;
  fastcgi_temp_path temporary;
  proxy_temp_path temporary;
  scgi_temp_path temporary;
  uwsgi_temp_path temporary;
  default_type application/json;
  server {
    listen 127.0.0.1:PORT backlog=4096;
    location / { root .; try_files /answer.json =404; }
  }
}
"""
"""Paths are below the folder that nginx is started with."""


class NginxError(Exception):
    """There is no nginx, or it does not answer."""


@contextmanager
def nginx(folder: Path, answer: bytes) -> Iterator[str]:
    """Serve the answer from a folder that does not exist yet; yields the address."""
    program = _program()
    folder.mkdir()
    # Started by root, its worker is another user, who has to get here.
    folder.parent.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (folder / "answer.json").write_bytes(answer)
    (folder / "nginx.conf").write_text(_CONFIGURATION.replace("PORT", str(port)), encoding="ascii")
    command: list[str | Path] = [program, "-p", folder, "-c", "nginx.conf"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603 - nginx
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def version() -> str:
    """What nginx calls itself, `nginx/1.22.1`."""
    done = subprocess.run([_program(), "-v"], capture_output=True, check=True, encoding="ascii")  # noqa: S603 - nginx
    return done.stderr.partition("version: ")[2].strip()


def _program() -> str:
    # Debian has it where only root's PATH leads.
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/local/sbin:/usr/sbin")
    if program is None:
        raise NginxError("nginx is not installed: apt-get install nginx-light")
    return program


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise NginxError("nginx does not answer; what it said is above")
