"""What a larger API costs: update, import and first call at 10, 100 and 1,000 operations, in CPU seconds.

python -m benchmarks.growth [OPERATIONS…]     (from the root of the checkout, in .venv)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from scripts.generate.document import read_document
from scripts.generate.generation import ROOT
from scripts.update.update import GENERATED, copy_tree

Json = dict[str, Any]

_IMPORT: Final = "import sequence_customers_client"
_CALL: Final = """
import httpx, sequence_customers_client as client
transport = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
client.SequenceClient(client_id="id", client_secret="secret", transport=transport).customers.n0s.list()
"""


def document(operations: int) -> Json:
    """The vendored document with as many operations more: resources with a list and a get, and a model for each."""
    found = read_document(ROOT / "openapi" / "customers.yaml")
    (look_up,) = found["paths"].values()
    version = [each for each in look_up["get"]["parameters"] if each["name"] == "Sequence-Version"]
    one = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    for number in range(operations):
        path = f"/customers/n{number // 2}s" + "/{id}" * (number % 2)
        fields = {f"field{number}x{index}": {"type": "string"} for index in range(10)}
        found["components"]["schemas"][f"Thing{number}X"] = {"type": "object", "properties": fields}
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/Thing{number}X"}}}
        call = {
            "parameters": version + [one] * (number % 2),
            "responses": {"200": {"description": "", "content": content}},
        }
        found["paths"][path] = {"get": call}
    return found


def _cpu(*arguments: str | Path, folder: Path, times: int = 1) -> float:
    """The CPU seconds of a child, the least of several."""
    took = []
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    for _ in range(times):
        begun = sum(os.times()[2:4])
        subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True, capture_output=True)  # noqa: S603
        took.append(sum(os.times()[2:4]) - begun)
    return min(took)


def main() -> None:
    """Print the table."""
    print("| operations | update (s) | import (ms) | first call (ms) |\n|---|---|---|---|")
    for operations in map(int, sys.argv[1:] or ("10", "100", "1000")):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            copy_tree(ROOT, folder)
            shutil.copytree(ROOT / GENERATED, folder / GENERATED)
            shutil.copy(ROOT / "generator-config.yaml", folder)
            (folder / "api.json").write_text(json.dumps(document(operations)), encoding="utf-8")
            update = _cpu("-m", "scripts.update", folder / "api.json", "--root", folder, folder=ROOT)
            bare, imported, called = (_cpu("-c", code, folder=folder, times=5) for code in ("", _IMPORT, _CALL))
            print(
                f"| {operations} | {update:.1f} | {1000 * (imported - bare):.0f} | {1000 * (called - imported):.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
