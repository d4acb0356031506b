"""A document that takes for ever ends in one line."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.generate import __main__ as generating
from scripts.generate import document as limits
from scripts.generate.document import DocumentError, read_yaml, refusing
from scripts.update import __main__ as updating

from .checkouts import CHECKOUT, content
from .documents import edited, values

AT_ONCE = 1e-6


def _work_without_end() -> None:
    # Not in the with-block itself: what a signal raises as a loop jumps back, Python 3.14 may not lead to its end.
    all(True for _ in itertools.count())


def test_work_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that goes on and on is ended, and so is a child that is waited for."""
    monkeypatch.setattr(limits, "SECONDS", 0.02)
    with pytest.raises(DocumentError, match=r"^api\.json: took more than 0\.02 s; leave out"), refusing("api.json"):
        _work_without_end()
    begun = time.perf_counter()
    monkeypatch.setattr(limits, "SECONDS", 0.2)
    with pytest.raises(DocumentError, match="took more than"), refusing("api.json"):
        subprocess.run([sys.executable, "-c", "import signal; signal.pause()"], check=False)
    assert time.perf_counter() - begun < 60


def test_a_limit_within_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an update generates has no time of its own: the first limit holds for all of it."""
    monkeypatch.setattr(limits, "SECONDS", 0.02)
    with pytest.raises(DocumentError, match=r"^a: took more"), refusing("a"), refusing("b"):
        _work_without_end()


def test_a_file_that_takes_for_ever_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names it once, wherever within it the time was up."""
    path = tmp_path / "api.yaml"
    path.write_text("".join(f"key{number}: value\n" for number in range(60_000)), encoding="utf-8")
    monkeypatch.setattr(limits, "SECONDS", 0.1)
    with pytest.raises(DocumentError, match=r"^api\.yaml: took more"), refusing("api.yaml"):
        read_yaml(path)


def test_what_is_done_in_time() -> None:
    """What ends in time is left alone, then and later, and an alarm that was set before stays set."""
    former = signal.getsignal(signal.SIGALRM)
    with refusing("a"), refusing("b"):
        pass

    assert former == signal.getsignal(signal.SIGALRM)


def test_both_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`make generate` and `make update-spec` refuse in a line, and nothing has changed."""
    monkeypatch.setattr(limits, "SECONDS", AT_ONCE)
    path = tmp_path / "api.json"
    path.write_text(json.dumps(edited(values("State", "GU"))), encoding="utf-8")
    before = content(CHECKOUT.root)

    assert 1 == generating.main([f"--document={path}", f"--target={tmp_path / 'package'}"])
    assert "generate: api.json: took more than 1e-06 s" in capsys.readouterr().err
    assert 1 == updating.main([str(path), f"--root={CHECKOUT.root}"])
    message = capsys.readouterr().err.splitlines()
    assert "update-spec: api.json: took more than 1e-06 s" in message[0]
    assert 2 == len(message)
    assert not (tmp_path / "package").exists()
    assert before == content(CHECKOUT.root)
