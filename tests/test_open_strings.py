"""Open strings: a value that the document does not know yet is one like the others."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import CountryCode, Environment, IntegrationService, State, TaxStatus
from sequence_customers_client._models.open_strings import Known, OpenInteger, OpenString

ENUMS = [CountryCode, State, IntegrationService, TaxStatus]
UNKNOWN = ["XX", "", "us", "United States", "HubSpot 2", "☃", "__class__", "name", "value", "None", " US", "US "]


class Level(OpenInteger):
    """No document of today has an enum of integers; one of tomorrow may."""

    NONE = Known(0)
    LOW = Known(1)


def test_enums_have_the_values_of_the_document(document: Any) -> None:
    """Each enum lists what the document lists, in the document's order."""
    schemas = document["components"]["schemas"]

    assert [schemas[kind.__name__]["enum"] for kind in ENUMS] == [[member.value for member in kind] for kind in ENUMS]


@pytest.mark.parametrize("kind", ENUMS)
def test_known_value_is_the_member(kind: Any) -> None:
    """A value of the document gives the one member that stands for it."""
    for member in kind:
        assert kind(member.value) is member
        assert member.is_known


@pytest.mark.parametrize("kind", ENUMS)
@pytest.mark.parametrize("value", UNKNOWN)
def test_unknown_value_is_a_member_of_the_type(kind: type[Any], value: str) -> None:
    """A value that the document does not list becomes a member of the same type, which says that it is unknown."""
    member = kind(value)

    assert isinstance(member, kind)
    assert not member.is_known
    assert (value, value) == (member.value, member.name)


@pytest.mark.parametrize("value", ["US", *UNKNOWN])
def test_member_equals_its_string(value: str) -> None:
    """Known or not, a member is a string: equal to it, with its hash, found by it in lists, sets and dicts."""
    member = CountryCode(value)

    assert value == member
    assert member == value
    assert hash(value) == hash(member)
    assert CountryCode(value) == member
    assert value in [CountryCode.GB, member]
    assert member in {value, "other"}
    assert {member: "found"}[value] == "found"  # type: ignore[index] # a member is a string


@pytest.mark.parametrize("value", ["US", *UNKNOWN])
def test_member_differs_from_other_strings(value: str) -> None:
    """A member equals no other string, and no other member."""
    member = CountryCode(value)

    assert member != f"{value}!"
    assert member != CountryCode.GB


@pytest.mark.parametrize("value", ["US", *UNKNOWN])
def test_member_prints_as_its_string(value: str) -> None:
    """str, format and f-strings give the value, as log lines and templates want it."""
    member = CountryCode(value)

    assert value == str(member)
    assert value == f"{member}"
    assert value == member.lower().replace(value.lower(), value)


@pytest.mark.parametrize("value", ["US", *UNKNOWN])
def test_repr_names_the_type_and_the_value(value: str) -> None:
    """A repr tells a member from a plain string."""
    assert f"<CountryCode.{value}: {value!r}>" == repr(CountryCode(value))


@pytest.mark.parametrize("value", ["US", *UNKNOWN])
def test_member_is_json(value: str) -> None:
    """The standard library's json writes a member as the string that it is."""
    assert json.dumps(value) == json.dumps(CountryCode(value))


@pytest.mark.parametrize("value", ["US", *UNKNOWN])
@pytest.mark.parametrize(
    "again",
    [
        copy.copy,
        copy.deepcopy,
        *(lambda it, protocol=protocol: pickle.loads(pickle.dumps(it, protocol)) for protocol in range(6)),  # noqa: S301
    ],
    ids=["copy", "deepcopy", *(f"pickle {protocol}" for protocol in range(6))],
)
def test_member_survives_copy_and_pickle(value: str, again: Any) -> None:
    """A copy is equal, of the same type, and knows as much."""
    member = CountryCode(value)

    copied = again(member)

    assert member == copied
    assert (member is CountryCode(value)) == (copied is CountryCode(value))
    assert (CountryCode, member.value, member.name, member.is_known) == (
        type(copied),
        copied.value,
        copied.name,
        copied.is_known,
    )


