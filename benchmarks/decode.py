"""From the bytes of an answer to a typed model: what of a call's cost is the model's."""

from __future__ import annotations

from timeit import Timer
from typing import Final, NamedTuple

from .figures import Figures, Rounds, turns

FLOOR: Final = "msgspec"

_REPEATS: Final = 500


class Decoder(NamedTuple):
    """One way from CONTENT to a model."""

    name: str
    what: str
    setup: str
    statement: str


_STRUCTS: Final = """
from datetime import datetime
import msgspec
from stock.models import CountryCode, IntegrationService, State, TaxStatus

class Address(msgspec.Struct, rename="camel"):
    line1: str
    town: str
    postcode: str
    country: CountryCode
    line2: str | None = None
    state: State | None = None

class IntegrationId(msgspec.Struct, rename="camel"):
    service: IntegrationService
    id: str
    is_pending: bool
    last_synced: datetime | None = None

class Customer(msgspec.Struct, rename="camel"):
    id: str
    created_at: datetime
    legal_name: str
    address: Address
    email: str
    integration_ids: list[IntegrationId]
    billing_emails: list[str]
    tax_status: TaxStatus
    contact_name: str | None = None
    telephone: str | None = None
    url: str | None = None
    label: str | None = None
    archived_at: datetime | None = None

decode = msgspec.json.Decoder(Customer).decode
"""

DECODERS: Final = (
    Decoder(FLOOR, "a Struct like our model, decoded in C: the floor", _STRUCTS, "decode(CONTENT)"),
    Decoder("json", "`json.loads` alone, no model", "import json", "json.loads(CONTENT)"),
    Decoder(
        "stock",
        "`from_dict`; timestamps stay strings, as in the vendor's document",
        "import json\nfrom stock.models import Customer20240509",
        "Customer20240509.from_dict(json.loads(CONTENT))",
    ),
    Decoder(
        "orb-billing",
        "`construct`, of the fields that the model has room for",
        "import json\nfrom orb.types import Customer",
        "Customer.construct(**json.loads(CONTENT))",
    ),
    Decoder(
        "metronome-sdk",
        "`construct`, likewise",
        "import json\nfrom metronome.types.v1 import CustomerDetail",
        "CustomerDetail.construct(**json.loads(CONTENT))",
    ),
    Decoder(
        "ours",
        "what a call does with them",
        "from sequence_customers_client._generated.operations import CUSTOMERS_GET_BY_ALIAS as OPERATION\n"
        "from sequence_customers_client._response import Answer, parse",
        "parse(OPERATION, Answer(200, {}, CONTENT))",
    ),
)


def measure_decoders(content: bytes, count: int) -> Rounds:
    """Decode the same content with each, interleaved: `wall`, in seconds."""
    timers = {each.name: Timer(each.statement, each.setup, globals={"CONTENT": content}) for each in DECODERS}
    rounds: dict[str, list[Figures]] = {name: [] for name in timers}
    for number in range(count):
        for name in turns(list(timers), number):
            rounds[name].append({"wall": timers[name].timeit(_REPEATS) / _REPEATS})
    return rounds
