"""Wheel and sdist: the same bytes from the same commit, and in them the package and nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import PackageMetadata, PathDistribution, distribution, version
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement

from tests.shipping.checkout import Checkout
from tests.shipping.command import Distributions, make


def read_metadata(wheel: Path) -> PackageMetadata:
    """The METADATA of a wheel."""
    (folder,) = (path for path in zipfile.Path(wheel).iterdir() if path.name.endswith(".dist-info"))
    return PathDistribution(folder).metadata


class Again(NamedTuple):
    built: list[Path]
    said: str


@pytest.fixture(scope="module")
def again(pristine: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Again:
    """A second build: in another folder, with another umask, where there is what an earlier one left."""
    folder = tmp_path_factory.mktemp("elsewhere")
    before = os.umask(0o077)
    try:
        checkout = pristine.clone(folder / "deeper")
        checkout.write("dist/sequence_customers_client-0.0.9-py3-none-any.whl", "old")
        done = make(checkout, "build", SOURCE_DATE_EPOCH="1234567890")
    finally:
        os.umask(before)
    return Again(sorted((checkout.root / "dist").iterdir()), done.stdout)


def test_same_commit_gives_the_same_bytes(built: Distributions, again: Again) -> None:
    """Another folder, another umask and another SOURCE_DATE_EPOCH change nothing in either file."""
    assert [path.read_bytes() for path in built] == [path.read_bytes() for path in again.built]


def test_make_build_leaves_two_files(built: Distributions, again: Again) -> None:
    """The build replaces what an earlier one left in dist/, and says what it made."""
    assert [path.name for path in built] == [path.name for path in again.built]
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  dist/{path.name}" for path in built]
    assert sums == again.said.splitlines()[-2:]


def test_sdist_builds_the_same_wheel(pristine: Checkout, built: Distributions, tmp_path: Path) -> None:
    """The wheel, which is built from the sdist, is that which hatchling builds from the checkout itself."""
    hatchling = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]

    subprocess.run(hatchling, cwd=pristine.root, capture_output=True, check=True)  # noqa: S603 - hatchling

    assert built.wheel.read_bytes() == (tmp_path / built.wheel.name).read_bytes()


def test_wheel_holds_the_package_and_nothing_else(pristine: Checkout, built: Distributions) -> None:
    """The wheel has what git has of the package, the licence, and its own metadata."""
    package = pristine.git("ls-files", "sequence_customers_client").split()
    info = "sequence_customers_client-0.1.0.dist-info"

    with zipfile.ZipFile(built.wheel) as wheel:
        names = wheel.namelist()

    metadata = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    expected = [*package, *(f"{info}/{name}" for name in metadata)]
    assert sorted(expected) == sorted(names)
    assert "sequence_customers_client/py.typed" in names


def test_sdist_holds_what_the_wheel_is_made_of(pristine: Checkout, built: Distributions) -> None:
    """The sdist has the package and what it is built with; tests, scripts and templates stay out."""
    beside = [".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml"]
    package = pristine.git("ls-files", "sequence_customers_client").split()

    with tarfile.open(built.sdist) as sdist:
        names = sdist.getnames()

    assert sorted(f"sequence_customers_client-0.1.0/{name}" for name in [*beside, *package]) == sorted(names)


def test_metadata_is_complete(built: Distributions) -> None:
    """The metadata tells what the package is, for whom, under which licence, and that no public index may have it."""
    metadata = read_metadata(built.wheel)

    assert "sequence-customers-client" == metadata["Name"]
    assert "0.1.0" == metadata["Version"]
    assert ">=3.11" == metadata["Requires-Python"]
    assert "LicenseRef-Proprietary" == metadata["License-Expression"]
    assert ["LICENSE"] == metadata.get_all("License-File")
    assert "text/markdown" == metadata["Description-Content-Type"]
    assert metadata["Description"].startswith("# sequence-customers-client")
    assert "Private :: Do Not Upload" in metadata.get_all("Classifier", [])
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert "The owners of sequence-customers-client" == metadata["Author"]
    labels = [each.split(",")[0] for each in metadata.get_all("Project-URL", [])]
    assert ["Source", "Changelog", "Documentation", "API documentation"] == labels


def test_readme_leads_somewhere_where_an_index_shows_it(root: Path, built: Distributions) -> None:
    """In the metadata every link and picture of the README is absolute, of this release, and of a file there is."""
    text = read_metadata(built.wheel)["Description"]
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    ours = [target for target in targets if "/v0.1.0/" in target]

    assert [] == [target for target in targets if not target.startswith(("https://", "#"))]
    assert [] != ours
    assert [] == [target for target in ours if not (root / target.rpartition("/v0.1.0/")[2].split("#")[0]).exists()]


def test_the_repository_has_one_address(root: Path) -> None:
    """Whoever moves the repository changes one address, as each that is written leads to the same place."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    source = tomllib.loads(text)["project"]["urls"]["Source"]

    assert {source} == {found[: len(source)] for found in re.findall(r"https://\S*git\S*", text)}


def test_what_builds_is_pinned(root: Path) -> None:
    """The sdist asks for the very packages that build here, hatchling and all it needs: others may build otherwise."""
    requires = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    names = [requirement.partition("==")[0] for requirement in requires]
    needed = {Requirement(each) for name in names for each in distribution(name).requires or []}

    assert [f"{name}=={version(name)}" for name in names] == requires
    assert set() == {each.name for each in needed if not each.marker or each.marker.evaluate({"extra": ""})} - {*names}


def test_sdist_installs_offline_with_what_it_pins(
    root: Path, built: Distributions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an isolated build, with no index in reach, a folder with the pinned build requirements is enough."""
    requires = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "download", "--quiet", "--no-deps", "--dest", tmp_path / "links", *requires], check=True)  # noqa: S603 - pip
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, built.sdist], check=True)  # noqa: S603 - pip

    assert built.wheel.read_bytes() == (tmp_path / built.wheel.name).read_bytes()


def test_what_does_not_belong_is_refused(checkout: Checkout) -> None:
    """A wheel with too much, or too little, in it goes no further, and dist/ keeps what it had."""
    checkout.append("pyproject.toml", '\n[tool.hatch.build]\nexclude = ["py.typed"]\n')
    checkout.append("pyproject.toml", '[tool.hatch.build.targets.wheel.force-include]\n"README.md" = "t/x.md"\n')
    checkout.write("dist/former.whl", "as it was")

    done = make(checkout, "build")

    assert 2 == done.returncode
    assert "W101: Wheel library is missing files in package tree:\n  sequence_customers_client/py.typed" in done.stdout
    assert "W202: Wheel library has undeclared toplevel entry:\n  t/" in done.stdout
    assert ["former.whl"] == [path.name for path in (checkout.root / "dist").iterdir()]
