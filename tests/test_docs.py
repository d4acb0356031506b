"""The documentation: what it says runs, and the site that is made of it holds together, for whoever looks at it."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from typer.main import get_command

import sequence_customers_client
from scripts import terminal
from sequence_customers_client import AsyncSequenceClient, SequenceClient, SequenceError, bulk, testing
from sequence_customers_client._cli.app import app
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

from .markdown import ROOT, blocks, commands, run_python

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LANGUAGES = {"python", "console", "text", "yaml", "{include}", "{literalinclude}", "{toctree}"}
ELSEWHERE = {"poetry"}
"""What nobody installs for development."""

page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


# --- What the pages say


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The folder of a reader, and an environment that has a server, credentials, and a secret in a file."""
    (tmp_path / "secret.txt").write_text("secret\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQUENCE_CLIENT_ID", "id")
    monkeypatch.setenv("SEQUENCE_CLIENT_SECRET", "secret")
    with SequenceServer({"acme": Reply(body=example_customer())}) as server:
        monkeypatch.setenv("SEQUENCE_BASE_URL", server.base_url)
        yield tmp_path


@page
def test_every_block_says_what_it_is(page: Path) -> None:
    """There is no block that no test knows how to run, or knows that it need not be run."""
    assert set() == {block.language for block in blocks(page)} - LANGUAGES


@page
def test_python_runs(page: Path, reader: Path) -> None:
    """The blocks of a page run in their order, without a warning; and the tests among them pass."""
    run_python(page, reader)


@pytest.mark.parametrize("command", sorted({command for each in PAGES for command in commands(each)}))
def test_commands_exist(command: str) -> None:
    """Whatever is typed at a prompt is there, with the options that it is given; releases are installed elsewhere."""
    for part in re.split(r" (?:&&|\|) ", command):
        match shlex.split(part):
            case ["make", target]:
                done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, check=False)  # noqa: S603, S607 - it only says

                assert 0 == done.returncode, done.stderr
            case ["python", "-m", module, *_]:
                assert importlib.util.find_spec(module)
            case [*_, "sequence-customers", "--help"]:
                pass
            case ["sequence-customers", *arguments]:
                given = get_command(app)
                if not arguments[0].startswith("-"):
                    given = given.commands[arguments.pop(0)]  # type: ignore[attr-defined] # it is a group
                options = {option for parameter in given.params for option in parameter.opts}

                assert set() == {each for each in arguments if each.startswith("--")} - options
            case [program, *_]:
                assert program in ELSEWHERE or shutil.which(program, path=str(Path(sys.executable).parent))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_completes(shell: str) -> None:
    """What `--show-completion` prints for a shell asks the command, which knows its own commands."""
    asked = {
        "_SEQUENCE_CUSTOMERS_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "sequence-customers lo",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": "sequence-customers lo",
        "COMP_CWORD": "1",
    }
    run = "import sys; sys.argv[0] = 'sequence-customers'; from sequence_customers_client._cli import main; main()"

    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", run], env=os.environ | asked, capture_output=True, text=True, check=False
    )

    assert re.search(r"\blookup\b", done.stdout), done.stderr


