"""`make generate` and `make check-generated`: all or nothing, the same bytes everywhere, and nothing unnoticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.generate import folders
from scripts.generate.__main__ import main
from scripts.generate.document import DocumentError
from scripts.generate.generation import ROOT, TARGET, Sources, generate
from tests.generation.conftest import Document


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "scripts.generate", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_committed_package() -> None:
    """What is committed is what the document yields."""
    assert 0 == main(["--check"])


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_same_bytes_everywhere(seed: str, tmp_path: Path) -> None:
    """Neither folder, hash seed, surrounding configuration, environment, nor another ruff change a byte."""
    hostile = tmp_path / "build" / "node_modules"
    for folder in (hostile, hostile / "bin", hostile / "tmp"):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (tmp_path, hostile, hostile / "tmp"):
        (folder / "ruff.toml").write_text('line-length = 40\nformat.quote-style = "single"\nexclude = ["*"]\n')
        (folder / "pyproject.toml").write_text('[tool.ruff]\nextend-exclude = ["*.py"]\ninvalid = true\n')
        (folder / ".gitignore").write_text("*\n")
    other = hostile / "bin" / "ruff"
    other.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    other.chmod(0o755)
    target = hostile / "not" / "there" / "yet"
    done = run(
        f"--target={target}",
        cwd=hostile,
        PYTHONHASHSEED=seed,
        PATH=str(hostile / "bin"),
        TMPDIR=str(hostile / "tmp"),
        RUFF_LINE_LENGTH="40",
        RUFF_OUTPUT_FORMAT="invalid",
        RUFF_CONFIG=str(tmp_path / "ruff.toml"),
        LC_ALL="C",
    )

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    assert content(TARGET) == content(target)
    assert ["yet"] == [entry.name for entry in target.parent.iterdir()]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the generated package."""
    copy = tmp_path / "package"
    shutil.copytree(TARGET, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_check_ignores_caches(package: Path) -> None:
    """What Python leaves in __pycache__ is no difference."""
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "models.cpython-311.pyc").write_bytes(b"")

    assert 0 == main(["--check", f"--target={package}"])


