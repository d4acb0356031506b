"""Documents as edits on the vendored one: the noise of builds, changes that mean something, and a chain of years."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from .checkouts import CHECKOUT

Json = dict[str, Any]
Edit = Callable[[Json], object]

LOOK_UP = "/customers/by-alias/{alias}"
CUSTOMER = "Customer20240509"
VENDORED: Json = copy.deepcopy(CHECKOUT.document)


def edited(*edits: Edit, base: Mapping[str, Any] = VENDORED) -> Json:
    """A copy of a document, edited."""
    document: Json = copy.deepcopy(dict(base))
    for edit in edits:
        changed = edit(document)
        if isinstance(changed, dict) and "paths" in changed:
            document = changed
    return document


def schemas(document: Json) -> Json:
    found: Json = document["components"]["schemas"]
    return found


def operation(document: Json) -> Json:
    found: Json = document["paths"][LOOK_UP]["get"]
    return found


# --- Edits that mean something


def field(name: str, schema: Json, *, of: str = CUSTOMER, required: bool = False) -> Edit:
    """A field more."""

    def edit(document: Json) -> None:
        schemas(document)[of]["properties"][name] = schema
        if required:
            schemas(document)[of]["required"].append(name)

    return edit


def values(of: str, *added: str, at: int | None = None) -> Edit:
    """Enum values more."""

    def edit(document: Json) -> None:
        enum = schemas(document)[of]["enum"]
        position = len(enum) if at is None else at
        enum[position:position] = added

    return edit


def without_value(of: str, value: str) -> Edit:
    return lambda document: schemas(document)[of]["enum"].remove(value)


def without_field(name: str, of: str = CUSTOMER) -> Edit:
    def edit(document: Json) -> None:
        schemas(document)[of]["properties"].pop(name)
        schemas(document)[of]["required"] = [each for each in schemas(document)[of]["required"] if each != name]

    return edit


def renamed_field(old: str, new: str, of: str = CUSTOMER) -> Edit:
    def edit(document: Json) -> None:
        properties = schemas(document)[of]["properties"]
        schemas(document)[of]["properties"] = {new if key == old else key: value for key, value in properties.items()}

    return edit


def required(name: str, of: str = CUSTOMER) -> Edit:
    return lambda document: schemas(document)[of]["required"].append(name)


def not_required(name: str, of: str = CUSTOMER) -> Edit:
    return lambda document: schemas(document)[of]["required"].remove(name)


def of_field(name: str, of: str = CUSTOMER, **keywords: Any) -> Edit:
    """A field's schema, changed."""
    return lambda document: schemas(document)[of]["properties"][name].update(keywords)


def parameter(**keywords: Any) -> Edit:
    added = {"in": "query", "schema": {"type": "string"}, **keywords}
    return lambda document: operation(document)["parameters"].append(added)


def listing(path: str = "/customers") -> Edit:
    """An operation more, which lists customers."""

    def edit(document: Json) -> None:
        added: Json = copy.deepcopy(operation(document)) | {"operationId": "list" + path, "summary": f"List {path}"}
        added["parameters"] = [each for each in added["parameters"] if each["in"] == "header"]
        document["paths"][path] = {"get": added}

    return edit


def words(text: str) -> Edit:
    return lambda document: operation(document).update(description=text)


def several(*edits: Edit) -> Edit:
    return lambda document: edited(*edits, base=document)


