"""Models: whatever the server sends is read, typed and written back, or is one error that names the place."""

from __future__ import annotations

import ast
import copy
import inspect
import json
import math
import pickle
import pickletools
import re
from base64 import b85decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any, get_type_hints

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import (
    Address,
    CountryCode,
    Customer,
    IntegrationId,
    IntegrationService,
    SequenceError,
    State,
    TaxStatus,
)
from sequence_customers_client._models.base import Field, Model
from sequence_customers_client._models.codec import INTEGER, STRING, Codec, nullable

MODELS = [Customer, Address, IntegrationId]

# The document in the words of these tests: each property, its kind, and whether it is required.
SCHEMA: dict[str, dict[str, tuple[str, bool]]] = {
    "Customer": {
        "id": ("string", True),
        "createdAt": ("timestamp", True),
        "legalName": ("string", True),
        "contactName": ("string", False),
        "address": ("Address", True),
        "email": ("string", True),
        "telephone": ("string", False),
        "url": ("string", False),
        "label": ("string", False),
        "integrationIds": ("array", True),
        "archivedAt": ("timestamp", False),
        "billingEmails": ("array", True),
        "taxStatus": ("string", True),
    },
    "Address": {
        "line1": ("string", True),
        "line2": ("string", False),
        "town": ("string", True),
        "state": ("string", False),
        "postcode": ("string", True),
        "country": ("string", True),
    },
    "IntegrationId": {
        "service": ("string", True),
        "id": ("string", True),
        "lastSynced": ("timestamp", False),
        "isPending": ("boolean", True),
    },
}

# Where each model is found in the example, as steps.
PLACES: dict[str, tuple[str | int, ...]] = {
    "Customer": (),
    "Address": ("address",),
    "IntegrationId": ("integrationIds", 1),
}

PROPERTIES = [
    (f"{model}.{key}", PLACES[model], key, kind, required)
    for model, properties in SCHEMA.items()
    for key, (kind, required) in properties.items()
]
OPTIONAL = [pytest.param(steps, key, id=name) for name, steps, key, _, required in PROPERTIES if not required]
REQUIRED = [pytest.param(steps, key, id=name) for name, steps, key, _, required in PROPERTIES if required]

# A value of every JSON type, each recognisable should it turn up in a message, and how JSON calls it.
SECRET_TEXT, SECRET_NUMBER = "do-not-show-me", 8675309
VALUES: dict[str, list[tuple[Any, str]]] = {
    "string": [(SECRET_TEXT, "a string")],
    "number": [(SECRET_NUMBER, "an integer"), (SECRET_NUMBER + 0.5, "a number")],
    "boolean": [(True, "a boolean")],
    "array": [([SECRET_TEXT], "an array"), ([], "an array")],
    "object": [({SECRET_TEXT: SECRET_TEXT}, "an object"), ({}, "an object")],
}
TAKES = {"string": "string", "timestamp": "string", "boolean": "boolean", "array": "array", "Address": "object"}


def inside(data: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        data = data[step]
    return data


def path_of(*steps: str | int) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def refusal(data: Any) -> str:
    """The message with which a customer is refused, which shows no value of it."""
    with pytest.raises(ValueError, match=r".") as caught:
        Customer.from_dict(data)
    message = str(caught.value)

    assert SECRET_TEXT not in message
    assert str(SECRET_NUMBER) not in message
    assert not isinstance(caught.value, SequenceError)
    return message


# --- Strategies: customers as the server may send them, tomorrow's included

offsets = st.sampled_from(["Z", "z", "+00:00", "-00:00", "+05:30", "-11:00", "+14:00", "+23:59", "-23:59"])
fractions = st.one_of(st.just(""), st.text("0123456789", min_size=1, max_size=9).map(lambda digits: f".{digits}"))


@st.composite
def timestamps(draw: st.DrawFn) -> str:
    """A timestamp of RFC 3339 or ISO 8601 in one of its many spellings."""
    moment = draw(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)))  # noqa: DTZ001
    clock = draw(st.sampled_from([f"{moment:%H:%M:%S}" + draw(fractions), "24:00:00", "24:00:00.0"]))
    return f"{moment.year:04}-{moment:%m-%d}" + draw(st.sampled_from("Tt")) + clock + draw(offsets)


