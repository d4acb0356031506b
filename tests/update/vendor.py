"""A document with the shape of what the vendor publishes, one file a version of the whole API, in words of our own.

115 paths, 358 schemas of which 31 have numbers, names after controllers and endpoints, headers in either case,
`servers` of one, empty `servers` and `parameters` in every path, an unversioned `Customer` beside the dated one.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from .documents import LOOK_UP, VENDORED, Json

PATHS, SCHEMAS = 115, 358
LONG = {
    "keys": "CustomerCustomPropertyKeysControllerListCustomerCustomPropertyKeysResponse",
    "settings": "UpdateCustomerSettingsEndpointProductUpdateCustomerSettingsResponseModel",
    "settings made": "CreateCustomerSettingsEndpointProductCreateCustomerSettingsResponseModel",
    "settings asked": "CreateCustomerSettingsEndpointProductCreateCustomerSettingsRequestModel",
    "settings changed": "UpdateCustomerSettingsEndpointProductUpdateCustomerSettingsRequestModel",
    "aliases": "CustomerAliasesEndpointListCustomerAliasesPaginatedResponseModel",
    "organization": "CustomerOrganizationsControllerCreateCustomerOrganizationResponseModel",
}
TEXT = {"type": "string"}


def vendor_document(paths: int = PATHS, schemas: int = SCHEMAS) -> Json:
    """The whole file: our twenty-four operations, and those of others up to the sizes that are asked for."""
    document: Json = {
        "openapi": "3.0.3",
        "info": {"title": "Sequence-like API", "description": "Everything", "version": "2024-07-30"},
        "servers": [{"url": "https://sandbox.sequencehq.com/api", "description": "Sandbox"}],
        "tags": [{"name": name} for name in ("Customers", "Contacts", *(f"Area {n}" for n in range(16)))],
        "paths": {},
        "components": {"schemas": {}, "requestBodies": {}},
    }
    _ours(document)
    _others(document, paths, schemas)
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    return document


def renumbered(document: Json) -> Json:
    """The same API from another build: numbered components have other numbers, the first of each one, too."""
    names = list(document["components"]["schemas"])
    mapping = {
        name: f"{name[:-1]}{int(name[-1]) + 2}" if name[-2:].isalnum() and _is_numbered(name) else name
        for name in names
    } | {"Address": "Address2", "TaxStatus": "TaxStatus1"}
    text = json.dumps(document)
    for old, new in mapping.items():
        text = text.replace(f'#/components/schemas/{old}"', f'#/components/schemas/<{new}"')
    result: Json = json.loads(text.replace("schemas/<", "schemas/"))
    known = result["components"]["schemas"]
    result["components"]["schemas"] = dict(sorted((mapping[name], known[name]) for name in names))
    return result


def _is_numbered(name: str) -> bool:
    return name[-1].isdigit() and not name[-2].isdigit()


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: tuple[str, ...] = (), /, **properties: Any) -> Json:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _call(answer: str | None, *parameters: Json, status: str = "200", body: str = "", **keywords: Any) -> Json:
    """An operation with the headers that every one repeats; newer ones write the version in lower case."""
    headers: list[tuple[str, bool, Json]] = [
        ("Authorization", True, TEXT),
        (
            "sequence-version" if keywords.pop("newer", False) else "Sequence-Version",
            False,
            {"type": "string", "enum": ["2024-07-30"]},
        ),
    ]
    listed = [
        *parameters,
        *({"name": name, "in": "header", "required": needed, "schema": schema} for name, needed, schema in headers),
    ]
    content: Json = {"application/json": {"schema": _ref(answer)}} if answer else {}
    errors: Json = {code: {"description": code, "content": {}} for code in ("400", "401", "500")}
    sent: Json = (
        {"requestBody": {"content": {"application/json": {"schema": _ref(body)}}, "required": True}} if body else {}
    )
    return {"parameters": listed, **sent, "responses": {status: {"description": "", "content": content}, **errors}} | (
        keywords
    )


def _in(where: str, name: str, schema: Json | None = None) -> Json:
    return {"name": name, "in": where, "required": where == "path", "schema": schema or TEXT}


CURSORS = [_in("query", name) for name in ("after", "before")] + [
    _in("query", "limit", {"type": "integer", "format": "int32", "minimum": 1, "maximum": 100})
]
KEY = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": TEXT}
ID = _in("path", "id")


def _ours(document: Json) -> None:
    schemas = document["components"]["schemas"]
    schemas.update(copy.deepcopy(VENDORED["components"]["schemas"]))
    for name in ("Address", "CountryCode", "IntegrationId"):
        schemas[f"{name}1"] = copy.deepcopy(schemas[name])
    schemas["Address1"]["properties"]["country"] |= _ref("CountryCode1")
    page = {"type": "object", "properties": {"after": TEXT, "before": TEXT, "totalResultSize": {"type": "integer"}}}
    schemas.update({f"PaginationMeta{number}": copy.deepcopy(page) for number in range(1, 7)})
    schemas.update(_models())
    sorting = {"type": "string", "enum": ["createdAt", "legalName"]}
    twelve = [
        *CURSORS,
        _in("query", "sortBy", sorting),
        _in("query", "sortDirection", {"type": "string", "enum": ["ASC", "DESC"]}),
        _in("query", "alias", {"type": "array", "items": TEXT}),
        _in("query", "status", {"type": "array", "items": {"type": "string", "enum": ["ACTIVE", "ARCHIVED"]}}),
        *(_in("query", name) for name in ("search", "email", "createdBefore", "createdAfter", "organization")),
    ]
    calls: dict[str, dict[str, Json]] = {
        "/customers": {
            "get": _call("ListCustomersPaginatedResponseModel", *twelve),
            "post": _call("Customer", body="CreateCustomerRequestModel"),
        },
        "/customers/{id}": {
            "get": _call("Customer", ID),
            "put": _call("Customer", ID, body="UpdateCustomerRequestModel"),
        },
        "/customers/{id}/archive": {"post": _call("Customer", ID)},
        "/customers/{id}/aliases": {"get": _call("ListAliasesOfCustomerResponseModel", ID)},
        "/customers/{id}/organizations": {"get": _call(LONG["organization"], ID, newer=True)},
        LOOK_UP: {"get": copy.deepcopy(VENDORED["paths"][LOOK_UP]["get"])},
        "/customers/{customer}/contacts": {
            "get": _call("ListContactsResponseModel", _in("path", "customer"), newer=True),
            "post": _call(
                "ContactResponseModel", _in("path", "customer"), body="CreateContactRequestModel", status="201"
            ),
        },
        "/customers/{customer}/contacts/{id}": {
            "put": _call("ContactResponseModel", _in("path", "customer"), ID, body="UpdateContactRequestModel")
        },
        "/customers/{customer}/contacts/{id}/archive": {
            "post": _call("ContactResponseModel", _in("path", "customer"), ID, newer=True)
        },
        "/customer-aliases": {
            "get": _call(LONG["aliases"], *CURSORS),
            "post": _call("CustomerAliasResponseModel", KEY, body="CreateAliasRequestModel", status="201", newer=True),
        },
        "/customer-aliases/{id}": {
            "put": _call("CustomerAliasResponseModel", ID, body="UpdateAliasRequestModel"),
            "delete": _call("CustomerAliasResponseModel", ID),
        },
        "/customer-organizations": {
            "post": _call(LONG["organization"], body="CreateOrganizationRequestModel", status="201", newer=True)
        },
        "/customer-organizations/{id}/members": {
            "post": _call(LONG["organization"], ID, body="OrganizationMembersRequestModel", newer=True),
            "put": _call(LONG["organization"], ID, body="OrganizationMembersRequestModel", newer=True),
        },
        "/customer-custom-property-keys": {"get": _call(LONG["keys"], newer=True)},
        "/payments/settings/customers": {
            "post": _call(LONG["settings made"], body=LONG["settings asked"], status="201", newer=True)
        },
        "/payments/settings/customers/{id}": {
            "get": _call("CustomerSettings", ID, newer=True),
            "put": _call(LONG["settings"], ID, body=LONG["settings changed"], newer=True),
            "delete": _call(None, ID, status="202", newer=True),
        },
    }
    for path, methods in calls.items():
        document["paths"][path] = {"servers": [], "parameters": []}
        for method, call in methods.items():
            words = f"{method} {path}".replace("/", " ").title()
            document["paths"][path][method] = {
                "tags": ["Customers" if "settings" not in path else "Payments"],
                "summary": words,
                "description": f"{words}. See [the guide](/guides/customers) for more.",
                "operationId": "".join(letter for letter in words if letter.isalnum()),
            } | call


def _models() -> Json:
    address, status = _ref("Address1"), {"type": "string", "enum": ["ACTIVE", "ARCHIVED"]}
    made = {"type": "string", "example": "2024-05-02T14:26:48.63792Z"}
    listed = {"items": {"type": "array", "items": _ref("Customer")}, "pagination": _ref("PaginationMeta1")}
    alias = {"id": TEXT, "value": TEXT, "customerId": TEXT}
    contact = {"name": TEXT, "email": {"type": "string", "nullable": True}, "role": {"type": "string", "enum": ["A"]}}
    settings = {
        "customerId": TEXT,
        "method": {"type": "string", "enum": ["CARD", "BANK"]},
        "retries": {"type": "integer"},
    }
    return {
        "Customer": _object(
            ("id", "legalName", "status"),
            id=TEXT,
            legalName=TEXT,
            createdAt=made,
            address=address,
            status=status,
            organizations={"type": "array", "items": _ref("OrganizationSummary")},
            contacts={"type": "array", "items": _ref("ContactResponseModel")},
            customProperties={"type": "object", "additionalProperties": TEXT},
            integrationIds={"type": "array", "items": _ref("IntegrationId1")},
            logo=_object(url=TEXT, format={"type": "string", "enum": ["PNG", "SVG"]}),
            email=TEXT,
            telephone=TEXT,
            label=TEXT,
            taxStatus=_ref("TaxStatus"),
        ),
        "OrganizationSummary": _object(("id",), id=TEXT, name=TEXT),
        "ListCustomersPaginatedResponseModel": _object(("items", "pagination"), **listed),
        LONG["aliases"]: _object(
            ("items", "pagination"),
            items={"type": "array", "items": _ref("CustomerAliasResponseModel")},
            pagination=_ref("PaginationMeta2"),
        ),
        "ListAliasesOfCustomerResponseModel": _object(
            items={"type": "array", "items": _ref("CustomerAliasResponseModel")}
        ),
        "ListContactsResponseModel": _object(items={"type": "array", "items": _ref("ContactResponseModel")}),
        "CreateCustomerRequestModel": _object(
            ("legalName",), legalName=TEXT, address=address, aliases={"type": "array", "items": TEXT}
        ),
        "UpdateCustomerRequestModel": _object(
            legalName=TEXT, address=address, label={"type": "string", "nullable": True}
        ),
        "CustomerAliasResponseModel": _object(("id", "value"), **alias),
        "CreateAliasRequestModel": _object(("value",), value=TEXT, customerId=TEXT),
        "UpdateAliasRequestModel": _object(("value",), value=TEXT),
        "ContactResponseModel": _object(("id",), id=TEXT, **contact),
        "CreateContactRequestModel": _object(("name",), **contact),
        "UpdateContactRequestModel": _object(**contact),
        LONG["organization"]: _object(("id",), id=TEXT, name=TEXT, members={"type": "array", "items": TEXT}),
        "CreateOrganizationRequestModel": _object(("name",), name=TEXT),
        "OrganizationMembersRequestModel": _object(("members",), members={"type": "array", "items": TEXT}),
        LONG["keys"]: _object(("keys",), keys={"type": "array", "items": TEXT}),
        "CustomerSettings": _object(("customerId",), **settings),
        LONG["settings made"]: _object(("customerId",), **settings),
        LONG["settings"]: _object(("customerId",), **settings),
        LONG["settings asked"]: _object(("customerId", "method"), **settings),
        LONG["settings changed"]: _object(("method",), method=settings["method"], retries=settings["retries"]),
    }


def _others(document: Json, paths: int, schemas: int) -> None:
    """What is not ours: invoices, credit notes, usage and so on, as many as there shall be."""
    known = document["components"]["schemas"]
    kinds = ("Invoice", "CreditNote", "Usage", "Plan", "Price", "Quote", "Ledger", "Wallet")
    while len(known) < schemas:
        number = len(known)
        kind = kinds[number % len(kinds)]
        name = f"{kind}{'Line' * (number // 8 % 3)}{chr(65 + number // 24 % 26)}EndpointProduct{kind}ResponseModel"
        name = f"{kind}Address{number % 9}" if number % 16 == 0 and f"{kind}Address{number % 9}" not in known else name
        known[name if name not in known else f"{name}Variant{number}"] = _object(
            ("id",),
            id=TEXT,
            amount={"type": "integer", "format": "int64"},
            state={"type": "string", "enum": ["A", "B"]},
        )
    names = [name for name in known if name.startswith(kinds)]
    while len(document["paths"]) < paths:
        number = len(document["paths"])
        path = f"/{kinds[number % len(kinds)].lower()}s-{number}" + ("/{id}" if number % 2 else "")
        target = names[number % len(names)] if names else "Customer"
        calls = {
            "get": _call(target, *([ID] if number % 2 else [])),
            "post": _call(target, *([ID] if number % 2 else [])),
        }
        document["paths"][path] = {"servers": [], "parameters": []} | {
            method: {"tags": [f"Area {number % 16}"], "operationId": f"{method}{number}"} | call
            for method, call in calls.items()
        }
