"""The public API, as it is read from a wheel without importing it."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import attrs
import pytest

import sequence_customers_client
from scripts.release.build import Distributions
from scripts.release.surface import Json, read_surface
from sequence_customers_client import testing


@pytest.fixture(scope="module")
def surface(built: Distributions) -> Json:
    return read_surface(built.wheel)


def public_classes() -> dict[str, type]:
    names = {name: getattr(sequence_customers_client, name) for name in sequence_customers_client.__all__}
    kit = {f"testing.{name}": value for name, value in vars(testing).items() if value.__class__ is type}
    own = {name: value for name, value in kit.items() if value.__module__ == testing.__name__}
    everything = {**names, **own}
    return {
        name: value
        for name, value in everything.items()
        if isinstance(value, type) and not name.startswith("testing._")
    }


@pytest.mark.parametrize("name", sorted(public_classes()))
def test_constructors_are_those_of_run_time(surface: Json, name: str) -> None:
    """What the sources say of a constructor, attrs' ones included, is what calling it takes."""
    kind = public_classes()[name]
    read = {each["name"]: ("default" in each, each["kind"]) for each in surface["names"][name].get("constructor", [])}

    if hasattr(kind, "__members__"):  # an enum is not constructed, but looked up
        assert {} == read
        return
    parameters = [each for each in inspect.signature(kind).parameters.values() if not each.name.startswith("_")]
    expected = {
        each.name: (each.default is not each.empty, each.kind.description.replace("variadic ", "variadic "))
        for each in parameters
    }
    assert expected == read


@pytest.mark.parametrize("name", sorted(public_classes()))
def test_members_are_those_of_run_time(surface: Json, name: str) -> None:
    """Every public method, property, field and enum member that a class has at run time is on the surface."""
    kind: Any = public_classes()[name]
    entry = surface["names"][name]
    inherited = set(dir(Exception)) | set(dir(str)) | set(dir(OSError))
    expected = {each for each in dir(kind) if not each.startswith("_")} - inherited
    if attrs.has(kind):
        expected |= {field.name for field in attrs.fields(kind) if not field.name.startswith("_")}

    assert set() == expected - entry["members"].keys() - entry.get("values", {}).keys()


def test_public_names_are_those_of_all(surface: Json) -> None:
    """The surface has the names of `__all__`, and those of the modules that stand beside the client."""
    beside = {name for name in surface["names"] if "." in name}

    assert set(sequence_customers_client.__all__) == surface["names"].keys() - beside
    for name in beside:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(f"sequence_customers_client.{module}"), attribute)


def test_what_is_reached_without_a_name_is_part_of_it(surface: Json) -> None:
    """Users call `client.customers.get_by_alias`, although the class of `customers` has no public name."""
    customers = surface["names"]["AsyncSequenceClient"]["members"]["customers"]["type"]
    method = surface["private"][customers.removeprefix("private.")]["members"]["get_by_alias"]

    assert method["async"]
    assert "Customer" == method["returns"]
    assert ["alias"] == [parameter["name"] for parameter in method["parameters"]]


def test_type_variables_of_a_base_are_filled_in(surface: Json) -> None:
    """Each client takes the httpx client of its own kind, which it says as an argument of a generic base."""
    types = {
        name: next(each["type"] for each in surface["names"][name]["constructor"] if each["name"] == "http_client")
        for name in ("AsyncSequenceClient", "SequenceClient")
    }

    assert {"AsyncSequenceClient": "None | httpx.AsyncClient", "SequenceClient": "None | httpx.Client"} == types
