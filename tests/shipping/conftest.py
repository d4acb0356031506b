"""What the tests of a release share: checkouts to release from, and an index to release to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from tests.shipping.checkout import Checkout, copy_tree
from tests.shipping.command import Distributions, make_build
from tests.shipping.privateindex import PrivateIndex, private_index

_OURS = ("INDEX_URL", "UPLOAD_URL", "DRY_RUN", "RELEASE_TAG", "TWINE_", "UV_PUBLISH_", "SOURCE_DATE_EPOCH", "HATCH_")


@pytest.fixture(autouse=True)
def clean_release_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have an index and credentials of their own."""
    for name in list(os.environ):
        if name.startswith(_OURS):
            monkeypatch.delenv(name)
    monkeypatch.setattr(keyring, "get_credential", lambda *_: None)


@pytest.fixture(scope="session")
def pristine(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The work tree, committed as 0.1.0; to be read only."""
    checkout = copy_tree(root, tmp_path_factory.mktemp("pristine"))
    checkout.release("0.1.0")
    return checkout


@pytest.fixture
def checkout(pristine: Checkout, tmp_path: Path) -> Checkout:
    """A clone of it, to be changed at will."""
    return pristine.clone(tmp_path / "checkout")


@pytest.fixture(scope="session")
def built(pristine: Checkout) -> Distributions:
    """Wheel and sdist of 0.1.0, in dist/ of the work tree; to be read only."""
    return make_build(pristine)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateIndex]:
    with private_index(tmp_path_factory.mktemp("index")) as index:
        yield index


@pytest.fixture
def index(served: PrivateIndex) -> PrivateIndex:
    """An empty index, of which nothing is to be had without the password."""
    for path in (served.folder / "packages").iterdir():
        path.unlink()
    return served