strings = st.text(max_size=8)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), strings),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(strings, inner, max_size=3)),
    max_leaves=6,
)


def documents(
    model: str, required: Mapping[str, st.SearchStrategy[Any]], optional: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of a model: optional fields absent, null or there, and fields that the document does not know."""
    fields = st.fixed_dictionaries(
        dict(required), optional={key: st.none() | values for key, values in optional.items()}
    )
    unknown = st.dictionaries(strings.filter(lambda key: key not in SCHEMA[model]), json_values, max_size=3)
    return st.builds(lambda known, extra: {**extra, **known}, fields, unknown)


def open_enum(*known: str) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(known), strings)


addresses = documents(
    "Address",
    {"line1": strings, "town": strings, "postcode": strings, "country": open_enum("US", "GB")},
    {"state": open_enum("NY", "CA"), "line2": strings},
)
integration_ids = documents(
    "IntegrationId",
    {"service": open_enum("Xero", "Stripe"), "id": strings, "isPending": st.booleans()},
    {"lastSynced": timestamps()},
)
customers = documents(
    "Customer",
    {
        "id": strings,
        "createdAt": timestamps(),
        "legalName": strings,
        "address": addresses,
        "email": strings,
        "integrationIds": st.lists(integration_ids, max_size=3),
        "billingEmails": st.lists(strings, max_size=3),
        "taxStatus": open_enum("TAXED", "TAX_EXEMPT"),
    },
    {"contactName": strings, "telephone": strings, "url": strings, "label": strings, "archivedAt": timestamps()},
)


# --- Reading


def test_example_is_read_whole(example: Any) -> None:
    """The document's example is a customer with every field typed."""
    synced = datetime(2022, 6, 28, 16, 47, tzinfo=UTC)

    assert Customer.from_dict(example) == Customer(
        id="e309e948-088e-4d77-b654-cd85498f1555",
        created_at=synced,
        legal_name="John Doe",
        contact_name="John Doe",
        address=Address(
            line1="Flat 1",
            line2="123 Fake Street",
            town="New York",
            state=State.NY,
            postcode="AB1 2EF",
            country=CountryCode.US,
        ),
        email="john@example.com",
        telephone="02010001000",
        url="https://example.com/",
        label="Example customer",
        integration_ids=[
            IntegrationId(service=IntegrationService("Xero"), id="ID", last_synced=synced, is_pending=False),
            IntegrationId(
                service=IntegrationService("Stripe"), id="cus_OCtCxqQDgu1uX9", last_synced=synced, is_pending=False
            ),
        ],
        archived_at=synced,
        billing_emails=["exampleCorpInvoices@example.com"],
        tax_status=TaxStatus.TAXED,
    )


def test_reading_leaves_the_data_alone(example: Any, pristine_example: Any) -> None:
    """from_dict takes nothing out of what it is given, and puts nothing in."""
    Customer.from_dict(example)

    assert pristine_example == example


@pytest.mark.parametrize("model", MODELS)
def test_document_has_the_properties_that_these_tests_know(model: type[Any], document: Any) -> None:
    """The table above is the document's; `line2`, which the overlay adds, apart."""
    schemas = document["components"]["schemas"]
    schema = schemas.get(model.__name__) or schemas["Customer20240509"]
    known = {key: required for key, (_, required) in SCHEMA[model.__name__].items() if key != "line2"}

    assert known == {key: key in schema["required"] for key in schema["properties"]}


@pytest.mark.parametrize(("steps", "key"), OPTIONAL)
def test_optional_field_may_be_absent_or_null(example: Any, steps: tuple[str | int, ...], key: str) -> None:
    """An optional field that is absent reads as None, as one that is null does, and each is written as it came."""
    absent, null = copy.deepcopy(example), copy.deepcopy(example)
    del inside(absent, steps)[key]
    inside(null, steps)[key] = None

    without, with_null = Customer.from_dict(absent), Customer.from_dict(null)

    assert without == with_null
    assert absent == without.to_dict()
    assert null == with_null.to_dict()


@pytest.mark.parametrize(("steps", "key"), REQUIRED)
def test_required_field_must_be_there(example: Any, steps: tuple[str | int, ...], key: str) -> None:
    """A customer without a required field is refused, with the path of what is missing."""
    del inside(example, steps)[key]

    assert f"{path_of(*steps, key)}: required, but missing" == refusal(example)


@pytest.mark.parametrize(("steps", "key"), REQUIRED)
def test_required_field_must_not_be_null(example: Any, steps: tuple[str | int, ...], key: str) -> None:
    """A required field that is null is refused, with its path."""
    inside(example, steps)[key] = None

    message = refusal(example)

    assert message.startswith(f"{path_of(*steps, key)}: expected a")
    assert message.endswith(", found null")


@pytest.mark.parametrize(
    ("steps", "key", "kind"), [pytest.param(steps, key, kind, id=name) for name, steps, key, kind, _ in PROPERTIES]
)
def test_field_of_the_wrong_json_type_is_refused(
    example: Any, steps: tuple[str | int, ...], key: str, kind: str
) -> None:
    """A value of any JSON type but the document's is refused, with its path, its type, and not the value."""
    for json_type, values in VALUES.items():
        for value, found in values if json_type != TAKES[kind] else []:
            inside(example, steps)[key] = value

            message = refusal(example)

            assert message.startswith(f"{path_of(*steps, key)}: expected a")
            assert message.endswith(f", found {found}")


@pytest.mark.parametrize(
    ("steps", "takes"), [(("integrationIds", 1), "object"), (("billingEmails", 0), "string"), (("address",), "object")]
)
def test_nested_value_of_the_wrong_json_type_is_refused(example: Any, steps: tuple[str | int, ...], takes: str) -> None:
    """Items of lists, and objects within objects, are checked like fields, and named by their index."""
    for json_type, values in [*VALUES.items(), ("null", [(None, "null")])]:
        for value, found in values if json_type != takes else []:
            inside(example, steps[:-1])[steps[-1]] = value

            message = refusal(example)

            assert message.startswith(f"{path_of(*steps)}: expected a")
            assert message.endswith(f", found {found}")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (None, "null"),
        ([], "an array"),
        ("{}", "a string"),
        (1, "an integer"),
        (1.5, "a number"),
        (True, "a boolean"),
        (b"{}", "bytes"),
        ([("id", "1")], "an array"),
    ],
)
def test_what_is_no_object_is_refused(model: type[Any], data: object, found: str) -> None:
    """A model is read from a JSON object, and from nothing else."""
    with pytest.raises(ValueError, match=f"^expected an object, found {found}$"):
        model.from_dict(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2022-06-28",
        "16:47:00Z",
        "2022-06-28T16:47:00",
        "2022-06-28T16:47:00.5",
        "2022-13-28T16:47:00Z",
        "2022-02-29T16:47:00Z",
        "2022-06-28T25:00:00Z",
        "2022-06-28T24:00:01Z",
        "2022-06-28T16:47:00+24:00",
        "2022-06-28T16:47:00Z ",
        "2022-06-28T16:47:00ZZ",
        "9999-12-31T24:00:00Z",
        "1656434820",
        "٢٠٢٢-06-28T16:47:00Z",
        "0" * 5000,
    ],
)
@pytest.mark.parametrize(
    ("steps", "key"), [((), "createdAt"), ((), "archivedAt"), (("integrationIds", 1), "lastSynced")]
)
def test_unreadable_timestamp_is_refused(example: Any, steps: tuple[str | int, ...], key: str, text: str) -> None:
    """A timestamp that is none, or that leaves open which instant it is, is refused, with its path and not its text."""
    inside(example, steps)[key] = text

    message = refusal(example)

    assert message == (
        f"{path_of(*steps, key)}: expected a timestamp with a UTC offset (RFC 3339), found an unreadable string"
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2022-06-28T16:47:00Z", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28t16:47:00z", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28T16:47:00z", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28 16:47:00Z", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28T16:47Z", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28T16:47:00+00:00", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28T16:47:00-00:00", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28T22:17:00+05:30", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28t22:17:00+05:30", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28T05:47:00-11:00", datetime(2022, 6, 28, 16, 47, tzinfo=UTC)),
        ("2022-06-28T16:47:00.1Z", datetime(2022, 6, 28, 16, 47, 0, 100_000, tzinfo=UTC)),
        ("2024-05-02T14:26:48.63792Z", datetime(2024, 5, 2, 14, 26, 48, 637_920, tzinfo=UTC)),
        ("2022-06-28T16:47:00.123456Z", datetime(2022, 6, 28, 16, 47, 0, 123_456, tzinfo=UTC)),
        ("2022-06-28T16:47:00.123456789Z", datetime(2022, 6, 28, 16, 47, 0, 123_456, tzinfo=UTC)),
        ("2022-06-28t16:47:00.123456789z", datetime(2022, 6, 28, 16, 47, 0, 123_456, tzinfo=UTC)),
        ("2022-06-28T24:00:00Z", datetime(2022, 6, 29, tzinfo=UTC)),
        ("2022-06-28t24:00:00z", datetime(2022, 6, 29, tzinfo=UTC)),
        ("2022-12-31T24:00:00+01:00", datetime(2022, 12, 31, 23, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_timestamp_is_an_aware_datetime(example: Any, text: str, moment: datetime) -> None:
    """However a timestamp is spelled, it reads as the instant that it is, and is written back as it was spelled."""
    example["createdAt"] = text

    customer = Customer.from_dict(example)

    assert moment == customer.created_at
    assert isinstance(customer.created_at.tzinfo, timezone)
    assert text == customer.to_dict()["createdAt"]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_of_the_callers_own_is_made_by_its_constructor(model: type[Any], example: Any) -> None:
    """A subclass is read too, with what its constructor adds."""

    @attrs.define(kw_only=True)
    class Own(model):  # type: ignore[misc]
        seen: bool = True

    data = inside(example, PLACES[model.__name__])

    own = Own.from_dict(data)

    assert (Own, True) == (type(own), own.seen)
    assert data == own.to_dict()


class Reading(Mapping[str, Any]):
    """A mapping that is no dict."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __iter__(self) -> Any:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


def test_any_mapping_is_read(example: Any) -> None:
    """What is read need not be a dict."""
    assert Customer.from_dict(example) == Customer.from_dict(Reading(example))


# --- Round trips


@given(customers)
def test_nothing_is_lost(data: dict[str, Any]) -> None:
    """to_dict gives back what from_dict was given, whatever the server sent beyond the document."""
    sent = copy.deepcopy(data)

    written = Customer.from_dict(data).to_dict()

    assert sent == written
    assert json.loads(json.dumps(sent)) == json.loads(json.dumps(written))


@given(customers)
def test_datetimes_are_aware(data: dict[str, Any]) -> None:
    """Every datetime of a model has a UTC offset, so that two of them always compare."""
    customer = Customer.from_dict(data)
    moments = [customer.created_at, customer.archived_at, *(link.last_synced for link in customer.integration_ids)]

    assert all(moment is None or moment.utcoffset() is not None for moment in moments)


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301


@given(data=customers)
def test_copies_are_equal_and_lose_nothing(data: dict[str, Any]) -> None:
    """A customer that is copied, pickled or read again equals its original, and is written as it."""
    customer = Customer.from_dict(data)

    for copied in (
        copy.copy(customer),
        copy.deepcopy(customer),
        pickled(customer),
        Customer.from_dict(customer.to_dict()),
    ):
        assert customer == copied
        assert data == copied.to_dict()


@given(customers, st.text())
def test_evolve_changes_what_it_is_asked_to_and_nothing_else(data: dict[str, Any], name: str) -> None:
    """attrs.evolve gives a copy with one field changed; all others are written as they came."""
    customer = Customer.from_dict(data)

    evolved = attrs.evolve(customer, legal_name=name)

    assert {**data, "legalName": name} == evolved.to_dict()
    assert data == customer.to_dict()


@given(customers)
def test_repr_can_be_read(data: dict[str, Any]) -> None:
    """A repr names the fields, and nothing of how the model remembers what came."""
    text = repr(Customer.from_dict(data))

    assert text.startswith("Customer(id=")
    assert "_wire=" not in text


# What version 0.1.0 pickled, by protocol 4: a customer as below, TaxStatus.TAXED, CountryCode("XX").
PICKLED = (
    "fCQEM0{{R300018lqifVb7gULWo~0-Ut@K1bZ>2Ca&uo}Y-wd~bS__KWo~71VRU6=E^TjQWo&blj0i(@b98TQWpb30lqrFfeUvDS"
    "1z&e*a%Gf#lqie|V{&C-bY)~gbd-z~GB7eSEig7MGB|WGHaavnIxsMLl#B&zVPa)$lumVw0%>HFj3i|<Fgay8G&n6VI5=f3G-Nk7"
    "En+q`G%aIfI5jjmIA$?5H8qrs3S)9*VRU6=Utx5Vj0j|5bY*mDZDo{<2xMV&Wprt6Wt5YYLkb7x1{@GC00000lxPl&2y|&}WqNOJ"
    "Wt5YYXby}CbZKp6WMyo0VU&}UO8`p%O8|$IQj~?1Qj~_2Qk0AeY-ML*Y+r6+ZDo{<2ug2gZXiT&Wt5BuVPs@-Wpi_sXaS4|L1bid"
    "Wpi_slawielzo&aXa-J<1#D?<WigbD21aaQbRaR5j0ALVcW#u72u@{pAX#s6Ym|%#aBp*TV{c?-l#B;KLNOpRMMjj22V-w_Zgg^a"
    "lxP8r3qx;pZgg^aLvLhdl#`T<0##F#g_Kg1j0JOaVRU7bXaS4`Q*>c;Wt5YYi~>$sl!cU1l#B&zX>MgQl#CBCGBY4XVQXa|Q*?4="
    "WptE`6=7s#X>@6CZeeU+aB^>OWpZ?BWpk8$lyzc^1!ZkvX>62?5NdB|Za`&tVQp}1WiDfHZIp};X>N37XL4b5X>V>{X=HPhU6d$j"
    "0gMevZggd5a$$67Z*ECsl#`Sxfs}oeC};*wj0baNa&~EBWt3<Ej1oz1bY*99VRUJ4Zc}A)c4=c}l#`T<1XyKqZ<K|UQj};5i~>nS"
    "l#B{#b6;>}Ze(e0XOxMI3v6L?bYF9MZewL+lxPq`3J2x}91t%60001#Xc>l-Qj};neUx=#Xg(={lzo&aXa-JbL1;sa22*r$X>etf"
    "g_Kg1XbX%IV|8<1PeXJ=cyUogXLT`kSUHqvNQr1kXb?jR2j&JG5HA1#005L|8HSWnlxR17lyzcdj1FRHY;0+6XJ2J)VQFl0lwFjJ"
    "A7yx9ZE$R5LvM0$Np5y;X=7z`KxKGgZE$R5E@N+PlwphtbYXa3b97;Jb#s(x0gMS$VR%z?VRUtKl#`T<2vko^Pf}7(SCoa6Qk0Ag"
    "V{dMBVPkY(ZeeX@lxQ7{33O#_WpHS3Ze^5=3otS;F)%PNF)%PNl#By)a%_~06lipGaC15@FJ*XPZE$R5E@N+PFO+BsPK*m-a${&|"
    "c4cH=VRV#e5JL(F<^~)PF8}}l0F-DMhLlp2Xg7V7j00|Eca%#3b9G{9U5o`(L0CmZl!cU1lxQoA0$5m-g_Kg1Wi9"
)


def test_pickles_of_older_versions_load(example: Any) -> None:
    """What version 0.1.0 pickled is read, with all that it remembered: spellings, nulls, unknown fields and values."""
    sent = {**example, "label": None, "new": 1, "createdAt": "2022-06-28t16:47:00z", "taxStatus": "TOMORROW"}

    customer, status, country = pickle.loads(b85decode(PICKLED))  # noqa: S301

    assert Customer.from_dict(sent) == customer
    assert sent == customer.to_dict()
    assert status is TaxStatus.TAXED
    assert (CountryCode, CountryCode("XX")) == (type(country), country)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_name_nothing_private(example: Any, protocol: int) -> None:
    """A pickle outlives the names of our modules: the package is all that it names of us."""
    customer = Customer.from_dict({**example, "label": None, "new": 1})

    content = pickle.dumps(customer, protocol)
    named = {str(value) for opcode, value, _ in pickletools.genops(content) if "client" in str(value)}

    assert customer.to_dict() == pickle.loads(content).to_dict()  # noqa: S301
    assert {"sequence_customers_client"} == {name.partition(" ")[0] for name in named}


def test_asdict_has_what_the_document_has_and_no_more(example: Any) -> None:
    """attrs.asdict gives the fields, and nothing of how the model remembers what came."""
    found = attrs.asdict(Customer.from_dict({**example, "label": None, "new": 1}))

    fields = [field.name for field in Customer._fields()]
    assert [*fields, "additional_properties"] == list(found)
    assert {"new": 1} == found["additional_properties"]
    assert "dict" == type(found["additional_properties"]).__name__


# --- JSON


def test_json_is_read_and_written(example: Any) -> None:
    """from_json reads bytes and text as from_dict reads what is in them, and to_json writes what to_dict gives."""
    text = json.dumps(example)

    customer = Customer.from_json(text)

    assert Customer.from_dict(example) == customer == Customer.from_json(text.encode())
    assert example == json.loads(customer.to_json())
    assert customer == Customer.from_json(customer.to_json())


@pytest.mark.parametrize("label", ["é☃", "\ud800", "\0\n\u2028"])
def test_json_that_is_written_can_be_sent(example: Any, label: str) -> None:
    """What to_json gives is text that every encoding can carry, whatever a string holds."""
    customer = Customer.from_dict({**example, "label": label})

    assert label == Customer.from_json(customer.to_json().encode("ascii")).label


@pytest.mark.parametrize(
    ("value", "refusal"),
    [(math.nan, ValueError), (math.inf, ValueError), ([-math.inf], ValueError), ({1}, TypeError), ({1: 2}, TypeError)],
)
@pytest.mark.parametrize("write", [Customer.to_dict, Customer.to_json])
def test_what_is_no_json_is_not_written(
    example: Any, value: object, refusal: type[Exception], write: Callable[[Customer], object]
) -> None:
    """What a caller puts into a model, and JSON cannot say, is refused when it is written."""
    customer = Customer.from_dict(example)
    customer.additional_properties["new"] = value

    with pytest.raises(refusal, match="JSON"):
        write(customer)


def test_hints_of_models_resolve() -> None:
    """typing.get_type_hints, which other libraries build on, knows the types of fields and of the constructor."""
    hints = get_type_hints(Customer)

    assert (datetime, Address, list[IntegrationId]) == (hints["created_at"], hints["address"], hints["integration_ids"])
    assert {**hints, "return": type(None)} == get_type_hints(Customer.__init__)
    assert datetime | None == attrs.fields(Customer).archived_at.type


def test_help_tells_what_the_fields_are() -> None:
    """help() on a model lists its fields in the document's words."""
    text = inspect.getdoc(Customer) or ""

    assert "Attributes:\n    id: Unique ID\n" in text


# --- Equality


def test_customers_with_the_same_content_are_equal(example: Any) -> None:
    """Equality is that of the fields, unknown ones included; how a timestamp was spelled is no matter."""
    customer = Customer.from_dict(example)

    assert customer == Customer.from_dict(example)
    assert customer == Customer.from_dict({**example, "createdAt": "2022-06-28T18:47:00+02:00"})
    assert customer != Customer.from_dict({**example, "legalName": "Jane Doe"})
    assert customer != Customer.from_dict({**example, "new": 1})
    assert customer != example


# --- Writing


@pytest.mark.parametrize(
    ("name", "value", "key", "written"),
    [
        ("legal_name", "Acme", "legalName", "Acme"),
        ("label", "VIP", "label", "VIP"),
        ("created_at", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC), "createdAt", "2030-01-02T03:04:05Z"),
        ("created_at", datetime(2030, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "createdAt", "2030-01-02T03:04:05.000006Z"),
        (
            "archived_at",
            datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))),
            "archivedAt",
            "2030-01-02T03:04:05+02:00",
        ),
        ("tax_status", TaxStatus.TAX_EXEMPT, "taxStatus", "TAX_EXEMPT"),
        ("tax_status", TaxStatus("ZERO_RATED"), "taxStatus", "ZERO_RATED"),
        ("billing_emails", [], "billingEmails", []),
        ("billing_emails", ["a@example.com", "b@example.com"], "billingEmails", ["a@example.com", "b@example.com"]),
    ],
)
def test_changed_field_is_written(example: Any, name: str, value: Any, key: str, written: Any) -> None:
    """What is assigned to a field is what to_dict writes, and the other fields stay as they came."""
    customer = Customer.from_dict(example)

    setattr(customer, name, value)

    assert {**example, key: written} == customer.to_dict()


