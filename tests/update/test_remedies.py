"""Each remedy that a message of the update proposes is one: applied, the update goes on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scripts.generate import document as limits
from scripts.generate.document import DocumentError
from scripts.update import update as updating
from scripts.update.update import update

from .checkouts import CHECKOUT, copy_of_the_checkout, page
from .documents import LOOK_UP, Json, edited, listing, schemas, values


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(updating, "try_out", lambda *_: None)
    return copy_of_the_checkout(tmp_path / "checkout")


def _source(folder: Path, document: Json, name: str = "api.json") -> Path:
    path = folder / name
    path.write_bytes(page(document) if name.endswith(".md") else json.dumps(document).encode())
    return path


def _refused(checkout: Path, *sources: Path) -> str:
    with pytest.raises(DocumentError) as raised:
        update(checkout, sources)
    return str(raised.value)


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_operations_of_others(checkout: Path, tmp_path: Path) -> None:
    """A path that is listed in openapi/operations.yaml is ours."""
    document = edited(listing("/invoices"))
    document["paths"]["/invoices"]["get"]["tags"] = []
    del document["paths"][LOOK_UP]
    path = _source(tmp_path, document, "a.md")

    assert "openapi/operations.yaml says which are" in _refused(checkout, path)
    _replace(checkout / "openapi" / "operations.yaml", "paths:\n", "paths:\n  - /invoices/**\n")
    assert "additive" == str(update(checkout, (path,)).verdict)


def test_an_operation_that_cannot_be_used(checkout: Path, tmp_path: Path) -> None:
    """What is left out with openapi/operations.yaml, or mended by an action of the overlay, is in nobody's way."""
    document = edited(listing("/customers/odd"), values("State", "GU"))
    odd = {"name": "odd", "in": "query", "content": {"text/plain": {}}}
    document["paths"]["/customers/odd"]["get"]["parameters"].append(odd)
    path = _source(tmp_path, document)
    excluded, overlay = (checkout / "openapi" / name for name in ("operations.yaml", "overlay.yaml"))

    assert "/customers/odd parameter odd: has no schema" in _refused(checkout, path)
    _replace(excluded, "except: []", "except: [/customers/odd]")
    assert "additive" == str(update(checkout, (path,)).verdict)
    _replace(excluded, "except: [/customers/odd]", "except: []")
    action = "\n  - target: $.paths['/customers/odd'].get.parameters[?@.name == 'odd']\n    remove: true\n"
    overlay.write_text(overlay.read_text(encoding="utf-8").rstrip() + action, encoding="utf-8")
    assert "additive" == str(update(checkout, (path,)).verdict)


def test_sources_that_contradict_each_other(checkout: Path, tmp_path: Path) -> None:
    """Either source goes in where the other is left out."""
    one, other = (_source(tmp_path, edited(values("State", each)), f"{each}.json") for each in ("TX1", "TX2"))

    assert "leave one of them out" in _refused(checkout, one, other)
    assert "additive" == str(update(checkout, (one,)).verdict)


def test_servers(checkout: Path, tmp_path: Path) -> None:
    """An environment that follows its server, or gets a URL for a template, does so by openapi/environments.yaml."""
    document = edited(values("State", "GU"))
    document["servers"][2]["url"] = "https://new.sequencehq.com/api"
    document["servers"].append({"url": "https://{region}.sequencehq.com", "description": "Region"})
    report = update(checkout, (_source(tmp_path, document),))

    assert 2 == len([line for line in report.servers if line.endswith("openapi/environments.yaml")])
    ours = checkout / "openapi" / "environments.yaml"
    _replace(ours, "https://eu.", "https://new.")
    ours.write_text(ours.read_text(encoding="utf-8") + "US: https://us.sequencehq.com\n", encoding="utf-8")
    shutil.rmtree(checkout / "sequence_customers_client" / "_generated")
    CHECKOUT._replace(root=checkout).generate(checkout / "openapi" / "customers.yaml", tmp_path / "package")
    facts = (tmp_path / "package" / "facts.py").read_text(encoding="utf-8")
    assert "https://new.sequencehq.com/api" in facts
    assert "https://us.sequencehq.com" in facts


def test_a_changelog_of_nothing(checkout: Path, tmp_path: Path) -> None:
    """A changelog without a version takes entries once it has one."""
    path = _source(tmp_path, edited(values("State", "GU")))
    changelog = checkout / "CHANGELOG.md"
    changelog.write_text("# Changelog\n", encoding="utf-8")

    assert "add one, `## 0.1.0`" in _refused(checkout, path)
    changelog.write_text("# Changelog\n\n## 0.1.0\n", encoding="utf-8")
    assert "additive" == str(update(checkout, (path,)).verdict)
    assert "`State.GU` is new" in changelog.read_text(encoding="utf-8")


def test_a_package_that_is_gone(checkout: Path, tmp_path: Path) -> None:
    """Without the package that the vendored document yields, there is nothing to compare with: `make generate`."""
    path = _source(tmp_path, edited(values("State", "GU")))
    generated = checkout / "sequence_customers_client" / "_generated"
    shutil.rmtree(generated)

    assert "run `make generate`" in _refused(checkout, path)
    CHECKOUT._replace(root=checkout).generate(checkout / "openapi" / "customers.yaml", generated)
    assert "additive" == str(update(checkout, (path,)).verdict)


def test_an_operation_that_takes_for_ever(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes so long is left out with openapi/operations.yaml, and the rest is done in time."""
    document = edited(listing("/customers/slow"))
    for number in range(40):  # two ways from each to the next: a million million from the first to the last
        following = {"$ref": f"#/components/schemas/Slow{number + 1}X", "description": "words beside"}
        fields = {"one": following, "other": following} if number < 39 else {"end": {"type": "string"}}
        schemas(document)[f"Slow{number}X"] = {"type": "object", "properties": fields}
    answer = document["paths"]["/customers/slow"]["get"]["responses"]["200"]["content"]["application/json"]
    answer["schema"] = {"$ref": "#/components/schemas/Slow0X"}
    path = _source(tmp_path, document)
    monkeypatch.setattr(limits, "SECONDS", 2.0)

    assert "leave out what is slow with openapi/operations.yaml" in _refused(checkout, path)
    monkeypatch.setattr(limits, "SECONDS", 60.0)
    _replace(checkout / "openapi" / "operations.yaml", "except: []", "except: [/customers/slow]")
    assert "none" == str(update(checkout, (path,)).verdict)


def test_another_update(checkout: Path, tmp_path: Path) -> None:
    """Whoever waits for the update that is under way finds that it is done."""
    path = _source(tmp_path, edited(values("State", "GU")))
    refusals = []

    def stage(name: str) -> None:
        if name == "merging them":
            refusals.append(_refused(checkout, path))

    assert "additive" == str(update(checkout, (path,), stage).verdict)
    assert ["another update is under way: wait for it"] == refusals
    assert "none" == str(update(checkout, (path,)).verdict)


def test_a_block_without_an_end(checkout: Path, tmp_path: Path) -> None:
    """A page whose fence is closed is a page."""
    path = _source(tmp_path, edited(values("State", "GU")), "a.md")
    whole = path.read_bytes()
    path.write_bytes(whole.rstrip(b"`\n"))

    assert "a.md: a fenced block has no end; add it" == _refused(checkout, path)
    path.write_bytes(whole)
    assert "additive" == str(update(checkout, (path,)).verdict)
