"""The documentation site, as it is built: it holds together, and everybody can read it."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from typer.main import get_command

import sequence_customers_client
from sequence_customers_client import AsyncSequenceClient, SequenceClient, bulk, testing
from sequence_customers_client._cli.app import app

from .markdown import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
    command = [sys.executable, "-m", "sphinx", *options, str(ROOT / "docs"), str(folder / "html")]

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
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a second, of each worker that collects

    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM) as browser:
        yield browser


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=[360, 1280])
def tab(request: pytest.FixtureRequest, browser: Browser, scheme: Any) -> Iterator[Page]:
    """An empty page, narrow or wide, light or dark."""
    with browser.new_context(viewport={"width": request.param, "height": 800}, color_scheme=scheme) as context:
        context.set_default_timeout(120_000)  # on a machine that does much else
        yield context.new_page()


@pytest.mark.services
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")
class TestBrowser:
    def test_pages_fit_and_are_accessible(self, tab: Page, address: str, site: Path) -> None:
        """No page is wider than the screen, none has a serious violation for axe, and none asks another host."""
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        wrong = []
        for path in sorted(site.rglob("*.html")):
            name = path.relative_to(site).as_posix()
            tab.goto(f"{address}/{name}")
            tab.add_script_tag(path=AXE)
            found = tab.evaluate("axe.run().then(results => results.violations)")
            wrong += [(name, each["id"]) for each in found if each["impact"] in {"serious", "critical"}]
            if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wrong.append((name, "too wide"))

        assert [] == wrong
        assert [] == [url for url in asked if not url.startswith(address)]

    def test_keyboard_reaches_search_and_navigation(self, tab: Page, address: str) -> None:
        """With nothing but keys one finds a page by the search, and goes to another by the navigation."""
        tab.goto(f"{address}/index.html")
        self.press_tab_until_at(tab, ".sidebar-search")
        tab.keyboard.type("deadline")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#search-results a")

        tab.goto(f"{address}/index.html")
        self.press_tab_until_at(tab, ".sidebar-tree a")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/tutorial.html")

    def press_tab_until_at(self, tab: Page, selector: str) -> None:
        """Reach an element, and see it."""
        for _ in range(10):
            tab.keyboard.press("Tab")
            if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
                tab.wait_for_function("document.activeElement.getBoundingClientRect().x >= 0")
                return
        pytest.fail(f"no key reaches {selector}")