@pytest.mark.parametrize(
    ("name", "key"), [("label", "label"), ("archived_at", "archivedAt"), ("contact_name", "contactName")]
)
def test_optional_field_set_to_none_is_left_out(example: Any, name: str, key: str) -> None:
    """An optional field that is taken away is absent from what is written."""
    customer = Customer.from_dict(example)

    setattr(customer, name, None)
    del example[key]

    assert example == customer.to_dict()


def test_field_that_was_null_is_written_once_it_is_set(example: Any) -> None:
    """A value takes the place of the null that the server had sent."""
    customer = Customer.from_dict({**example, "label": None, "archivedAt": None})

    customer.label = "VIP"
    customer.archived_at = datetime(2030, 1, 1, tzinfo=UTC)

    assert {**example, "label": "VIP", "archivedAt": "2030-01-01T00:00:00Z"} == customer.to_dict()


def test_timestamp_changed_and_changed_back_is_written_as_it_was_spelled(example: Any) -> None:
    """The spelling belongs to the instant: a change is written, and undoing it is too."""
    example["createdAt"] = "2022-06-28t16:47:00.123456789z"
    customer = Customer.from_dict(example)
    before = customer.created_at

    customer.created_at = datetime(2030, 1, 1, tzinfo=UTC)
    changed = customer.to_dict()["createdAt"]
    customer.created_at = before

    assert changed == "2030-01-01T00:00:00Z"
    assert example == customer.to_dict()


