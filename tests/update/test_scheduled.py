"""The scheduled update: on local files, with a repository of its own as the remote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.generate.generation import ROOT

from .checkouts import CHECKOUT, copy_of_the_checkout
from .documents import edited, values

ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "update",
    "GIT_AUTHOR_EMAIL": "update@example.com",
    "GIT_COMMITTER_NAME": "update",
    "GIT_COMMITTER_EMAIL": "update@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


class Clone:
    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.folder = folder
        copy_of_the_checkout(self.root)
        ignored = shutil.ignore_patterns("__pycache__", "api-*.json")
        shutil.copytree(ROOT / "scripts", self.root / "scripts", ignore=ignored)
        shutil.copy2(ROOT / ".gitignore", self.root)
        propose = folder / "propose"
        propose.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" "$2" >> {folder}/proposed\ncat "$3" >> {folder}/proposed\n')
        propose.chmod(0o755)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("init", "--quiet", "--bare", str(folder / "remote"))
        self.git("remote", "add", "origin", str(folder / "remote"))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Begin")

    def git(self, *arguments: str) -> str:
        return subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607 - whatever git there is
            cwd=self.root,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def update(self, *sources: Path) -> subprocess.CompletedProcess[str]:
        environment = {"PYTHON": sys.executable, "PROPOSE": str(self.folder / "propose"), "UPDATE_SOURCES": ""}
        return subprocess.run(  # noqa: S603
            [self.root / "scripts" / "update-and-propose.sh", *sources],
            env=os.environ | ENVIRONMENT | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


@pytest.mark.usefixtures("mypy_cache")
def test_a_proposal(clone: Clone, tmp_path: Path) -> None:
    """What moved becomes a branch with everything in it and a report, once; the checkout stays on its own branch."""
    moved = tmp_path / "moved.json"
    moved.write_text(json.dumps(edited(values("State", "GU"))), encoding="utf-8")
    first, second = clone.update(moved), clone.update(moved)
    proposed = (tmp_path / "proposed").read_text(encoding="utf-8").splitlines()
    branch = proposed[0]

    assert (0, 0) == (first.returncode, second.returncode), first.stderr + second.stderr
    assert "is proposed already" in second.stdout
    assert ["Follow the vendor's document: additive, 0.2.0", "verdict: additive"] == proposed[1:3]
    assert 1 == len([line for line in proposed if line.startswith("verdict: ")])
    assert f"refs/heads/{branch}" in clone.git("ls-remote", "--heads", "origin")
    assert {
        "CHANGELOG.md",
        "openapi/customers.yaml",
        "openapi/provenance.yaml",
        "sequence_customers_client/_generated/document.json",
        "sequence_customers_client/_generated/facts.py",
        "sequence_customers_client/_generated/customers/models.py",
    } == set(clone.git("diff", "--name-only", "main", branch).split())
    assert ("main", "") == (clone.git("branch", "--show-current").strip(), clone.git("status", "--porcelain"))


def test_nothing_to_propose(clone: Clone, tmp_path: Path) -> None:
    """What did not move proposes nothing; a source that is none fails, and both leave no trace."""
    page, broken = tmp_path / "page.md", tmp_path / "broken.md"
    page.write_bytes(b"````yaml x GET /\n" + CHECKOUT.text + b"````\n")
    broken.write_bytes(b"<html>")
    nothing, failed, empty = clone.update(page), clone.update(broken), clone.update()

    assert (0, 1, 2) == (nothing.returncode, failed.returncode, empty.returncode), nothing.stderr
    assert "verdict: none" == nothing.stdout.splitlines()[0]
    assert "broken.md: a page has one fenced OpenAPI block" in failed.stderr
    assert "" == clone.git("status", "--porcelain")
    assert not (tmp_path / "proposed").exists()