MEANINGFUL: dict[str, tuple[Edit, str, str, str]] = {
    # what: (edit, verdict, next version, where)
    "a service more": (
        values("IntegrationService", "Chargebee", at=4),
        "additive",
        "0.2.0",
        "#/components/schemas/IntegrationService/enum",
    ),
    "an optional field more": (
        field("vatNumber", {"type": "string", "description": "VAT number"}),
        "additive",
        "0.2.0",
        f"#/components/schemas/{CUSTOMER}/properties/vatNumber",
    ),
    "a required field more": (
        field("isActive", {"type": "boolean"}, of="IntegrationId", required=True),
        "additive",
        "0.2.0",
        "#/components/schemas/IntegrationId/properties/isActive",
    ),
    "an operation more": (listing(), "additive", "0.2.0", "#/paths/~1customers/get"),
    "an optional parameter more": (
        parameter(name="expand", description="What to show"),
        "additive",
        "0.2.0",
        "#/paths/~1customers~1by-alias~1{alias}/get/parameters/3",
    ),
    "a server more": (
        lambda d: d["servers"].append({"url": "https://us.sequencehq.com/api", "description": "US"}),
        "additive",
        "0.2.0",
        "#/servers",
    ),
    "a field less": (without_field("label"), "breaking", "1.0.0", f"#/components/schemas/{CUSTOMER}/properties/label"),
    "a field renamed": (
        renamed_field("telephone", "phone"),
        "breaking",
        "1.0.0",
        f"#/components/schemas/{CUSTOMER}/properties/phone",
    ),
    "another type": (
        of_field("isPending", of="IntegrationId", type="string"),
        "breaking",
        "1.0.0",
        "#/components/schemas/IntegrationId/properties/isPending/type",
    ),
    "a required parameter more": (
        parameter(name="region", required=True),
        "breaking",
        "1.0.0",
        "#/paths/~1customers~1by-alias~1{alias}/get/parameters/3",
    ),
    "a value less": (
        without_value("TaxStatus", "TAX_EXEMPT"),
        "breaking",
        "1.0.0",
        "#/components/schemas/TaxStatus/enum",
    ),
    "a field that may be missing now": (
        not_required("email"),
        "breaking",
        "1.0.0",
        f"#/components/schemas/{CUSTOMER}/required",
    ),
    "a field that is always there now": (
        required("label"),
        "additive",
        "0.2.0",
        f"#/components/schemas/{CUSTOMER}/required",
    ),
    "a field that may be null now": (
        of_field("email", nullable=True),
        "breaking",
        "1.0.0",
        f"#/components/schemas/{CUSTOMER}/properties/email/nullable",
    ),
    "other words": (
        words("Look a customer up."),
        "documentation",
        "0.1.1",
        "#/paths/~1customers~1by-alias~1{alias}/get/description",
    ),
    "another example": (
        of_field("email", example="jane@example.com"),
        "documentation",
        "0.1.1",
        f"#/components/schemas/{CUSTOMER}/properties/email/example",
    ),
    "words beside a reference": (
        of_field("taxStatus", description="How tax applies"),
        "documentation",
        "0.1.1",
        f"#/components/schemas/{CUSTOMER}/properties/taxStatus/description",
    ),
}


# --- Noise


def shuffled(seed: int) -> Edit:
    """Another order of keys, everywhere."""
    order = random.Random(seed)  # noqa: S311 - no secret

    def shuffle(node: Any) -> Any:
        if isinstance(node, dict):
            keys = list(node)
            order.shuffle(keys)
            return {key: shuffle(node[key]) for key in keys}
        return [shuffle(each) for each in node] if isinstance(node, list) else node

    return shuffle


def shuffled_enum(name: str, seed: int = 1) -> Edit:
    return lambda document: random.Random(seed).shuffle(schemas(document)[name]["enum"])  # noqa: S311


def renumbered(**numbers: object) -> Edit:
    """Components under the names that another build gives them."""

    def edit(document: Json) -> Json:
        text = json.dumps(document)
        for name, number in numbers.items():
            text = re.sub(rf'"{name}": {{"(?!description": ")', f'"{name}{number}": {{"', text)
            text = text.replace(f'schemas/{name}"', f'schemas/{name}{number}"')
        renamed: Json = json.loads(text)
        return renamed

    return edit


def doubled(name: str, number: int, *, inside: str) -> Edit:
    """A component twice, under two names, of which another component uses the second."""

    def edit(document: Json) -> None:
        schemas(document)[f"{name}{number}"] = copy.deepcopy(schemas(document)[name])
        text = json.dumps(schemas(document)[inside]).replace(f'schemas/{name}"', f'schemas/{name}{number}"')
        schemas(document)[inside] = json.loads(text)

    return edit


def inlined(*names: str) -> Edit:
    """Schemas in place of references."""

    def edit(document: Json) -> Json:
        def inline(node: Any) -> Any:
            if isinstance(node, dict):
                name = str(node.get("$ref", "")).rpartition("/")[2]
                if name in names:
                    rest = {key: value for key, value in node.items() if key != "$ref"}
                    return inline({**schemas(document)[name], **rest})
                return {key: inline(value) for key, value in node.items()}
            return [inline(each) for each in node] if isinstance(node, list) else node

        result: Json = inline(document)
        for name in names:
            del result["components"]["schemas"][name]
        if not result["components"]["schemas"]:
            del result["components"]
        return result

    return edit


def header(old: str, new: str) -> Edit:
    def edit(document: Json) -> None:
        (found,) = (each for each in operation(document)["parameters"] if each["name"] == old)
        found["name"] = new

    return edit


