"""Facts of the document that the generator never shows its templates: servers, the API version, where it comes from."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .document import DocumentError, operations, walk
from .naming import environment_name


class Facts(NamedTuple):
    """What the generated package says about its document."""

    servers: dict[str, str]
    api_version: str
    spec_sha256: str
    generator: str


def read_facts(path: Path, document: dict[str, Any]) -> Facts:
    """Read the facts from the vendor's document as it is, before the overlay takes headers away."""
    return Facts(
        servers=_servers(document),
        api_version=_api_version(document),
        spec_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        generator=f"openapi-python-client {version('openapi-python-client')}",
    )


def read_examples(document: dict[str, Any]) -> dict[str, Any]:
    """An example of what each operation answers when all is well, by operationId, where the document has one."""
    examples: dict[str, Any] = {}
    for _, _, operation in operations(document):
        for status, response in sorted(operation.get("responses", {}).items()):
            media = (response.get("content") or {}).get("application/json")
            if str(status).startswith("2") and media:
                schema = media.get("schema") or {}
                name = str(schema.get("$ref", "")).rpartition("/")[2]
                component = document.get("components", {}).get("schemas", {}).get(name, {})
                named = [example.get("value") for example in (media.get("examples") or {}).values()]
                found = [media.get("example"), *named, schema.get("example"), component.get("example")]
                example = next((example for example in found if example is not None), None)
                if example is not None:
                    examples.setdefault(operation["operationId"], example)
    return examples


def _servers(document: dict[str, Any]) -> dict[str, str]:
    servers: dict[str, str] = {}
    for server in document.get("servers") or []:
        url, name = str(server.get("url", "")), environment_name(str(server.get("description", "")))
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or "{" in url:
            raise DocumentError(f"servers: {url!r} is no plain https URL")
        if not name.isidentifier():
            raise DocumentError(f"servers: {url} needs a description that can name an environment")
        if name in servers:
            raise DocumentError(f"servers: two of them would be Environment.{name}")
        servers[name] = url.rstrip("/")
    if not servers:
        raise DocumentError("servers: there are none, so there is no environment to choose")
    return servers


def _api_version(document: dict[str, Any]) -> str:
    versions = {
        tuple((parameter.get("schema") or {}).get("enum") or ())
        for _, parameter in walk(document)
        if parameter.get("in") == "header" and str(parameter.get("name")).lower() == "sequence-version"
    }
    if len(versions) != 1:
        found = " or ".join(str(list(values)) for values in sorted(versions)) or "no operation that names one"
        raise DocumentError(f"Sequence-Version: the operations must agree on one API version, found {found}")
    values = next(iter(versions))
    if not values:
        raise DocumentError("Sequence-Version: the header parameter lists no version")
    return str(max(values))
