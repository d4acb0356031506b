"""The README, in one's first five minutes; that its blocks and commands run is in test_docs."""

from __future__ import annotations

import re
import runpy
import warnings
from pathlib import Path

import pytest

from sequence_customers_client.testing import Reply, SequenceServer, example_customer

from .markdown import ROOT, blocks

README = ROOT / "README.md"


def test_it_is_short() -> None:
    """Nobody reads more before the first call."""
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_service_looks_a_customer_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service starts, asks Sequence over HTTP, and stops."""
    service = next(block for block in blocks(README) if block.file_name == "service.py")
    (tmp_path / "service.py").write_text(service.text, encoding="utf-8")
    with SequenceServer({"acme": Reply(body=example_customer())}) as server:
        for name, value in {"BASE_URL": server.base_url, "CLIENT_ID": "id", "CLIENT_SECRET": "secret"}.items():
            monkeypatch.setenv(f"SEQUENCE_{name}", value)
        app = runpy.run_path(str(tmp_path / "service.py"))["app"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the web framework is made of
            from fastapi.testclient import TestClient  # noqa: PLC0415
        with TestClient(app) as client:
            assert "John Doe" == client.get("/customers/acme").json()["legalName"]
            assert 404 == client.get("/customers/nobody").status_code


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)\s]+)\)", README.read_text(encoding="utf-8")))
def test_links_resolve(target: str) -> None:
    """Each link and picture is of a file that there is, or of a heading."""
    path, _, heading = target.partition("#")
    page = ROOT / path if path else README

    assert page.exists()
    if heading:
        titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert heading in {re.sub(r"[^\w -]", "", title).replace(" ", "-").lower() for title in titles}
