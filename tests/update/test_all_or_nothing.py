"""Whatever goes wrong, and whenever, the checkout is as it was; or all of it is new."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.document import DocumentError, read_yaml
from scripts.generate.folders import UNDO, recover, swap
from scripts.generate.generation import ROOT
from scripts.update import __main__ as command
from scripts.update import update as updating
from scripts.update.update import update

from .checkouts import CHECKOUT, content, copy_of_the_checkout, page
from .documents import LOOK_UP, NOISE, Json, edited, field, listing, schemas, values

STAGES = [
    "reading the sources",
    "merging them",
    "generating the package",
    "comparing documents and packages",
    "running the tests that hold for every document",
    "swapping it in",
]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_checkout(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def checkout(pristine: Path, tmp_path: Path) -> Path:
    shutil.copytree(pristine, tmp_path / "checkout", symlinks=True)
    return tmp_path / "checkout"


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A source that brings a service and a field."""
    path = tmp_path / "moved.json"
    edits = (values("IntegrationService", "Chargebee"), field("vatNumber", {"type": "string"}))
    path.write_text(json.dumps(edited(*edits, NOISE["numbers everywhere"])), encoding="utf-8")
    return path


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests that hold for every document are taken to pass; they have a test of their own."""
    monkeypatch.setattr(updating, "try_out", lambda *_: None)


def run(checkout: Path, *sources: Path) -> int:
    return command.main([*map(str, sources), f"--root={checkout}"])


@pytest.mark.usefixtures("mypy_cache")
def test_the_whole_way(checkout: Path, moved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One command: document, package, provenance and changelog move together; a second one has nothing to do."""
    assert 0 == run(checkout, moved)
    printed = capsys.readouterr().out
    text = (checkout / "openapi" / "customers.yaml").read_bytes()
    facts = (checkout / "sequence_customers_client" / "_generated" / "facts.py").read_text(encoding="utf-8")
    provenance = read_yaml(checkout / "openapi" / "provenance.yaml")

    assert printed == (checkout / "build" / "update-report.md").read_text(encoding="utf-8")
    assert ("verdict: additive", "next version: 0.2.0") == (printed.splitlines()[0], printed.splitlines()[-1])
    assert provenance["sha256"] in facts
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", provenance["vendored"])
    assert [{"file": "moved.json"}] == provenance["sources"]
    assert "`IntegrationService.CHARGEBEE` is new" in (checkout / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (
        3 == len(set(text.decode().splitlines()) ^ set(CHECKOUT.text.decode().splitlines())) + 1 or b"Chargebee" in text
    )

    settled = content(checkout)
    assert 0 == run(checkout, moved)
    assert "verdict: none" == capsys.readouterr().out.splitlines()[0]
    assert settled.keys() == content(checkout).keys()
    differing = [name for name, value in content(checkout).items() if settled[name] != value]
    assert ["build/update-report.md"] == differing


@pytest.mark.usefixtures("untried")
def test_where_it_comes_from(checkout: Path, tmp_path: Path) -> None:
    """A page stands beside those of other operations, and in the place of an older one of its own; a file for all."""
    for block, edit in (("b1 GET /customers", listing()), ("b2 GET /customers", values("State", "GU"))):
        document = edited(listing(), edit)
        del document["paths"][LOOK_UP]
        (tmp_path / "list.md").write_bytes(page(document, block))
        assert 0 == run(checkout, tmp_path / "list.md")
    sources = read_yaml(checkout / "openapi" / "provenance.yaml")["sources"]
    (tmp_path / "api.json").write_text(json.dumps(edited(listing())), encoding="utf-8")

    assert ["GET /customers/by-alias/{alias}", "b2 GET /customers"] == [
        each["block"].removeprefix("customer.2024-07-30.product.live ") for each in sources
    ]
    assert 0 == run(checkout, tmp_path / "api.json")
    assert [{"file": "api.json"}] == read_yaml(checkout / "openapi" / "provenance.yaml")["sources"]


def test_nothing_to_do(checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The page that the document comes from changes nothing but the report."""
    path = tmp_path / "page.md"
    path.write_bytes(b"# A page\n\n````yaml x GET /\n" + CHECKOUT.text + b"````\n")
    before = content(checkout)

    assert 0 == run(checkout, path)
    after = content(checkout)
    assert before == {name: value for name, value in after.items() if not name.startswith("build")}
    assert "next version: 0.1.0" == capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(("at", "ended_by"), [*((at, KeyboardInterrupt) for at in STAGES), (STAGES[-1], OSError)])
@pytest.mark.usefixtures("untried")
def test_ended_at_any_stage(at: str, ended_by: type[BaseException], checkout: Path, moved: Path) -> None:
    """Whatever ends the update before its end, no byte of the checkout is another."""
    before = content(checkout)

    def stage(name: str) -> None:
        if name == at:
            raise ended_by

    with pytest.raises((KeyboardInterrupt, OSError)):
        update(checkout, (moved,), stage)
    assert before == content(checkout)


def test_a_test_that_fails(checkout: Path, moved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a test that holds for every document does not, the checkout is as it was, and the test is named."""
    test = checkout / "tests" / "document" / "test_package.py"
    test.write_text("def test_words() -> None:\n    assert 1 == 2\n", encoding="utf-8")
    before = content(checkout)

    assert 1 == run(checkout, moved)
    assert before == content(checkout)
    message = capsys.readouterr().err
    assert "the tests that hold for every document fail" in message
    assert "test_words" in message


@pytest.mark.parametrize("step", range(1, 11))
@pytest.mark.parametrize("broken", [OSError, KeyboardInterrupt])
def test_swap_that_breaks(
    step: int, broken: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step of the swap breaks, every file and folder is what it was; or there were fewer steps."""
    replacements, root = _tree(tmp_path)
    before = content(root)
    steps = iter(range(1, 99))
    for owner, name in ((shutil, "copy"), (shutil, "copytree"), (Path, "rename")):
        monkeypatch.setattr(owner, name, _breaking(getattr(owner, name), steps, step, broken))

    try:
        swap(root, replacements)
    except broken:
        assert before == {name: value for name, value in content(root).items() if name != "build"}
    else:
        assert b"new" == (root / "a.yaml").read_bytes()


def _tree(folder: Path) -> tuple[dict[Path, Path], Path]:
    root, fresh = folder / "root", folder / "fresh"
    for base, text in ((root, "old"), (fresh, "new")):
        (base / "package").mkdir(parents=True)
        (base / "a.yaml").write_text(text, encoding="utf-8")
        (base / "package" / f"{text}.py").write_text(text, encoding="utf-8")
    (fresh / "b.md").write_text("new", encoding="utf-8")
    return {Path("a.yaml"): fresh / "a.yaml", Path("b.md"): fresh / "b.md", Path("package"): fresh / "package"}, root


def _breaking(function: Callable[..., None], steps: Any, step: int, broken: type[BaseException]) -> Callable[..., None]:
    def breaking(*arguments: Any) -> None:
        if next(steps) == step:
            raise broken
        function(*arguments)

    return breaking


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from scripts.generate import folders
steps = iter(range(1, 99))
def wrap(function):
    def killed(*arguments):
        if next(steps) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return killed
for owner, name in ((shutil, "copy"), (shutil, "copytree"), (Path, "rename")):
    setattr(owner, name, wrap(getattr(owner, name)))
folder = Path(sys.argv[1])
names = ("a.yaml", "b.md", "package")
folders.swap(folder / "root", {Path(name): folder / "fresh" / name for name in names})
"""


@pytest.mark.parametrize("step", range(1, 10))
def test_killed_amid_the_swap(step: int, tmp_path: Path) -> None:
    """After a `kill -9` in the swap, the next run finds all as it was, or all new; never a half of each."""
    _, root = _tree(tmp_path)
    before, fresh = content(root), content(tmp_path / "fresh")
    killed = [sys.executable, "-c", KILLED, str(tmp_path), str(step)]
    done = subprocess.run(killed, cwd=ROOT, check=False)  # noqa: S603
    recover(root)

    names = ("a.yaml", "b.md", "package/old.py", "package/new.py")
    found = {name: value for name, value in content(root).items() if name in names}
    assert -signal.SIGKILL == done.returncode
    assert found in [{name: value for name, value in each.items() if name in names} for each in (before, fresh)]
    assert not (root / UNDO).exists()
    assert [] == [name for name in content(root) if name not in {*names, "package", "build"}]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_from_outside(number: signal.Signals, checkout: Path, moved: Path) -> None:
    """Ctrl-C, or a CI that gives up, in the middle of the tests: one line, and the checkout as it was."""
    waiting = checkout / "tests" / "document" / "test_package.py"
    waiting.write_text(
        "import os, signal\n\n\ndef test_waits() -> None:\n"
        f"    os.kill(os.getppid(), {int(number)})\n    signal.pause()\n",
        encoding="utf-8",
    )
    before = content(checkout)
    arguments = [sys.executable, "-m", "scripts.update", str(moved), f"--root={checkout}"]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603

    assert 130 == done.returncode
    assert "update-spec: interrupted; nothing was changed" in done.stderr
    assert before == content(checkout)


def test_one_at_a_time(checkout: Path, moved: Path) -> None:
    """Two updates of one checkout do not meet."""

    def stage(_: str) -> None:
        with pytest.raises(DocumentError, match="another update is under way"):
            update(checkout, (moved,))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update(checkout, (moved,), stage)


# --- Sources that are none


def _page_with(text: bytes) -> bytes:
    return b"# Page\n\n````yaml x GET /\n" + text + b"\n````\n"


def without_address(document: Json) -> None:
    schemas(document)["Customer20240509"]["properties"]["address"] = {"type": "string"}


def of_others(document: Json) -> None:
    document["paths"] = {"/invoices": document["paths"].popitem()[1]}
    document["paths"]["/invoices"]["get"]["tags"] = ["Invoices"]


def warned_about(document: Json) -> None:
    document["paths"]["/customers"] = {
        "get": {"responses": {"200": {"description": "", "content": {"image/png": {"schema": {}}}}}}
    }


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "empty file": ("a.yaml", b"", "a.yaml: not an OpenAPI 3 document"),
    "binary": ("a.yaml", bytes(range(256)), "a.yaml: neither YAML nor JSON"),
    "truncated": ("a.yaml", CHECKOUT.text[: len(CHECKOUT.text) // 2], ""),
    "truncated JSON": ("a.json", json.dumps(edited()).encode()[:5000], "a.json: neither YAML nor JSON"),
    "HTML": ("a.yaml", b"<!DOCTYPE html><html><body>Sign in</body></html>", "a.yaml: "),
    "an error in JSON": ("a.json", b'{"message": "Too many requests"}', "a.json: not an OpenAPI 3 document"),
    "Swagger 2": ("a.json", b'{"swagger": "2.0", "paths": {}}', "a.json: not an OpenAPI 3 document"),
    "no operation": ("a.json", json.dumps(edited(lambda d: d.update(paths={}))).encode(), "a.json: has no operation"),
    "not ours": (
        "a.json",
        json.dumps(edited(lambda d: d.update(paths={"/x": d["paths"].popitem()[1]})))
        .replace("Customer Aliases", "X")
        .encode(),
        "a.json: none of its operations is ours",
    ),
    "a page without a block": ("a.md", b"# Page\n\nWords.\n", "a.md: a page has one fenced OpenAPI block"),
    "a page with two": ("a.md", page(edited()) + page(edited()), "and this has 2"),
    "a block without an end": ("a.md", page(edited()).rstrip(b"`\n"), "a.md: a fenced block has no end"),
    "a page with another block": ("a.md", _page_with(b"a: 1"), "and this has none"),
    "a billion laughs": (
        "a.yaml",
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(8)),
        "a.yaml: its aliases unfold to more than",
    ),
    "a tag": ("a.yaml", b"!!python/object/apply:os.system [touch x]\n", "a.yaml: neither YAML nor JSON"),
    "a broken reference": (
        "a.json",
        json.dumps(edited()).replace('schemas/Address"', 'schemas/Nowhere"').encode(),
        "a.json: #/components/schemas/Nowhere: a reference to nothing in the document",
    ),
    "a remote reference": (
        "a.json",
        json.dumps(edited()).replace('"#/components/schemas/Address"', '"https://a.b/c#/d"').encode(),
        "a.json: https://a.b/c#/d: a reference to nothing",
    ),
    "what the overlay changes is gone": ("a.json", json.dumps(edited(without_address)).encode(), "matches nothing"),
    "what the generator warns about": (
        "a.json",
        json.dumps(edited(warned_about)).encode(),
        "WARNING parsing GET /customers",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.usefixtures("untried")
def test_hostile_source(case: str, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source that cannot be used is refused in a few lines, and the checkout is as it was."""
    name, text, expected = HOSTILE[case]
    (tmp_path / name).write_bytes(text)
    before = content(checkout)

    assert 1 == run(checkout, tmp_path / name)
    message = capsys.readouterr().err
    assert expected in message
    assert 2 == len(message.splitlines())
    assert re.search(r"update-spec: nothing was changed", message)
    assert str(tmp_path) not in message
    assert before == content(checkout)


def test_missing_source(checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A source that is not there is named."""
    assert 1 == run(checkout, tmp_path / "nowhere.md")
    assert "nowhere.md: cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.usefixtures("untried")
def test_a_report_elsewhere(checkout: Path, moved: Path, tmp_path: Path) -> None:
    """The report goes where it is told to, and CI finds it there."""
    target = tmp_path / "out" / "report.md"

    assert 0 == command.main([str(moved), f"--root={checkout}", f"--report={target}"])
    assert target.read_text(encoding="utf-8").startswith("verdict: additive\n")
    assert not (checkout / "build" / "update-report.md").exists()