def test_changed_lists_are_written(example: Any) -> None:
    """Lists are lists: what is appended, removed or replaced in them is written."""
    customer = Customer.from_dict(example)

    customer.billing_emails.append("new@example.com")
    customer.integration_ids.pop()
    customer.integration_ids[0].is_pending = True
    customer.integration_ids.append(IntegrationId(service=IntegrationService("New"), id="1", is_pending=False))

    assert ["exampleCorpInvoices@example.com", "new@example.com"] == customer.to_dict()["billingEmails"]
    assert customer.to_dict()["integrationIds"] == [
        {**example["integrationIds"][0], "isPending": True},
        {"service": "New", "id": "1", "isPending": False},
    ]


def test_changed_nested_model_is_written(example: Any) -> None:
    """A model inside a model is written with its own changes."""
    customer = Customer.from_dict(example)

    customer.address.town = "Boston"
    customer.address.state = State.MA
    customer.address.line2 = None

    assert {"line1": "Flat 1", "town": "Boston", "state": "MA", "postcode": "AB1 2EF", "country": "US"} == (
        customer.to_dict()["address"]
    )


def test_unknown_fields_are_kept_and_can_be_changed(example: Any) -> None:
    """What the server sends beyond the document is in additional_properties, at every level, and written from there."""
    example["new"] = {"nested": [1, None]}
    example["address"]["geo"] = "0,0"
    customer = Customer.from_dict(example)

    assert {"new": {"nested": [1, None]}} == customer.additional_properties
    assert {"geo": "0,0"} == customer.address.additional_properties

    customer.additional_properties["other"] = 1
    del customer.address.additional_properties["geo"]

    assert customer.to_dict()["other"] == 1
    assert "geo" not in customer.to_dict()["address"]


