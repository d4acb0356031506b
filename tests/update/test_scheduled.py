"""The steps of the scheduled update, as they stand: on local files, with a repository of its own as the remote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

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


STEPS = {
    step["name"]: step["run"]
    for step in YAML(typ="safe", pure=True).load(ROOT / ".github/workflows/update.yml")["jobs"]["update"]["steps"]
    if "name" in step
}


class Clone:
    """What CI has checked out, with a program in place of GitHub's."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.folder = folder
        copy_of_the_checkout(self.root)
        ignored = shutil.ignore_patterns("__pycache__", "api-*.json")
        shutil.copytree(ROOT / "scripts", self.root / "scripts", ignore=ignored)
        shutil.copy2(ROOT / ".gitignore", self.root)
        self.add(self.root / ".venv" / "bin" / "python", f'exec {sys.executable} "$@"')
        self.add(folder / "bin" / "gh", f'printf "%s\\n" "$@" >>{folder}/proposed')
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("init", "--quiet", "--bare", str(folder / "remote"))
        self.git("remote", "add", "origin", str(folder / "remote"))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Begin")

    def add(self, program: Path, line: str) -> None:
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        program.chmod(0o755)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            command,
            cwd=self.root,
            env=os.environ | ENVIRONMENT | {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "UPDATE_SOURCES": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert 0 == done.returncode, done.stderr

        return done.stdout

    def update(self, source: Path) -> subprocess.CompletedProcess[str]:
        """From a clean tree of the main branch, what CI does once the source is there."""
        self.git("checkout", "--quiet", "--force", "main")
        (self.root / "build" / "sources").mkdir(parents=True, exist_ok=True)
        for former in (self.root / "build" / "sources").iterdir():
            former.unlink()
        shutil.copy2(source, self.root / "build" / "sources" / f"1-{source.name}")
        updated = self.run("bash", "-e", "-c", STEPS["update"])
        return updated if updated.returncode else self.run("bash", "-e", "-c", STEPS["propose"])


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


@pytest.mark.usefixtures("mypy_cache")
def test_a_proposal(clone: Clone, tmp_path: Path) -> None:
    """What moved becomes a branch with everything in it, and a change request with the report; and that once."""
    moved = tmp_path / "moved.json"
    moved.write_text(json.dumps(edited(values("State", "GU"))), encoding="utf-8")
    first, second = clone.update(moved), clone.update(moved)
    proposed = (tmp_path / "proposed").read_text(encoding="utf-8").splitlines()
    branch = proposed[3]

    assert (0, 0) == (first.returncode, second.returncode), first.stderr + second.stderr
    title = "Follow the vendor's document: additive, 0.2.0"
    assert ["pr", "create", "--head", branch, "--title", title, "--body-file", "build/report.md"] == proposed
    assert f"refs/heads/{branch}" in clone.git("ls-remote", "--heads", "origin")
    assert [title, "", "verdict: additive"] == clone.git("log", "-1", "--format=%B", branch).splitlines()[:3]
    assert {
        "CHANGELOG.md",
        "openapi/customers.yaml",
        "openapi/provenance.yaml",
        "sequence_customers_client/_generated/document.json",
        "sequence_customers_client/_generated/facts.py",
        "sequence_customers_client/_generated/customers/models.py",
    } == set(clone.git("diff", "--name-only", "main", branch).split())


def test_nothing_to_propose(clone: Clone, tmp_path: Path) -> None:
    """What did not move proposes nothing; a source that is none fails, as having none does, and leaves no trace."""
    page, broken = tmp_path / "page.md", tmp_path / "broken.md"
    page.write_bytes(b"````yaml x GET /\n" + CHECKOUT.text + b"````\n")
    broken.write_bytes(b"<html>")
    nothing, failed, empty = clone.update(page), clone.update(broken), clone.run("bash", "-e", "-c", STEPS["fetch"])

    assert (0, 1) == (nothing.returncode, failed.returncode), nothing.stderr
    assert "a page has one fenced OpenAPI block" in failed.stderr
    assert 0 != empty.returncode
    assert "set the variable UPDATE_SOURCES" in empty.stderr
    assert "" == clone.git("status", "--porcelain")
    assert not (tmp_path / "proposed").exists()