def test_every_error_is_explained() -> None:
    """The page on errors has each class."""
    names = {name: getattr(sequence_customers_client, name) for name in sequence_customers_client.__all__}
    errors = {name for name, value in names.items() if isinstance(value, type) and issubclass(value, SequenceError)}
    headings = re.findall(r"^## (\w+)$", (DOCS / "errors.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert errors == set(headings)


def test_terminal_is_drawn(tmp_path: Path) -> None:
    """The picture of the terminal is of a real run, and fetches nothing from elsewhere."""
    terminal.draw(tmp_path / "terminal.svg")

    for picture in tmp_path / "terminal.svg", DOCS / "terminal.svg":
        text = picture.read_text(encoding="utf-8").replace("&#160;", " ")
        assert "Acme Ltd" in text
        assert "the credentials are accepted" in text
        assert [] == _LOADED.findall(text)


# --- The site

_LOADED = re.compile(r"""url\(["']?(?!data:)([^)"'#]+)|@import ["']([^"']+)""")
"""What a style sheet, or a picture, asks for."""


class Html(HTMLParser):
    """What a page links to, what it loads, and what can be linked to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given.get("id", ""), given.get("name", "")}
        if tag == "a":
            self.links.append(given.get("href", ""))
        else:
            self.loads += [given[name] for name in ("src", "href", "data") if name in given]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` makes it: a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    options = "--quiet", "--fail-on-warning", "--keep-going", "--doctree-dir", str(folder / "doctrees")
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(folder / "html")]

    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - Sphinx

    assert (0, "") == (done.returncode, done.stderr)
    return folder / "html"


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Html]:
    return {path: Html(path) for path in site.rglob("*.html")}


def test_links_resolve(site: Path, pages: dict[Path, Html]) -> None:
    """Whatever a page of the site links to, or loads, within the site is there, down to the place in the page."""
    broken = []
    for path, html in pages.items():
        for link in [*html.links, *html.loads]:
            target, fragment = urldefrag(urljoin(path.as_uri(), link))
            if urlsplit(target).scheme == "file":
                there = Path(unquote(urlsplit(target).path))
                known = pages.get(there)
                if not there.exists() or (fragment and known and unquote(fragment) not in known.ids):
                    broken.append((path.relative_to(site).as_posix(), link))

    assert [] == broken


def test_site_loads_nothing_from_elsewhere(site: Path, pages: dict[Path, Html]) -> None:
    """No script, style, font or picture comes from another host."""
    loaded = [(path.name, load) for path, html in pages.items() for load in html.loads]
    for path in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        loaded += [(path.name, "".join(found)) for found in _LOADED.findall(path.read_text(encoding="utf-8"))]

    assert [] != loaded
    assert [] == [(name, load) for name, load in loaded if urlsplit(load).netloc]


def test_reference_has_every_public_name(pages: dict[Path, Html]) -> None:
    """Names of the package and of each public module, operations, fixtures, commands and their options."""
    package = "sequence_customers_client"
    names = {f"{package}.{name}" for name in sequence_customers_client.__all__}
    names |= {f"{package}.testing.{name}" for name in testing.__all__}
    names |= {f"{package}.bulk.{name}" for name in bulk.__all__}
    names |= {f"{package}.otel.SequenceInstrumentor.{name}" for name in ("instrument", "uninstrument")}
    names |= {
        f"{package}.testing.pytest_plugin.{name}"
        for name in ("fake_sequence", "sequence_client", "async_sequence_client")
    }
    for client in AsyncSequenceClient, SequenceClient:
        for resource in client._resources:
            methods = {name for name in vars(getattr(client, resource)) if not name.startswith("_")}
            names |= {f"{package}.{client.__name__}.{resource}.{name}" for name in methods}
    names |= {f"sequence-customers-{name}" for name in get_command(app).commands}  # type: ignore[attr-defined]

    assert set() == names - {each for html in pages.values() for each in html.ids}


# --- The site in a browser

AXE = Path(sys.prefix, "node", "node_modules", "axe-core", "axe.min.js")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

browsed = [
    pytest.mark.services,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"),
]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, as `make docs-serve` does it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM) as browser:
        yield browser


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[360, 1280])
def tab(request: pytest.FixtureRequest, browser: Browser, scheme: Any) -> Iterator[Page]:
    """An empty page, narrow or wide, light or dark."""
    with browser.new_context(viewport={"width": request.param, "height": 800}, color_scheme=scheme) as context:
        yield context.new_page()


class TestBrowser:
    pytestmark = browsed

    def test_pages_fit_and_are_accessible(self, tab: Page, address: str, site: Path) -> None:
        """No page is wider than the screen, none has a serious violation for axe, and none asks another host."""
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        wrong = []
        for path in sorted(site.rglob("*.html")):
            name = path.relative_to(site).as_posix()
            tab.goto(f"{address}/{name}")
            tab.add_script_tag(path=AXE)
            violations = tab.evaluate("axe.run().then(found => found.violations)")
            for each in violations:
                if each["impact"] in {"serious", "critical"}:
                    wrong.append((name, each["id"], each["nodes"][0]["html"], len(each["nodes"])))
            if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append((name, "too wide", "", 1))

        assert [] == wrong
        assert [] == [url for url in asked if not url.startswith(address)]

    def test_keyboard_reaches_navigation_and_search(self, tab: Page, address: str) -> None:
        """With nothing but keys one searches, and goes to another page by the navigation."""
        tab.goto(f"{address}/index.html")
        reached = []
        for _ in range(12):
            tab.keyboard.press("Tab")
            reached.append(
                tab.evaluate("[document.activeElement.tagName, document.activeElement.outerHTML.slice(0, 120), document.activeElement.getBoundingClientRect().x]")
            )

        assert [] == reached