def test_what_is_written_is_the_writers_own(example: Any) -> None:
    """Lists of a dict that was written can be changed without changing the model."""
    customer = Customer.from_dict(example)

    customer.to_dict()["billingEmails"].clear()
    customer.to_dict()["integrationIds"].clear()
    customer.to_dict()["address"].clear()

    assert example == customer.to_dict()


def test_naive_datetime_is_not_written(example: Any) -> None:
    """A datetime without a time zone could be any of 24 instants: it is refused, with what to do."""
    customer = Customer.from_dict(example)

    customer.created_at = datetime(2030, 1, 1)  # noqa: DTZ001

    with pytest.raises(ValueError, match="needs a time zone"):
        customer.to_dict()


@attrs.define(kw_only=True)
class Counts(Model):
    """As the generator writes a model whose unknown fields have a type (`additionalProperties: {type: integer}`)."""

    additional_properties: dict[str, Any] = attrs.field(factory=dict)

    @staticmethod
    def _additional() -> Codec[Any]:
        return INTEGER


def test_typed_unknown_fields_are_read_by_their_type() -> None:
    """Where the document says of which type unknown fields are, they are read so, and refused otherwise."""
    assert Counts.from_dict({"a": 1, "b": 2.0}).to_dict() == {"a": 1, "b": 2}
    with pytest.raises(ValueError, match=r"^b: expected an integer, found a string$"):
        Counts.from_dict({"a": 1, "b": "2"})


