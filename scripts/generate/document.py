"""OpenAPI documents: reading them within limits, and the one error that every step on the way to code raises."""

from __future__ import annotations

import codecs
import json
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError, YAMLStreamError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent, ScalarEvent

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

MOST_BYTES: Final = 20_000_000
MOST_CHARACTERS: Final = 20_000_000
"""What aliases may unfold to."""
DEEPEST: Final = 100
LONGEST_KEY: Final = 1000

_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class DocumentError(Exception):
    """A document, the overlay or the configuration cannot be used; the message is one line that says why."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(printable(" ".join(message.split())).split()))


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Whatever a document that nobody thought of does to the code here, it is refused with one line."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        place = traceback.extract_tb(error.__traceback__)[-1].name
        raise DocumentError(
            f"{name}: has a structure that cannot be used ({place}: {type(error).__name__}: {str(error)[:200]}); "
            "leave it out with openapi/operations.yaml, or mend it with an overlay"
        ) from error


def printable(text: str) -> str:
    """A text in which nothing moves the cursor, or turns the direction of reading; lines stay lines."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)


class _JsonTypes(SafeConstructor):
    """YAML's JSON schema: a date that nobody quoted stays the string that the vendor wrote."""


_JsonTypes.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read_yaml(path: Path) -> Any:
    """Read a YAML or JSON file as JSON values: keys are strings, and nothing is shared."""
    try:
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error


