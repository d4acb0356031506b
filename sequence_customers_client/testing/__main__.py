"""The fake as a server of its own, for compose files: `python -m sequence_customers_client.testing --port 8000`.

It knows the document's example as `acme`, and accepts the credentials that SEQUENCE_CLIENT_ID and
SEQUENCE_CLIENT_SECRET name, or else `id` and `secret`.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Sequence

from ._server import SequenceServer


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m sequence_customers_client.testing", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; 0.0.0.0 in a container")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on; 0 takes a free one")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with SequenceServer(
        client_id=os.environ.get("SEQUENCE_CLIENT_ID") or "id",
        client_secret=os.environ.get("SEQUENCE_CLIENT_SECRET") or "secret",
        host=options.host,
        port=options.port,
    ) as server:
        print(f"SEQUENCE_BASE_URL={server.base_url}", flush=True)  # noqa: T201 - to be pasted
        stop.wait()


if __name__ == "__main__":
    main()