# --- Making


def test_made_by_hand_is_written() -> None:
    """A model that a test makes itself is written with what it was made of, and reads back equal."""
    address = Address(line1="1 Road", town="Leeds", postcode="LS1", country=CountryCode.GB)

    assert {"line1": "1 Road", "town": "Leeds", "postcode": "LS1", "country": "GB"} == address.to_dict()
    assert address == Address.from_dict(address.to_dict())


@pytest.mark.parametrize("model", MODELS)
def test_constructors_are_keyword_only(model: type[Any]) -> None:
    """Fields have no order: the next document may list them in another."""
    with pytest.raises(TypeError, match="positional"):
        model("value")


@pytest.mark.parametrize("model", MODELS)
def test_constructors_demand_what_the_document_requires(model: type[Any]) -> None:
    """A model cannot be made without its required fields, and can without the others."""
    required = {field.name for field in attrs.fields(model) if field.init and field.default is attrs.NOTHING}
    keys = [key for key, (_, needed) in SCHEMA[model.__name__].items() if needed]

    assert sorted(key.lower() for key in keys) == sorted(name.replace("_", "") for name in required)


def test_default_lists_and_dicts_are_not_shared() -> None:
    """Two models that are made by hand have additional_properties of their own."""
    first, second = (Address(line1="", town="", postcode="", country=CountryCode.GB) for _ in range(2))

    first.additional_properties["x"] = 1

    assert {} == second.additional_properties


