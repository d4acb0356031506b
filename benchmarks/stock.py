"""The stock client: what openapi-python-client makes of the vendor's document when it is left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

DOCUMENT: Final = Path(__file__).resolve().parent.parent / "openapi" / "customers.yaml"


def generate_stock(folder: Path) -> None:
    """Write the package `stock` into a folder: default templates, no overlay, and not formatted."""
    config = folder / "stock.yaml"
    config.write_text("post_hooks: []\n", encoding="ascii")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--path",
        DOCUMENT,
        "--config",
        config,
    ]
    subprocess.run(  # noqa: S603 - the generator
        [*command, "--meta", "none", "--output-path", folder / "stock"], check=True, stdout=subprocess.DEVNULL
    )
