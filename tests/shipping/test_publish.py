"""Publishing, for real: to pypiserver on loopback, with a password. What is refused leaves nothing behind."""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from scripts.release import gate
from scripts.release.gate import RefusalError, check, publish, write_record
from scripts.release.snapshot import PACKAGE, snapshot
from tests.shipping.checkout import Checkout
from tests.shipping.command import Distributions, Released, make, make_publish
from tests.shipping.privateindex import PASSWORD, PROTECTED, PrivateIndex, Relay, private_index

WHEEL = "sequence_customers_client-0.1.0-py3-none-any.whl"
SDIST = "sequence_customers_client-0.1.0.tar.gz"
INIT = f"{PACKAGE}/__init__.py"
UNREACHABLE = {
    "INDEX_URL": "http://127.0.0.1:9/simple/",
    "UV_PUBLISH_USERNAME": "u",
    "UV_PUBLISH_PASSWORD": "a-password",
}


def refusal(checkout: Checkout, environment: dict[str, str]) -> str:
    with pytest.raises(RefusalError) as caught:
        publish(checkout.root, environment)
    return str(caught.value)


@pytest.fixture(scope="module")
def released(pristine: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    """An index that has 0.1.0, published with one command; to be read only."""
    with private_index(tmp_path_factory.mktemp("released")) as index:
        yield make_publish(pristine, index)


@pytest.fixture(scope="module")
def built(released: Released) -> Distributions:
    """Wheel and sdist of 0.1.0, in dist/ of the work tree; publishing has built them."""
    return released.built


# --- What goes well


def test_one_command_publishes_a_clean_clone(pristine: Checkout, released: Released, built: Distributions) -> None:
    """`make publish` builds, checks, tries and uploads both files, says so, and never says the password."""
    commit = pristine.git("rev-parse", "HEAD")

    said = released.said

    packages = released.index.folder / "packages"
    assert [path.name for path in built] == released.index.files
    assert [path.read_bytes() for path in built] == [(packages / path.name).read_bytes() for path in built]
    assert f"sequence-customers-client 0.1.0, of 2026-11-22, from commit {commit[:12]}" in said
    assert "tried: sequence-customers-client 0.1.0, API version 2024-07-30\n" in said
    assert said.endswith("published sequence-customers-client 0.1.0\n")
    assert PASSWORD not in said
    assert not released.seen_on_a_command_line


@pytest.mark.usefixtures("built")
def test_dry_run_says_what_would_be_done_and_does_nothing(
    pristine: Checkout, index: PrivateIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    """With DRY_RUN=1 everything is checked, and nothing is sent."""
    publish(pristine.root, {**index.environment, "DRY_RUN": "1"})

    said = capsys.readouterr().out
    assert WHEEL in said
    assert SDIST in said
    assert said.endswith("dry run: nothing was sent\n")
    assert [] == index.files


@pytest.mark.usefixtures("built")
def test_address_may_be_that_for_uploads(pristine: Checkout, index: PrivateIndex) -> None:
    """INDEX_URL may be what pip takes, ending in /simple/, or what twine takes, without it."""
    publish(pristine.root, {**index.environment, "INDEX_URL": index.url.removesuffix("simple/")})

    assert [WHEEL, SDIST] == index.files


@pytest.mark.usefixtures("built")
def test_credentials_may_be_those_of_twine(pristine: Checkout, index: PrivateIndex) -> None:
    """TWINE_USERNAME and TWINE_PASSWORD do as well as uv's."""
    environment = {name.replace("UV_PUBLISH_", "TWINE_"): value for name, value in index.environment.items()}

    publish(pristine.root, environment)

    assert [WHEEL, SDIST] == index.files


@pytest.mark.usefixtures("built")
def test_credentials_may_be_in_the_keyring(
    pristine: Checkout, index: PrivateIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the environment has none, the keyring is asked for those of the index."""
    import keyring  # noqa: PLC0415 - to be patched
    from keyring.credentials import SimpleCredential  # noqa: PLC0415

    environment = index.environment
    found = SimpleCredential(environment.pop("UV_PUBLISH_USERNAME"), environment.pop("UV_PUBLISH_PASSWORD"))
    known = {environment["INDEX_URL"].removesuffix("simple/"): found}
    monkeypatch.setattr(keyring, "get_credential", lambda service, _: known.get(service))

    publish(pristine.root, environment)

    assert [WHEEL, SDIST] == index.files


# --- What is refused before the index is asked


def dirty(checkout: Checkout) -> None:
    checkout.append("README.md", "more\n")


def untracked(checkout: Checkout) -> None:
    checkout.write("sequence_customers_client/left_behind.py", "")


def no_section(checkout: Checkout) -> None:
    checkout.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- Something.\n")
    checkout.commit()


def no_date(checkout: Checkout) -> None:
    checkout.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0\n\n- Something.\n")
    checkout.commit()


def empty_section(checkout: Checkout) -> None:
    checkout.write(
        "CHANGELOG.md", "# Changelog\n\n## 0.1.0 - 2026-11-22\n\n### Added\n\n## 0.0.9 - 2026-11-21\n\n- A.\n"
    )
    checkout.commit()


def two_versions(checkout: Checkout) -> None:
    checkout.replace("pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    checkout.commit()


def odd_version(checkout: Checkout) -> None:
    checkout.replace("pyproject.toml", 'version = "0.1.0"', 'version = "0.1"')
    checkout.commit()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (dirty, "the tree is dirty: README.md; commit, or put it away, and try again"),
        (untracked, "the tree is dirty: sequence_customers_client/left_behind.py; commit"),
        (no_section, "CHANGELOG.md has no section '## 0.1.0 - DATE': say what changed"),
        (no_date, "CHANGELOG.md: the section of 0.1.0 has no date: '## 0.1.0 - YYYY-MM-DD'"),
        (empty_section, "CHANGELOG.md: the section of 0.1.0 is empty: say what changed"),
        (two_versions, "sequence_customers_client/_version.py does not say 0.2.0, as pyproject.toml does: set both"),
        (odd_version, "pyproject.toml: version '0.1' is not of the form X.Y.Z"),
    ],
)
def test_a_tree_that_is_no_release_is_refused(
    checkout: Checkout, change: Callable[[Checkout], None], reason: str
) -> None:
    """A dirty tree, or one whose version and changelog do not fit, is refused before anybody is asked."""
    change(checkout)

    assert refusal(checkout, UNREACHABLE).startswith(reason)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "INDEX_URL is not set: make publish INDEX_URL=https://…/simple/"),
        ({"INDEX_URL": DEFAULT_REPOSITORY}, "INDEX_URL is the public index: this package is private"),
        ({"INDEX_URL": TEST_REPOSITORY}, "INDEX_URL is the public index: this package is private"),
        ({"INDEX_URL": "http://index.test/simple/"}, "INDEX_URL is not https: the password would travel in the clear"),
        (
            {"INDEX_URL": "https://u:s3cret@index.test/"},
            "INDEX_URL holds credentials: they belong in the environment, or a keyring",
        ),
        ({"INDEX_URL": "index.test/simple"}, "INDEX_URL is no address: https://host/…"),
        ({"INDEX_URL": "https://index.test/", "UPLOAD_URL": DEFAULT_REPOSITORY}, "UPLOAD_URL is the public index"),
        ({"RELEASE_TAG": "v0.2.0"}, "the tag v0.2.0 is not v0.1.0, which pyproject.toml says"),
        (
            {"UV_PUBLISH_PASSWORD": ""},
            "no credentials: set UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, or use the keyring",
        ),
        ({"INDEX_URL": "http://127.0.0.1:9/"}, "checking: Checking 2 files against http://127.0.0.1:9/ error: Failed"),
    ],
)
def test_an_index_that_will_not_do_is_refused(
    pristine: Checkout, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], reason: str
) -> None:
    """No address, a public one, one that would give the password away, a tag of another version: a line for each."""
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")  # or it asks for twenty seconds whether an index is there by now
    given = {**UNREACHABLE, **environment} if environment else {}

    said = refusal(pristine, given)

    assert said.startswith(reason)
    assert "s3cret" not in said


# --- What the index has to say


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("actions", "user", "password"), [(PROTECTED, "publisher", "wrong-secret"), ("update", "nobody", PASSWORD)]
)
def test_wrong_credentials_are_refused(
    pristine: Checkout, tmp_path: Path, actions: str, user: str, password: str
) -> None:
    """Whether reading needs the password or not, a wrong one publishes nothing, and is not repeated."""
    with private_index(tmp_path, actions) as index:
        said = refusal(pristine, {**index.environment, "UV_PUBLISH_USERNAME": user, "UV_PUBLISH_PASSWORD": password})

        assert said.startswith("uploading, and the same command finishes the job: ")
        assert f"Failed to publish `dist/{WHEEL}`" in said
        # It may hang up on who still sends, and then nobody reads its 403.
        assert password not in said
        assert [] == index.files


@pytest.mark.usefixtures("built")
def test_dry_run_needs_no_credentials(
    pristine: Checkout, index: PrivateIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever has no password yet sees what would be done."""
    publish(pristine.root, {"INDEX_URL": index.url, "DRY_RUN": "1"})

    assert capsys.readouterr().out.endswith("dry run: nothing was sent\n")


def test_a_version_that_is_there_is_refused(pristine: Checkout, released: Released) -> None:
    """What was published is never published again, not even the same."""
    said = refusal(pristine, released.index.environment)

    assert "the index has sequence-customers-client 0.1.0 already" == said


def test_an_index_that_dies_half_way_is_told_of_and_the_same_command_finishes_the_job(
    pristine: Checkout,
    index: PrivateIndex,
    built: Distributions,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When the index goes away after the first file, the error says so; a second run sends what is missing."""
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with Relay(index, uploads=1) as relay:
        said = refusal(pristine, {**index.environment, "INDEX_URL": relay.index.url})
    half = index.files
    capsys.readouterr()
    publish(pristine.root, index.environment)

    assert said.startswith("uploading, and the same command finishes the job: ")
    assert f"Failed to publish `dist/{SDIST}`" in said
    assert [WHEEL] == half
    assert [path.name for path in built] == index.files
    assert f"File {WHEEL} already exists, skipping" in capsys.readouterr().out


@pytest.mark.usefixtures("built")
def test_half_a_release_is_not_finished_from_another_commit(pristine: Checkout, index: PrivateIndex) -> None:
    """The second half must be of the same make: other content under the same name is refused."""
    (index.folder / "packages" / SDIST).write_bytes(b"another sdist")

    said = refusal(pristine, index.environment)

    assert f"Local file and index file do not match for `{SDIST}`" in said
    assert [SDIST] == index.files


@pytest.mark.usefixtures("built")
def test_what_another_index_has_under_our_name_is_not_ours(
    pristine: Checkout, released: Released, capsys: pytest.CaptureFixture[str]
) -> None:
    """An index that redirects, for a project that it does not have, to another one, has nothing of it."""
    with redirecting(released.index.url) as url:
        publish(pristine.root, {**released.index.environment, "INDEX_URL": url, "DRY_RUN": "1"})

    assert capsys.readouterr().out.endswith("dry run: nothing was sent\n")


@contextmanager
def redirecting(target: str) -> Iterator[str]:
    """An index that has nothing, and sends whoever asks to another one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(303)
            self.send_header("Location", target.removesuffix("/simple/") + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple/"
        server.shutdown()
        thread.join(10)


# --- What the API has to say


def add_a_name(checkout: Checkout) -> None:
    checkout.append(INIT, '\n\ndef added() -> None:\n    """New."""\n\n\n__all__ += ["added"]\n')


def remove_a_name(checkout: Checkout) -> None:
    checkout.append(INIT, '\n__all__.remove("Customer")\n')


def change_nothing(checkout: Checkout) -> None:
    checkout.append(INIT, "# nothing that anybody sees\n")


def verdict(checkout: Checkout) -> str:
    """What the gate says."""
    try:
        return check(checkout.root)
    except RefusalError as error:
        return str(error.code)


def check_api(checkout: Checkout) -> tuple[int, str]:
    """How `make check-api` ends."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.release.gate"], cwd=checkout.root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def record(pristine: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone that has 0.1.0 on record; to be read only."""
    checkout = pristine.clone(tmp_path_factory.mktemp("record") / "checkout")
    compileall.compile_dir(checkout.root / PACKAGE, quiet=1)  # as it is read again and again
    write_record(checkout.root)
    checkout.commit()
    return checkout


@pytest.fixture
def recorded(record: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout that has 0.1.0 on record, to be changed at will, up to the first look at its API."""
    monkeypatch.setattr(gate, "snapshot", cache(snapshot))  # whatever version it is given then, the API is the same
    return Checkout(shutil.copytree(record.root, tmp_path / "recorded"))


@pytest.mark.parametrize(
    ("change", "small", "enough", "reason"),
    [
        (change_nothing, "0.1.0", "0.1.1", "0 changes of the API since 0.1.0"),
        (
            add_a_name,
            "0.1.1",
            "0.2.0",
            "0.1.1 is too low after 0.1.0: what is new calls for a new minor version, 0.2.0",
        ),
        (remove_a_name, "0.2.0", "1.0.0", "0.2.0 is too low after 0.1.0: what breaks calls for a new major version"),
    ],
)
def test_a_version_must_tell_of_what_changed(
    recorded: Checkout, change: Callable[[Checkout], None], small: str, enough: str, reason: str
) -> None:
    """A bump that is smaller than the change since the last release is refused; the one it calls for is not."""
    change(recorded)
    recorded.set_version(small)
    said = verdict(recorded)
    recorded.set_version(enough)

    assert (change is not change_nothing) is said.startswith("refused: ")
    assert reason in said
    assert verdict(recorded).startswith(f"sequence-customers-client {enough}: ")


def test_a_version_that_says_too_little_is_not_published(recorded: Checkout, index: PrivateIndex) -> None:
    """What the gate of CI refuses is not sent anywhere."""
    remove_a_name(recorded)
    recorded.release("0.2.0")

    done = make(recorded, "publish", **index.environment)

    assert 2 == done.returncode
    assert "what breaks calls for a new major version, 1.0.0 or higher" in done.stdout
    assert [] == index.files


def test_a_version_below_the_last_is_refused(recorded: Checkout) -> None:
    """Nobody publishes an older version after a newer one."""
    recorded.release("0.0.9")

    said = "refused: 0.0.9 is too low after 0.1.0: a version follows the one before it, 0.1.1 or higher"
    assert said == verdict(recorded)


def test_gate_says_that_nothing_was_released_yet(pristine: Checkout) -> None:
    """Before the first release there is nothing to break, and the gate says just that."""
    said = "sequence-customers-client 0.1.0: no release is on record, so there is nothing that it could break\n"

    assert (0, said) == check_api(pristine)


def test_gate_misses_a_release_that_nobody_recorded(checkout: Checkout) -> None:
    """A changelog that tells of an earlier release, and no record of it: somebody forgot."""
    checkout.set_version("0.2.0")
    checkout.append("CHANGELOG.md", "\n## 0.1.0 - 2026-11-01\n\n- The first.\n")

    assert (1, "refused: CHANGELOG.md tells of 0.1.0, and the last release on record is none\n") == check_api(checkout)
