"""What comes along with the package, and what it is developed with: known, pinned, and from nowhere in particular."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import cyclonedx.schema
import jsonschema_rs
import pytest
from packaging.requirements import Requirement
from ruamel.yaml import YAML

from tests.shipping.checkout import Checkout
from tests.shipping.command import make
from tests.shipping.locks import pins_of
from tests.shipping.pythons import VERSIONS

LOCKS = [f"requirements/{name}.txt" for name in ("runtime", "dev", "bench")]
RECIPES = [".github/workflows/publish.yml", ".gitlab-ci.yml"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(root: Path, lock: str) -> None:
    """What is installed for development is exactly what was locked: a version, and hashes of its files, for each."""
    text = (root / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert [] != pins
    assert [] == [pin for pin in pins if not re.match(r"[\w.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", pin)]


@pytest.mark.parametrize("lock", [*LOCKS, "scripts/node/package-lock.json"])
def test_no_lock_says_where_to_download(root: Path, lock: str) -> None:
    """Where packages come from is each machine's own affair: no lock has an address in it."""
    assert [] == re.findall(r"\S*://\S*", (root / lock).read_text(encoding="utf-8"))


def test_node_lock_has_a_hash_for_every_package(root: Path) -> None:
    """The lock of npm names each package by its content, and by nothing else."""
    packages = json.loads((root / "scripts/node/package-lock.json").read_text(encoding="utf-8"))["packages"]
    bundled = {name for name, package in packages.items() if not name or package.get("inBundle")}

    assert [] == [name for name in sorted(packages.keys() - bundled) if not packages[name].get("integrity")]
    assert [] == [name for name, package in packages.items() if "resolved" in package]


def test_licences_are_listed(root: Path, checkout: Checkout) -> None:
    """docs/licences.md tells of all that the lock and the extras name; it is what `make licences` writes."""
    before = checkout.read("docs/licences.md")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [Requirement(each).name for extra in project["optional-dependencies"].values() for each in extra]
    named += [name for name, _, _ in pins_of(root, "runtime")]

    done = make(checkout, "licences")

    assert 0 == done.returncode, done.stdout
    assert before == checkout.read("docs/licences.md")
    listed = re.findall(r"^\| ([\w.-]+) +\| \w", before, re.MULTILINE)
    assert sorted(set(named)) == sorted(name.lower().replace("_", "-") for name in listed if name != "Name")


def test_sbom_is_of_what_the_wheel_is_installed_with(root: Path, checkout: Checkout) -> None:
    """The CycloneDX document has everything that the lock brings, licences included; a file sums up the release."""
    # It would validate what it writes, too, in Python alone: that takes three seconds.
    done = make(checkout, "sbom", SBOM_OPTIONS="--no-validate")
    assert 0 == done.returncode, done.stdout

    folder = checkout.root / "dist"
    text = (folder / "sequence_customers_client-0.1.0.cdx.json").read_text(encoding="utf-8")
    bill = json.loads(text)
    schema = jsonschema_rs.validator_for(cyclonedx_schema("bom-1.6"), retriever=cyclonedx_schema, validate_formats=True)
    assert [] == [error.message for error in schema.iter_errors(bill)]
    pins = {(name, pinned) for name, pinned, _ in pins_of(root, "runtime")}
    found = {(each["name"].replace("_", "-").lower(), each["version"]) for each in bill["components"]}
    assert ("CycloneDX", "1.6") == (bill["bomFormat"], bill["specVersion"])
    assert "sequence-customers-client" == bill["metadata"]["component"]["name"]
    assert set() == found - pins
    assert {"attrs", "httpx", "python-dateutil"} <= {name for name, _ in found}
    assert [] == [each["name"] for each in bill["components"] if not each.get("licenses")]
    assert str(checkout.root) not in text
    assert "file:" not in text
    sums = [line.split() for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()]
    assert 3 == len(sums)
    assert sums == [[hashlib.sha256((folder / name).read_bytes()).hexdigest(), name] for _, name in sums]


def cyclonedx_schema(address: str) -> Any:
    """A schema of theirs, by name, or by the address at which another refers to it."""
    name = address.rpartition("/")[2].partition(".SNAPSHOT")[0]
    path = Path(cyclonedx.schema.__file__).parent / "_res" / f"{name}.SNAPSHOT.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in strings(inner)]
    return [str(value)]


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes_publish_tags_with_the_one_command(root: Path, recipe: str) -> None:
    """CI publishes as a person does, from a tag, after the whole of CI; and the recipe holds no password or address."""
    document = YAML(typ="safe", pure=True).load(root / recipe)
    said = strings(document.get("jobs", document)["publish"])

    assert [".ci/run", "make publish", "make sbom"] == [each for each in said if each.startswith((".ci", "make"))]
    assert [] == [each for each in strings(document) if "://" in each]
    assert any("github.ref_name" in each or "CI_COMMIT_TAG" in each for each in said)


@pytest.mark.parametrize("recipe", [".github/workflows/test.yml", ".gitlab-ci.yml"])
def test_recipes_prove_every_python(root: Path, recipe: str) -> None:
    """CI sets up and tests from nothing on each Python that is supported, and runs all that decides on one."""
    document = YAML(typ="safe", pure=True).load(root / recipe)
    jobs = document.get("jobs", document)

    assert list(VERSIONS) == [each for each in strings(jobs["test"]) if re.fullmatch(r"3\.\d+", each)]
    assert ["make demo", "make test"] == [each for each in strings(jobs["test"]) if each.startswith("make")]
    assert ".ci/run" in strings(jobs["everything"])