def parse(content: bytes, name: str) -> Any:
    """Read the content of such a file; the name is what messages call it."""
    if len(content) > MOST_BYTES:
        raise DocumentError(f"{name}: is larger than {MOST_BYTES} bytes")
    encoding = next((encoding for mark, encoding in _ENCODINGS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
        # JSON is YAML but for its surrogate pairs; and it is read a hundred times as fast.
        if text.lstrip()[:1] in {"{", "["}:
            value = json.loads(text, object_pairs_hook=_unique)
        else:
            _refuse_bomb(text, name)
            yaml = YAML(typ="safe", pure=True)
            yaml.Constructor = _JsonTypes
            value = yaml.load(text)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
        value = json.loads(text)
    except (YAMLError, YAMLStreamError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DocumentError(f"{name}: neither YAML nor JSON: {error}") from error
    _refuse_depth(value, name)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} occurs twice in one object")
    return found


def _refuse_bomb(text: str, name: str) -> None:
    """Refuse YAML whose aliases, each of others or of one long text, would unfold to more than any document has."""
    if not (re.search(r"(?:^|[\s\[,:-])\*[^\s*]", text) and re.search(r"(?:^|[\s\[,:-])&[^\s&]", text)):
        return  # an alias has an anchor
    sizes: dict[str, int] = {}
    holders: list[tuple[str | None, int]] = [(None, 0)]
    for event in YAML(typ="safe", pure=True).parse(text):
        match event:
            case CollectionStartEvent():
                holders.append((event.anchor, 1))
                continue
            case CollectionEndEvent():
                anchor, size = holders.pop()
            case AliasEvent():
                anchor, size = None, sizes.get(str(event.anchor), 1)
            case ScalarEvent():
                anchor, size = event.anchor, len(event.value) + 1
            case NodeEvent():
                anchor, size = event.anchor, 1
            case _:
                continue
        if anchor is not None:
            sizes[str(anchor)] = size
        outer, total = holders[-1]
        holders[-1] = (outer, total + size)
        if total + size > MOST_CHARACTERS:
            raise DocumentError(f"{name}: its aliases unfold to more than {MOST_CHARACTERS} characters")


def _refuse_depth(value: Any, name: str) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise DocumentError(f"{name}: is nested deeper than {DEEPEST} levels")
        for key in (key for each in level if isinstance(each, dict) for key in each if len(key) > LONGEST_KEY):
            raise DocumentError(f"{name}: has a key of more than {LONGEST_KEY} characters: {key[:40]}…")
        holders = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [inner for each in holders for inner in each]


def read_document(path: Path) -> dict[str, Any]:
    """Read an OpenAPI 3 document that has at least one operation; all that comes after can rely on its structure."""
    return checked(read_yaml(path), str(path))


def checked(document: Any, name: str) -> dict[str, Any]:
    """The document, or DocumentError where it is no OpenAPI 3 document with at least one operation."""
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise DocumentError(f"{name}: not an OpenAPI 3 document")
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        place = ".".join(str(part) for part in first["loc"] if part not in {"other", "ref"})
        more = f" (and {len(others)} more)" if others else ""
        raise DocumentError(f"{name}: not an OpenAPI 3 document: {place}: {first['msg']}{more}") from error
    _check_shape(document, "document", name, "")
    _check_shape(document.get("servers") or [], "server[]", name, "servers")
    if not any(operations(document)):
        raise DocumentError(f"{name}: has no operation")
    return document


MAP, LIST = "*", "[]"

GRAMMAR: Final[dict[str, dict[str, str]]] = {
    "document": {"paths": "item*", "components": "components"},
    "components": {
        "schemas": "schema*",
        "parameters": "parameter*",
        "headers": "parameter*",
        "requestBodies": "body*",
        "responses": "response*",
    },
    "item": {"parameters": "parameter[]", **dict.fromkeys(METHODS, "operation")},
    "operation": {"parameters": "parameter[]", "requestBody": "body", "responses": "response*"},
    "parameter": {"schema": "schema", "content": "media*"},
    "body": {"content": "media*"},
    "response": {"content": "media*", "headers": "parameter*"},
    "media": {"schema": "schema", "examples": "examples"},
    "schema": {
        "properties": "schema*",
        "items": "schema",
        "additionalProperties": "schema",
        "not": "schema",
        "allOf": "schema[]",
        "oneOf": "schema[]",
        "anyOf": "schema[]",
    },
}
"""What stands where: the kind of each child, of maps (*) and of lists ([]) too. All else is data."""

_VALUES: Final[dict[str, type]] = {
    "$ref": str,
    "title": str,
    "summary": str,
    "description": str,
    "operationId": str,
    "name": str,
    "url": str,
    "in": str,
    "format": str,
    "nullable": bool,
    "tags": list,
    "enum": list,
    "required": list,
}
_NEEDED: Final = {"parameter": {"name", "in"}, "server": {"url"}, "operation": {"responses"}}


def child_kind(kind: str, key: str) -> str:
    """What kind of node stands under a key of a node of some kind."""
    if kind.endswith(MAP):
        return kind.removesuffix(MAP)
    return GRAMMAR.get(kind, {}).get(key, "data")


def _check_shape(node: Any, kind: str, name: str, place: str) -> None:
    """What the generator's own check lets pass, or takes for something else than it is."""
    if kind == "schema" and isinstance(node, bool):
        return
    wanted = list if kind.endswith(LIST) else dict
    if not isinstance(node, wanted):
        raise DocumentError(f"{name}: {place or 'document'}: is no {'list' if wanted is list else 'object'}")
    if isinstance(node, list):
        for index, each in enumerate(node):
            _check_shape(each, kind.removesuffix(LIST), name, f"{place}[{index}]")
        return
    missing = _NEEDED.get(kind, set()) - set(node)
    if missing and "$ref" not in node and not place.startswith("components.headers") and ".headers." not in place:
        raise DocumentError(f"{name}: {place}: has no {min(missing)}")
    for key, value in node.items():
        inner, where = child_kind(kind, key), f"{place}.{key}".removeprefix(".")
        if inner not in {"data", "examples"}:
            if value is not None or kind.endswith(MAP):
                _check_shape(value, inner, name, where)
        elif kind in GRAMMAR or kind == "server":
            expected = bool if (kind, key) in {("parameter", "required"), ("body", "required")} else _VALUES.get(key)
            if expected and not isinstance(value, expected):
                raise DocumentError(f"{name}: {where}: is no {expected.__name__}")
            listed = key in {"tags", "required"} and kind in {"schema", "operation"}
            if listed and not all(isinstance(each, str) for each in value):
                raise DocumentError(f"{name}: {where}: is no list of strings")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The path, method and content of every operation, in the document's order."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if item.get(method) is not None:
                yield path, method, item[method]


def resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What an object, or the reference in its place, stands for."""
    seen: list[str] = []
    while "$ref" in node:
        reference = str(node["$ref"])
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
        if reference in seen or not reference.startswith("#/") or not isinstance(target, dict):
            raise DocumentError(f"{reference}: a reference to nothing in the document")
        seen.append(reference)
        node = target
    return node
