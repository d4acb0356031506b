"""OpenAPI documents: reading them, and the one error that every step on the way to code raises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class DocumentError(Exception):
    """A document, the overlay or the configuration cannot be used; the message is one line that says why."""


class _JsonTypes(SafeConstructor):
    """YAML's JSON schema: a date that nobody quoted stays the string that the vendor wrote."""


_JsonTypes.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read_yaml(path: Path) -> Any:
    """Read a YAML or JSON file as JSON values."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _JsonTypes
    try:
        return yaml.load(path.read_bytes())
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path}: not YAML: {' '.join(str(error).split())}") from error


def read_document(path: Path) -> dict[str, Any]:
    """Read an OpenAPI 3 document that has at least one operation."""
    document = read_yaml(path)
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise DocumentError(f"{path}: not an OpenAPI 3 document")
    if not any(operations(document)):
        raise DocumentError(f"{path}: has no operation")
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The path, method and content of every operation, in the document's order."""
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                yield path, method, item[method]


def walk(node: Any, where: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object below a node, with the path to it, examples left out."""
    if isinstance(node, dict):
        yield where, node
        for key, value in node.items():
            if key not in {"example", "examples"} or where.endswith(".properties"):
                yield from walk(value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{where}[{index}]")