@pytest.mark.parametrize("kind", ENUMS)
@pytest.mark.parametrize("value", [None, 1, 1.5, True, b"US", ["US"], {"US": 1}, Environment.DEV, object()])
def test_what_is_no_string_is_refused(kind: type[Any], value: object) -> None:
    """Open means open to strings; anything else is a ValueError, as with any enum."""
    with pytest.raises(ValueError, match="is not a valid"):
        kind(value)


def test_unknown_values_are_not_stored() -> None:
    """A server that sends ever new values costs no memory, and never changes what the enum lists."""
    before = list(CountryCode), dict(CountryCode.__members__), dict(CountryCode._by_value)

    made = [CountryCode(f"unknown {number}") for number in range(100)]

    assert before == (list(CountryCode), dict(CountryCode.__members__), dict(CountryCode._by_value))
    assert CountryCode("unknown 1") is not made[1]


@pytest.mark.parametrize("kind", ENUMS)
def test_a_class_knows_its_values(kind: Any) -> None:
    """A class can be iterated over, counted and asked by name, as an enum can."""
    known = list(kind)

    assert len(known) == len(kind)
    assert known[::-1] == list(reversed(kind))
    assert known == list(kind.__members__.values()) == [kind[name] for name in kind.__members__]
    assert [member.name for member in known] == list(kind.__members__)
    assert all(getattr(kind, name) is member for name, member in kind.__members__.items())
    with pytest.raises(KeyError):
        kind["NOT_THERE"]


class Twice(OpenString):
    """Two names for one value, and a name that is no value."""

    FIRST = Known("one value")
    SECOND = Known("one value")


def test_two_names_of_one_value_are_one_member() -> None:
    """A value has one member, which the first of its names names."""
    assert Twice.FIRST is Twice.SECOND is Twice("one value")
    assert ["FIRST", "SECOND"] == list(Twice.__members__)
    assert ([Twice.FIRST], "FIRST") == (list(Twice), Twice.SECOND.name)
    assert "<Twice.FIRST: 'one value'>" == repr(Twice.SECOND)


def test_a_class_without_values_is_one() -> None:
    """The base knows no value, takes every one, and is no falsehood."""
    assert ([], True, "x") == (list(OpenString), bool(OpenString), OpenString("x"))


@pytest.mark.parametrize("value", [["US"], {}, None, 1.5, object()])
def test_what_can_be_no_value_is_not_in_a_class(value: object) -> None:
    """`in` answers for whatever it is asked."""
    assert value not in CountryCode
    assert "US" in CountryCode
    assert CountryCode("XX") not in CountryCode


@pytest.mark.parametrize("kind", ENUMS)
def test_members_are_in_their_enum(kind: Any) -> None:
    """Every member of the document is `in` its enum."""
    assert all(member in kind for member in kind)


def test_known_values_can_be_told_from_unknown_ones_in_a_match() -> None:
    """`match` on members works, and an unknown value falls through to the default."""

    def told(status: TaxStatus) -> str:
        match status:
            case TaxStatus.TAXED:
                return "taxed"
            case TaxStatus.TAX_EXEMPT | TaxStatus.REVERSE_CHARGED:
                return "not taxed"
            case _:
                return f"unknown: {status}"

    assert ["taxed", "not taxed", "unknown: ZERO"] == [
        told(TaxStatus(text)) for text in ("TAXED", "TAX_EXEMPT", "ZERO")
    ]


@given(st.text())
def test_every_string_is_a_member(value: str) -> None:
    """No string is refused, lost or changed, and is_known tells what the document lists."""
    member = CountryCode(value)

    assert value == member.value == member
    assert (value in [known.value for known in CountryCode]) == member.is_known


@pytest.mark.parametrize(("value", "is_known"), [(0, True), (1, True), (2, False), (-1, False), (10**30, False)])
def test_enums_of_integers_are_open_too(value: int, is_known: bool) -> None:
    """An enum of integers keeps unknown integers as a string enum keeps unknown strings."""
    member = Level(value)

    assert isinstance(member, Level)
    assert value == member
    assert is_known == member.is_known
    assert str(value) == json.dumps(member)
    assert member == pickle.loads(pickle.dumps(member))  # noqa: S301


@pytest.mark.parametrize("value", [1.5, "1", None])
def test_enums_of_integers_refuse_what_is_none(value: Any) -> None:
    """Open means open to integers."""
    with pytest.raises(ValueError, match="is not a valid"):
        Level(value)
