"""Setting up installs the Node tools that the lock names, whatever a registry offers by now."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote


def newer(version: str) -> str:
    """A later release that whoever asks for this one by a range would take."""
    return version.rpartition(".")[0] + ".9999"


def pack(name: str, version: str) -> bytes:
    """A package with nothing in it."""
    manifest = json.dumps({"name": name, "version": version}).encode()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(manifest)
        archive.addfile(entry, io.BytesIO(manifest))
    return file.getvalue()


def integrity(name: str, version: str) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(pack(name, version)).digest()).decode()


@contextmanager
def registry(versions: dict[str, set[str]]) -> Iterator[str]:
    """A registry that has each package as it is locked, and a newer release of each, which is the latest."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, _, version = unquote(self.path)[1:].partition("/-/")
            self._answer(pack(name, version) if version else json.dumps(self._about(name)).encode())

        def _about(self, name: str) -> dict[str, Any]:
            there = sorted(versions[name] | {newer(version) for version in versions[name]})
            return {
                "name": name,
                "dist-tags": {"latest": there[-1]},
                "versions": {
                    version: {
                        "name": name,
                        "version": version,
                        "dist": {"tarball": f"{url}/{name}/-/{version}", "integrity": integrity(name, version)},
                    }
                    for version in there
                },
            }

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield url
        server.shutdown()
        thread.join(10)


def test_what_is_locked_is_what_is_installed(root: Path, tmp_path: Path) -> None:
    """A newer release of every package is on offer, and each is installed as it is locked, where it is locked."""
    lock = json.loads((root / "scripts" / "node" / "package-lock.json").read_text(encoding="utf-8"))
    versions: dict[str, set[str]] = {}
    expected = {}
    for path, entry in lock["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            versions.setdefault(name, set()).add(entry["version"])
            entry["integrity"] = integrity(name, entry["version"])
            if sys.platform in entry.get("os", [sys.platform]):
                expected[path] = entry["version"]
    (tmp_path / "scripts" / "node").mkdir(parents=True)
    shutil.copy(root / "scripts" / "install-node-tools.sh", tmp_path / "scripts")
    shutil.copy(root / "scripts" / "node" / "package.json", tmp_path / "scripts" / "node")
    (tmp_path / "scripts" / "node" / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.prefix, "bin"))

    with registry(versions) as url:
        done = subprocess.run(  # noqa: S603 - our script
            [tmp_path / "scripts" / "install-node-tools.sh", tmp_path / ".venv"],
            env=os.environ | {"npm_config_registry": url, "npm_config_cache": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )

    assert 0 == done.returncode, done.stdout + done.stderr
    found = {
        path: json.loads((tmp_path / ".venv" / "node" / path / "package.json").read_text(encoding="utf-8"))["version"]
        for path in expected
    }
    assert expected == found
