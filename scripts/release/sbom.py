"""The software bill of materials of the wheel in dist/: what it is installed with, as CycloneDX, beside it.

python -m scripts.release.sbom       (`make sbom`)
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from .build import TOOL, sha256
from .project import ROOT, read_project
from .refusal import RefusalError, call, run
from .smoke import installed

_OPTIONS: Final = ("--sv", "1.6", "--of", "JSON", "--output-reproducible", "--mc-type", "library", "--pyproject")


def write_sbom(wheel: Path, root: Path) -> Path:
    """Describe the environment that the wheel and the lock give; the same ones give the same file."""
    target = wheel.with_name(f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json")
    with installed(wheel, root) as python:
        command = (*TOOL, "cyclonedx_py", "environment", python, *_OPTIONS, root / "pyproject.toml")
        bill = json.loads(call(*command, what="cyclonedx-py", cwd=root))
    bill["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": sha256(wheel)}]
    target.write_text(json.dumps(bill, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return target


def main() -> None:
    """Describe the wheel that `make build` left in dist/."""
    project = read_project(ROOT)
    wheel = next((ROOT / "dist").glob(f"*-{project.version}-*.whl"), None)
    if wheel is None:
        raise RefusalError(f"dist/ has no wheel of {project}: make build")
    print(f"dist/{write_sbom(wheel, ROOT).name}")


if __name__ == "__main__":
    run(main)
