"""What a larger API costs: update, import and first call at 10, 100 and 1,000 operations, in CPU seconds.

python -m benchmarks.growth [OPERATIONS…]     (from the root of the checkout, in .venv)
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from scripts.generate.document import read_document

ROOT: Final = Path(__file__).resolve().parent.parent
_PARTS: Final = (
    "openapi",
    "sequence_customers_client",
    "tests/document",
    "generator-config.yaml",
    "pyproject.toml",
    "CHANGELOG.md",
)
Json = dict[str, Any]

_IMPORT: Final = "import sequence_customers_client"
_CALL: Final = """
import httpx
from sequence_customers_client import SequenceClient
answer = lambda _: httpx.Response(200, json={"items": []})
with SequenceClient(client_id="id", client_secret="secret", transport=httpx.MockTransport(answer)) as sequence:
    sequence.customers.n0s.list()
"""


def document(operations: int) -> Json:
    """The vendored document with as many operations more, on resources of five operations and two models each."""
    found = read_document(ROOT / "openapi" / "customers.yaml")
    (look_up,) = found["paths"].values()
    version = [each for each in look_up["get"]["parameters"] if each["name"] == "Sequence-Version"]
    one = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    for number in range(operations // 5):
        thing, things = ({"$ref": f"#/components/schemas/{name}{number}X"} for name in ("Thing", "Things"))
        fields = {f"field{number}{index}": {"type": "string"} for index in range(10)}
        found["components"]["schemas"] |= {
            f"Thing{number}X": {"type": "object", "properties": fields},
            f"Things{number}X": {"type": "object", "properties": {"items": {"type": "array", "items": thing}}},
        }
        for path, methods in (
            ("", {"get": things, "post": thing}),
            ("/{id}", dict.fromkeys(("get", "put", "delete"), thing)),
        ):
            found["paths"][f"/customers/n{number}s{path}"] = {
                method: {
                    "parameters": version + [one] * bool(path),
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": answer}}}},
                }
                | ({"requestBody": {"content": {"application/json": {"schema": thing}}}} if method[0] == "p" else {})
                for method, answer in methods.items()
            }
    return found


def _cpu(*arguments: str | Path, folder: Path, times: int = 1) -> float:
    """The least that a child takes, in ms."""
    took = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return min(took)


def main() -> None:
    """Print the table."""
    print("| operations | update (s) | import (ms) | first call (ms) |\n|---|---|---|---|")
    for operations in map(int, sys.argv[1:] or ("10", "100", "1000")):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for part in _PARTS:
                (folder / part).parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, folder / part)
            (folder / "api.json").write_text(json.dumps(document(operations)), encoding="utf-8")
            update = _cpu("-m", "scripts.update", folder / "api.json", "--root", folder, folder=ROOT) / 1000
            bare, imported, called = (_cpu("-c", code, folder=folder, times=5) for code in ("", _IMPORT, _CALL))
            print(f"| {operations} | {update:.1f} | {imported - bare:.0f} | {called - imported:.0f} |", flush=True)


if __name__ == "__main__":
    main()