def test_check_names_every_difference(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed, a missing and an additional file each are named, and nothing is mended."""
    (package / "models.py").write_text("", encoding="utf-8")
    (package / "facts.py").unlink()
    (package / "new.py").write_text("", encoding="utf-8")
    (package / "stray.pyc").write_bytes(b"")
    (package / "deep").mkdir()
    (package / "deep" / "data.json").symlink_to("nowhere")

    assert 1 == main(["--check", f"--target={package}"])
    lines = capsys.readouterr().err.splitlines()
    assert [
        "package/deep/data.json: not generated",
        "package/facts.py: missing",
        "package/models.py: differs",
        "package/new.py: not generated",
        "package/stray.pyc: not generated",
    ] == lines[:-1]
    assert "run `make generate`" in lines[-1]
    assert not (package / "facts.py").exists()


def test_check_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A package that is not there is missing file by file."""
    assert 1 == main(["--check", f"--target={tmp_path / 'nowhere'}"])
    assert "nowhere/models.py: missing" in capsys.readouterr().err


def test_check_sees_that_the_document_moved(
    document: Document, write: Callable[[object], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """A document that moved is a difference."""
    document["components"]["schemas"]["TaxStatus"]["enum"].append("NEW")

    assert 1 == main(["--check", f"--document={write(document)}"])
    assert "_generated/customers/models.py: differs" in capsys.readouterr().err


def test_old_files_leave(package: Path) -> None:
    """What is generated replaces the folder as a whole, leftovers of a crash included."""
    expected = content(package)
    (package / "old.py").write_text("", encoding="utf-8")
    for age in ("new", "old"):
        (package.parent / f".package.{age}").mkdir()
        (package.parent / f".package.{age}" / "leftover.py").write_text("", encoding="utf-8")

    assert 0 == main([f"--target={package}"])
    assert expected == content(package)
    assert ["package"] == [entry.name for entry in package.parent.iterdir()]


@pytest.mark.parametrize("broken", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("step", [1, 2])
def test_interrupted_swap(
    broken: type[BaseException], step: int, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the swap in its middle, the old package is whole and in its place."""
    (package / "old.py").write_text("", encoding="utf-8")
    before = content(package)
    steps = iter(range(1, 10))
    rename = Path.rename

    def interrupted(path: Path, target: Path) -> Path:
        if next(steps) == step:
            raise broken
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(broken):
        folders.swap(package.parent, {Path(package.name): TARGET}, Path(".package.old"))

    assert before == content(package)
    assert ["package"] == [entry.name for entry in tmp_path.iterdir()]


@pytest.mark.parametrize("broken", [OSError, KeyboardInterrupt])
def test_interrupted_copy(
    broken: type[BaseException], package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the copying before the swap, the old package is whole."""
    before = content(package)

    def interrupted(_: Path, target: Path) -> None:
        target.mkdir()
        raise broken

    monkeypatch.setattr(shutil, "copytree", interrupted)
    with pytest.raises(broken):
        folders.swap(package.parent, {Path(package.name): TARGET}, Path(".package.old"))

    assert before == content(package)
    assert ["package"] == [entry.name for entry in tmp_path.iterdir()]


def test_unwritable_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that cannot be written is one line."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert 1 == main([f"--target={tmp_path / 'file' / 'package'}"])
    assert 1 == len(capsys.readouterr().err.splitlines())


CONFIGURATIONS = {
    "unknown": ("class_override: {}", "generator-config.yaml: class_override: Extra inputs are not permitted"),
    "unknown, deeper": (
        "class_overrides: {Customer20240509: {name: Customer}}",
        "generator-config.yaml: class_overrides.Customer20240509.name: Extra inputs are not permitted",
    ),
    "wrong type": ("post_hooks: 1", "generator-config.yaml: post_hooks: Input should be a valid list"),
    "in another case": (
        "class_overrides: {customer20240509: {class_name: Customer}}",
        "generator-config.yaml: class_overrides match no class: customer20240509",
    ),
    "none": ("", "generator-config.yaml: Input should be a valid dictionary"),
    "no YAML": ("a: [", "generator-config.yaml: neither YAML nor JSON"),
    "hook that fails": ("post_hooks: [ruff check --no-such-option .]", "post hook ruff: error: unexpected argument"),
    "hook that is missing": ("post_hooks: [no-such-tool .]", "post hook: no-such-tool is not installed"),
}


def failure(sources: Sources, tmp_path: Path) -> str:
    with pytest.raises(DocumentError) as raised:
        generate(sources, tmp_path / "output")
    message = str(raised.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_configuration(case: str, tmp_path: Path) -> None:
    """A configuration that says something nobody would read stops the generation."""
    text, expected = CONFIGURATIONS[case]
    config = tmp_path / "generator-config.yaml"
    config.write_text(text, encoding="utf-8")

    assert expected in failure(Sources(config=config), tmp_path)


def test_missing_ruff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pinned ruff there is no output, though another one may be on PATH."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    assert "post hook: ruff is not installed beside python" in failure(Sources(), tmp_path)


TEMPLATES = {
    "undefined": ("{{ nobody }}", "template broken.py.jinja: 'nobody' is undefined"),
    "syntax": ("{% for %}", "template broken.py.jinja: "),
    "unfiltered": ("{{ parts[0].models[0].name }}", "a template renders a UntrustedString without its filter"),
    "no Python": ("def", "post hook ruff: "),
    "one name twice": ("from os import path\nclass path: ...\nprint(path)", "two things would be path"),
}


@pytest.mark.parametrize("case", TEMPLATES)
def test_templates(case: str, tmp_path: Path) -> None:
    """A template that gives anything but the module it should stops the generation."""
    source, expected = TEMPLATES[case]
    templates = tmp_path / "templates"
    shutil.copytree(Sources().templates, templates)
    (templates / "broken.py.jinja").write_text(source, encoding="utf-8")

    assert expected in failure(Sources(templates=templates), tmp_path)


def test_json_document(vendored: str, tmp_path: Path) -> None:
    """The document may be JSON, and an OpenAPI 3.1 one: only its digest, and the copy of it, differ."""
    (tmp_path / "document.json").write_text(vendored.replace('"openapi": "3.0.0"', '"openapi": "3.1.0"'))
    target = tmp_path / "package"

    assert 0 == main([f"--document={tmp_path / 'document.json'}", f"--target={target}"])
    found, expected = content(target), content(TARGET)
    assert {"document.json", "facts.py"} == {name for name in expected if found[name] != expected[name]}
