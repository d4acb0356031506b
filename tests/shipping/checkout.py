"""A checkout of one's own, to be released from: what the work tree holds now, in a repository of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Nobody's git configuration has a say here.
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Nobody",
    "GIT_AUTHOR_EMAIL": "nobody@example.test",
    "GIT_COMMITTER_NAME": "Nobody",
    "GIT_COMMITTER_EMAIL": "nobody@example.test",
}

_VERSION = re.compile(r'^(version|__version__) = ".*"$', re.MULTILINE)


@dataclass(frozen=True)
class Checkout:
    root: Path

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert 1 == text.count(old), f"{path} holds {old!r} {text.count(old)} times"
        self.write(path, text.replace(old, new))

    def append(self, path: str, text: str) -> None:
        self.write(path, self.read(path) + text)

    def set_version(self, version: str) -> None:
        """Give the project a version, and the changelog a section for it."""
        for path in ("pyproject.toml", "sequence_customers_client/_version.py"):
            self.write(path, _VERSION.sub(rf'\1 = "{version}"', self.read(path), count=1))
        self.write("CHANGELOG.md", f"# Changelog\n\n## {version} - 2026-11-22\n\n### Added\n\n- Something.\n")

    def commit(self, message: str = "Change something") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def release(self, version: str) -> None:
        """Commit everything as a version that may be released."""
        self.set_version(version)
        self.commit(f"Release {version}")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - git
            ["git", *arguments],  # noqa: S607 - the one that is on PATH
            cwd=self.root,
            env=os.environ | _GIT,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def clone(self, folder: Path) -> Checkout:
        self.git("clone", "--quiet", "--no-hardlinks", str(self.root), str(folder))
        return Checkout(folder)


def as_first_version(root: Path) -> None:
    """Let a copy of the project be of version 0.1.0, whatever version it is of by now: what tests say is of that."""
    for path in (root / "pyproject.toml", root / "sequence_customers_client" / "_version.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(_VERSION.sub(r'\1 = "0.1.0"', text, count=1), encoding="utf-8")
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    before, _, first = text.partition("## 0.1.0 - ")
    changelog.write_text(before.partition("## ")[0] + "## 0.1.0 - " + first, encoding="utf-8")


def copy_tree(source: Path, target: Path) -> Checkout:
    """What git would commit of a work tree, as the first commit of a new repository; nothing of it was released."""
    listed = Checkout(source).git("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in listed.split("\0"):
        if name and (source / name).is_file() and not name.startswith("scripts/release/api-"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target / name)
    checkout = Checkout(target)
    as_first_version(target)
    checkout.git("init", "--quiet", "--initial-branch", "main")
    return checkout