def put(**keywords: Any) -> Edit:
    return lambda document: operation(document).update(keywords)


NOISE: dict[str, Edit] = {
    "the same": copy.deepcopy,
    "a number at the address": renumbered(Address=1),
    "a number at the countries": renumbered(CountryCode=3),
    "numbers everywhere": renumbered(Address=2, CountryCode=1, IntegrationId=1, State=4, TaxStatus=1),
    "two of one": doubled("CountryCode", 1, inside="Address"),
    "a version in the customer's name": lambda d: json.loads(json.dumps(d).replace(CUSTOMER, "Customer20240730")),
    "another order of keys": shuffled(1),
    "yet another order of keys": shuffled(2),
    "components from Z to A": lambda d: d["components"].update(schemas=dict(reversed(schemas(d).items()))),
    "services in another order": shuffled_enum("IntegrationService"),
    "states in another order": shuffled_enum("State"),
    "required fields in another order": lambda d: schemas(d)[CUSTOMER]["required"].reverse(),
    "the version header in lower case": header("Sequence-Version", "sequence-version"),
    "every header in upper case": several(
        header("Sequence-Version", "SEQUENCE-VERSION"), header("Authorization", "AUTHORIZATION")
    ),
    "the address in place": inlined("Address"),
    "enums in place": inlined("State", "CountryCode", "TaxStatus", "IntegrationService"),
    "everything in place": inlined(*schemas(VENDORED)),
    "a reference around a reference": lambda d: schemas(d)[CUSTOMER]["properties"].update(
        address={"allOf": [{"$ref": "#/components/schemas/Address"}]}
    ),
    "line2 is back": field("line2", {"type": "string", "description": "Address line 2"}, of="Address"),
    "parameters in another order": lambda d: operation(d)["parameters"].reverse(),
    "another operationId": put(operationId="getCustomerByAlias"),
    "other tags": put(tags=["Customers"]),
    "a component that nobody needs": lambda d: schemas(d).update(Invoice={"type": "object"}),
    "defaults spelled out": several(put(deprecated=False), of_field("email", nullable=False)),
    "all of it": several(
        renumbered(Address=1, CountryCode=2),
        shuffled(3),
        header("Sequence-Version", "sequence-version"),
        shuffled_enum("State"),
        shuffled_enum("IntegrationService"),
        put(operationId="x", tags=[]),
    ),
}


# --- Years of it: each link is a change upon all before it, as the vendor's published documents show them

CHAIN: list[tuple[str, Edit]] = [
    (
        "2023-11: seven services and three states less, no isPending, no line2",
        several(
            *(
                without_value("IntegrationService", each)
                for each in ("Avalara", "Anrok", "Attio", "Numeral", "Rillet", "Sphere", "Google_Sheets")
            ),
            *(without_value("State", each) for each in ("NB", "PE", "YT")),
            without_field("isPending", "IntegrationId"),
        ),
    ),
    ("a service, in mid-list", values("IntegrationService", "Google_Sheets", at=3)),
    (
        "isPending, required",
        field("isPending", {"type": "boolean", "example": False}, of="IntegrationId", required=True),
    ),
    ("three states", values("State", "NB", "PE", "YT")),
    ("two services", values("IntegrationService", "Avalara", "Anrok")),
    ("line2", field("line2", {"type": "string", "example": "123 Fake Street"}, of="Address")),
    (
        "the header in lower case, and two services",
        several(header("Sequence-Version", "sequence-version"), values("IntegrationService", "Attio", "Numeral")),
    ),
    ("two services more", values("IntegrationService", "Rillet", "Sphere")),
    ("a nullable", of_field("contactName", nullable=True)),
    ("a required field", field("currency", {"type": "string", "enum": ["GBP", "USD"]}, required=True)),
    ("an optional object", field("contact", {"type": "object", "properties": {"name": {"type": "string"}}})),
    ("a tax status", values("TaxStatus", "PARTLY_EXEMPT")),
    (
        "a list of new models",
        several(
            lambda d: schemas(d).update(
                Note={"type": "object", "required": ["at"], "properties": {"at": {"type": "string"}}}
            ),
            field("notes", {"type": "array", "items": {"$ref": "#/components/schemas/Note"}}),
        ),
    ),
]


def chain() -> list[Json]:
    """The documents of the years, the oldest first."""
    documents = []
    document: Json = copy.deepcopy(VENDORED)
    for _, edit in CHAIN:
        document = edited(edit, base=document)
        documents.append(document)
    return documents
