"""The software bill of materials of the wheel in dist/: what it is installed with, as CycloneDX, beside it.

python -m scripts.release.sbom       (`make sbom`)
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from . import smoke
from .build import sha256
from .project import ROOT, read_project
from .refusal import RefusalError, call, run

_VERSION: Final = "1.6"


def write_sbom(wheel: Path, root: Path) -> Path:
    """Describe the environment that the wheel and the lock give; the same ones give the same file."""
    target = wheel.with_name(f"{'-'.join(wheel.name.split('-')[:2])}.cdx.json")
    with smoke.installed(wheel, root) as python, tempfile.TemporaryDirectory() as folder:
        found = Path(folder, "sbom.json")
        command: list[str | Path] = [sys.executable, "-m", "cyclonedx_py", "environment", python, "--sv", _VERSION]
        options: list[str | Path] = [
            "--of",
            "JSON",
            "--output-reproducible",
            "--mc-type",
            "library",
            "--output-file",
            found,
        ]
        call([*command, "--pyproject", root / "pyproject.toml", *options], what="cyclonedx-py", cwd=root)
        bill = json.loads(found.read_text(encoding="utf-8"))
    bill["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": sha256(wheel)}]
    target.write_text(json.dumps(bill, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return target


def main() -> None:
    """Describe the wheel that `make build` left in dist/."""
    project = read_project(ROOT)
    wheels = list((ROOT / "dist").glob(f"*-{project.version}-*.whl"))
    if not wheels:
        raise RefusalError(f"dist/ has no wheel of {project}: make build")
    target = write_sbom(wheels[0], ROOT)
    bill = json.loads(target.read_text(encoding="utf-8"))
    print(f"dist/{target.name}  CycloneDX {_VERSION}, {len(bill['components'])} components")


if __name__ == "__main__":
    run(main)