@pytest.mark.parametrize("model", MODELS)
def test_mistyped_attribute_is_refused(model: type[Any], example: Any) -> None:
    """Assigning to a field that there is not is an error, and no silent loss."""
    made = model.from_dict(inside(example, PLACES[model.__name__]))

    with pytest.raises(AttributeError):
        made.leagl_name = "Acme"


# --- Describing


def attribute_docstrings(source: str, model: str) -> dict[str, str]:
    """What stands below each attribute of a class, its white space evened out."""
    body = next(node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == model)
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@pytest.mark.parametrize("model", MODELS)
def test_fields_are_described_in_the_documents_words(model: type[Any], document: Any, root: Path) -> None:
    """What the document says of a property stands below the attribute, where editors show it, without links."""
    source = (root / "sequence_customers_client" / "_generated" / "customers" / "models.py").read_text(encoding="utf-8")
    found = attribute_docstrings(source, model.__name__)
    schemas = document["components"]["schemas"]
    schema = schemas.get(model.__name__) or schemas["Customer20240509"]
    described = {
        key.lower(): re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", " ".join(content["description"].split()))
        for key, content in schema["properties"].items()
        if "description" in content
    }

    assert described == {
        name.replace("_", ""): text for name, text in found.items() if name.replace("_", "") in described
    }


