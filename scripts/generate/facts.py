"""Facts of the document that the generator never shows its templates: servers, the API version, where it comes from."""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from .document import DocumentError, operations, read_yaml
from .naming import environment_name

DEFAULT_ENVIRONMENT: Final = "PRODUCTION"
_PLAIN_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?")


def read_facts(path: Path, document: dict[str, Any], environments: Path) -> dict[str, Any]:
    """What the generated package says of the vendor's document, before the overlay takes headers away."""
    return {
        "servers": read_environments(environments, document),
        "api_version": _api_version(document),
        "spec_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "generator": f"openapi-python-client {version('openapi-python-client')}",
    }


def is_environment(server: dict[str, Any]) -> bool:
    """Whether a server of a document can be one of ours: a plain https URL, and words that can name it."""
    name = environment_name(server.get("description") or "")
    return name.isidentifier() and _PLAIN_URL.fullmatch(server["url"]) is not None


def read_environments(path: Path, document: dict[str, Any]) -> dict[str, str]:
    """The URLs of the environments: ours, which stand whatever a document lists, and those that are new in it."""
    ours = read_yaml(path)
    if not isinstance(ours, dict) or DEFAULT_ENVIRONMENT not in ours:
        raise DocumentError(f"{path.name}: names no {DEFAULT_ENVIRONMENT}, which the clients call by default")
    for name, url in ours.items():
        if not (isinstance(url, str) and name == environment_name(name) and name.isidentifier()):
            raise DocumentError(f"{path.name}: {name}: is no name in upper case with a URL")
        if not _PLAIN_URL.fullmatch(url):
            raise DocumentError(f"{path.name}: {name}: {url!r} is no plain https URL")
    found = {name: url.rstrip("/") for name, url in ours.items()}
    for server in filter(is_environment, document.get("servers") or []):
        if server["url"].rstrip("/") not in found.values():
            found.setdefault(environment_name(server["description"]), server["url"].rstrip("/"))
    return found


def _api_version(document: dict[str, Any]) -> str:
    holders = [*document["paths"].values(), *(operation for _, _, operation in operations(document))]
    versions = {
        tuple(str(version) for version in (parameter.get("schema") or {}).get("enum") or ())
        for holder in holders
        for parameter in holder.get("parameters") or []
        if parameter.get("in") == "header" and parameter["name"].lower() == "sequence-version"
    }
    if len(versions) != 1:
        found = " or ".join(str(list(values)) for values in sorted(versions)) or "no operation that names one"
        raise DocumentError(f"Sequence-Version: the operations must agree on one API version, found {found}")
    values = next(iter(versions))
    if not values:
        raise DocumentError("Sequence-Version: the header parameter lists no version")
    return max(values)
