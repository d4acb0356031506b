"""What a source says of servers is told, and no environment is lost by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.generate.generation import read_environments
from scripts.update.report import Report

from .checkouts import CHECKOUT, merged, source
from .documents import VENDORED, Json, edited
from .vendor import vendor_document

US = {"url": "https://us.sequencehq.com/api", "description": "US"}
CASES: dict[str, tuple[Callable[[Json], object], str]] = {
    "gone": (lambda d: d["servers"].pop(0), "DEV is not listed any more, and stays: https://dev.seqhq.io/api is in"),
    "moved": (
        lambda d: d["servers"][2].update(url="https://new.sequencehq.com/api"),
        "PRODUCTION moved from https://eu.sequencehq.com/api to https://new.sequencehq.com/api; to follow, change",
    ),
    "new": (lambda d: d["servers"].append(US), "US is new: https://us.sequencehq.com/api"),
    "templated": (
        lambda d: d["servers"].append({"url": "https://{region}.sequencehq.com", "description": "Region"}),
        "https://{region}.sequencehq.com is ignored: no plain https URL with a name; to call it, add one to",
    ),
    "without a name": (lambda d: d["servers"].append({"url": "https://us.sequencehq.com"}), "is ignored"),
}


@pytest.mark.parametrize("case", CASES)
def test_told(case: str) -> None:
    """A server that is gone, moved, new or of no use is told in one line, and every environment stands."""
    edit, expected = CASES[case]
    result = merged(source(edited(edit)))
    page = Report(("api.json",), (), (), CHECKOUT.version, result.servers).markdown()
    environments = read_environments(CHECKOUT.root / "openapi" / "environments.yaml", result.document)

    assert 1 == len(result.servers)
    assert expected in result.servers[0]
    assert f"## Servers\n\n- {result.servers[0]}\n" in page
    assert {"DEV", "SANDBOX", "PRODUCTION"} <= set(environments)
    assert ("US" in environments) is (case == "new")


def test_nothing_to_tell() -> None:
    """Another order, a slash more and another case of a name are no news; nor is what another source lists."""
    other = edited(lambda d: d["servers"].reverse(), lambda d: d["servers"][0].update(description="Production"))
    other["servers"][1]["url"] += "/"

    assert () == merged(source(other)).servers
    assert () == merged(source(vendor_document(24, 40)), source(VENDORED, "page.md", is_page=True)).servers


def test_a_server_that_moved_is_told_until_somebody_follows(tmp_path: Path) -> None:
    """The environment keeps its URL, whatever a document lists, until openapi/environments.yaml has another."""
    moved = merged(source(edited(CASES["moved"][0]))).document
    ours = (CHECKOUT.root / "openapi" / "environments.yaml").read_text(encoding="utf-8")
    followed = tmp_path / "environments.yaml"
    followed.write_text(ours.replace("https://eu.", "https://new."), encoding="utf-8")

    assert "https://eu.sequencehq.com/api" == read_environments(_ours(), moved)["PRODUCTION"]
    assert "https://new.sequencehq.com/api" == read_environments(followed, moved)["PRODUCTION"]


def _ours() -> Path:
    return CHECKOUT.root / "openapi" / "environments.yaml"
