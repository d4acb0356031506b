"""OpenAPI documents: reading them, and the one error that every step on the way to code raises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError, YAMLStreamError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class DocumentError(Exception):
    """A document, the overlay or the configuration cannot be used; the message is one line that says why."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class _JsonTypes(SafeConstructor):
    """YAML's JSON schema: a date that nobody quoted stays the string that the vendor wrote."""


_JsonTypes.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read_yaml(path: Path) -> Any:
    """Read a YAML or JSON file as JSON values: keys are strings, and nothing is shared."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _JsonTypes
    try:
        # JSON is YAML but for its surrogate pairs; and it is read a hundred times as fast.
        value = (
            json.loads(content, object_pairs_hook=_unique)
            if content.lstrip()[:1] in {b"{", b"["}
            else yaml.load(content)
        )
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
        return json.loads(text)
    except (YAMLError, YAMLStreamError, ValueError, TypeError, RecursionError) as error:
        raise DocumentError(f"{path}: neither YAML nor JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} occurs twice in one object")
    return found


def read_document(path: Path) -> dict[str, Any]:
    """Read an OpenAPI 3 document that has at least one operation; all that comes after can rely on its structure."""
    document = read_yaml(path)
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise DocumentError(f"{path}: not an OpenAPI 3 document")
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        place = ".".join(str(part) for part in first["loc"] if part not in {"other", "ref"})
        more = f" (and {len(others)} more)" if others else ""
        raise DocumentError(f"{path}: not an OpenAPI 3 document: {place}: {first['msg']}{more}") from error
    if not any(operations(document)):
        raise DocumentError(f"{path}: has no operation")
    return document


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
