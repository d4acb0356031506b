"""Facts of the document that the generator never shows its templates: servers, the API version, where it comes from."""

import hashlib
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from .document import DocumentError, read_yaml
from .grammar import walk
from .naming import environment_name

_PLAIN_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")


def read_facts(path: Path, document: dict[str, Any], environments: Path) -> dict[str, Any]:
    """What the generated package says of the vendor's document, before the overlay takes headers away."""
    versions = {
        tuple(str(value) for value in (node.get("schema") or {}).get("enum") or ())
        for node, kind in walk(document["paths"], "item*")
        if kind == "parameter" and node.get("in") == "header" and node["name"].lower() == "sequence-version"
    }
    if len(versions) != 1 or not all(versions):
        found = " or ".join(str(list(values)) for values in sorted(versions)) or "no operation that names one"
        raise DocumentError(f"Sequence-Version: the operations must agree on one API version, found {found}")
    return {
        "servers": read_environments(environments, document),
        "api_version": max(versions.pop()),
        "spec_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "generator": f"openapi-python-client {version('openapi-python-client')}",
    }


def environment_of(server: dict[str, Any]) -> tuple[str, str]:
    """What the environment of a server is called, and its URL."""
    return environment_name(server.get("description") or ""), server["url"].rstrip("/")


def is_environment(server: dict[str, Any]) -> bool:
    """Whether a server of a document can be one of ours: a plain https URL, and words that can name it."""
    name, url = environment_of(server)
    return name.isidentifier() and _PLAIN_URL.fullmatch(url) is not None


def read_environments(path: Path, document: dict[str, Any]) -> dict[str, str]:
    """The URLs of the environments: ours, which stand whatever a document lists, and those that are new in it."""
    ours = read_yaml(path)
    if not isinstance(ours, dict) or "PRODUCTION" not in ours:
        raise DocumentError(f"{path.name}: names no PRODUCTION, which the clients call by default")
    for name, url in ours.items():
        if name != environment_name(name) or not is_environment({"url": str(url), "description": name}):
            raise DocumentError(f"{path.name}: {name}: {url!r}: is no name in upper case with a plain https URL")
    found = {name: url.rstrip("/") for name, url in ours.items()}
    for name, url in map(environment_of, filter(is_environment, document.get("servers") or [])):
        if url not in found.values():
            found.setdefault(name, url)
    return found