@attrs.define(kw_only=True)
class Change(Model):
    """A request whose label may be cleared."""

    label: str | None = None
    name: str | None = None

    additional_properties: dict[str, Any] = attrs.field(factory=dict)

    @staticmethod
    def _fields() -> tuple[Field, ...]:
        return (
            Field("label", "theLabel", nullable(STRING), required=False),
            Field("name", "theName", STRING, required=False),
        )


def test_a_cleared_field_is_sent_as_null() -> None:
    """What is cleared is written as null, and a value given later takes its place."""
    change = Change(label="old", name="New").clear("label")

    assert {"theLabel": None, "theName": "New"} == change.to_dict()
    assert change.label is None

    change.label = "new"

    assert {"theLabel": "new", "theName": "New"} == change.to_dict()


def test_what_is_cleared_in_a_copy_stays_in_the_original() -> None:
    """A copy is changed alone, though the two share what they have beyond their fields."""
    change = Change(label="old", additional_properties={"new": 1})

    assert {"theLabel": None, "new": 1} == attrs.evolve(change).clear("label").to_dict()
    assert {"theLabel": "old", "new": 1} == change.to_dict()


@pytest.mark.parametrize("name", ["name", "theLabel", "nothing"])
def test_what_may_not_be_null_cannot_be_cleared(name: str) -> None:
    """Only fields that the document lets be null can be cleared; the error names them."""
    with pytest.raises(ValueError, match=f"Change: {name} cannot be null; label can"):
        Change().clear(name)
