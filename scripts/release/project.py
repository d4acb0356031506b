"""The checkout that a release is made from: its name, its version, its commit."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any, Final, NamedTuple

from packaging.version import Version

from .refusal import RefusalError, call

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PACKAGE: Final = "sequence_customers_client"


class Project(NamedTuple):
    """What pyproject.toml says, and where it lies."""

    root: Path
    name: str
    version: Version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def read_project(root: Path = ROOT) -> Project:
    """Read name and version; the package itself must say the same version."""
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = str(table["version"])
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise RefusalError(f"pyproject.toml: version {version!r} is not of the form X.Y.Z")
    module = root / PACKAGE / "_version.py"
    found = re.search(r"^__version__ = (.+)$", module.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None or ast.literal_eval(found[1]) != version:
        raise RefusalError(f"{PACKAGE}/_version.py does not say {version}, as pyproject.toml does: set both")
    return Project(root, table["name"], Version(version))


def read_commit(root: Path) -> str:
    """The commit that the tree is exactly, or a refusal."""
    where = call(["git", "rev-parse", "--show-toplevel"], what="a release is made from a git commit", cwd=root)
    if Path(where.strip()).resolve() != root.resolve():
        raise RefusalError("a release is made from a git commit: this folder is not the top of a repository")
    commit = call(["git", "rev-parse", "--short=12", "HEAD"], what="a release is made from a git commit", cwd=root)
    status = call(["git", "status", "--porcelain", "--untracked-files=all"], what="git status", cwd=root)
    changed = [line[3:] for line in status.splitlines()]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise RefusalError(f"the tree is dirty: {changed[0]}{more}; commit, or put it away, and try again")
    return commit.strip()
