"""The package of a document: document, overlay and names, the generator's model of it, our templates, ruff, checks."""

import hashlib
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from .dialect import Translation, check_paths, inline_parameters
from .document import DocumentError, checked, read_document, read_yaml, refusing, validating
from .grammar import walk
from .meaning import Json
from .naming import class_names, name_operations
from .overlay import apply_overlay
from .package import build, parts_of
from .rendering import text

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = ROOT / "sequence_customers_client" / "_generated"
_PLAIN_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")


class Sources(NamedTuple):
    """What the generated package is made from."""

    document: Path = ROOT / "openapi" / "customers.yaml"
    overlay: Path = ROOT / "openapi" / "overlay.yaml"
    config: Path = ROOT / "generator-config.yaml"
    templates: Path = ROOT / "openapi" / "templates"
    environments: Path = ROOT / "openapi" / "environments.yaml"
    names: Path = ROOT / "openapi" / "names.yaml"


def generate(sources: Sources, output: Path) -> None:
    """Write the package that the sources yield into a folder that does not exist yet, or raise DocumentError."""
    with refusing(sources.document.name):
        document = read_document(sources.document)
        inline_parameters(document)
        facts = _facts(sources.document, document, sources.environments)
        overlaid = apply_overlay(document, read_yaml(sources.overlay))
        document = checked(overlaid, f"{sources.document.name} with the overlay")
        check_paths(document)
        names = name_operations(document)
        shown = json.dumps(document, ensure_ascii=False, indent=1)
        translated = Translation(document, public_names(document, sources), _public_names()).document()
        parts = parts_of(_parse(translated), translated, names)
        build(output, sources.templates, _read_config(sources.config).post_hooks or [], parts=parts, facts=facts)
        (output / "document.json").write_text(shown + "\n", encoding="utf-8")  # what the test kit answers from


def _facts(path: Path, document: Json, environments: Path) -> Json:
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


def environment_of(server: Json) -> tuple[str, str]:
    """What the environment of a server is called, and its URL."""
    name = re.sub(r"\W+", "_", server.get("description") or "", flags=re.ASCII).strip("_").upper()
    return name, str(server["url"]).rstrip("/")


def is_environment(server: Json) -> bool:
    """Whether a server of a document can be one of ours: a plain https URL, and words that can name it."""
    name, url = environment_of(server)
    return name.isidentifier() and _PLAIN_URL.fullmatch(url) is not None


def read_environments(path: Path, document: Json) -> dict[str, str]:
    """The URLs of the environments: ours, which stand whatever a document lists, and those that are new in it."""
    ours = read_yaml(path)
    if not isinstance(ours, dict) or "PRODUCTION" not in ours:
        raise DocumentError(f"{path.name}: names no PRODUCTION, which the clients call by default")
    for name, url in ours.items():
        if not is_environment(server := {"description": name, "url": url}) or environment_of(server)[0] != name:
            raise DocumentError(f"{path.name}: {name}: {url!r}: is no name in upper case with a plain https URL")
    found = {name: url.rstrip("/") for name, url in ours.items()}
    for name, url in map(environment_of, filter(is_environment, document.get("servers") or [])):
        if url not in found.values():
            found.setdefault(name, url)
    return found


def public_names(document: Json, sources: Sources) -> dict[str, str]:
    """The public name of each component of a document, which the overlay is over."""
    overrides = _read_config(sources.config).class_overrides or {}
    chosen = {key: text(each.class_name) for key, each in overrides.items() if each.class_name}
    if unused := set(chosen) - set((document.get("components") or {}).get("schemas") or {}):
        raise DocumentError(f"{sources.config.name}: class_overrides match no class: {', '.join(sorted(unused))}")
    table = read_yaml(sources.names) if sources.names.exists() else {}
    if not isinstance(table, dict) or not all(str(name).isidentifier() for name in table.values()):
        raise DocumentError(f"{sources.names.name}: gives each component a name of Python")
    return class_names(document, chosen, table, _public_names())


def _read_config(path: Path) -> ConfigFile:
    with validating(path.name):
        return ConfigFile.model_validate(read_yaml(path), extra="forbid")


def _parse(document: Json) -> GeneratorData:
    # Of our configuration it needs nothing: names and types are settled in the document.
    config = Config.from_sources(ConfigFile(), MetaType.NONE, ROOT, "utf-8", overwrite=False, output_path=None)
    try:
        data = GeneratorData.from_dict(document, config=config)
    except Exception as error:  # somebody else's code, on a document it never met
        raise DocumentError(f"openapi-python-client: {type(error).__name__}: {error}") from error
    errors = [data] if isinstance(data, GeneratorError) else list(data.errors)
    if isinstance(data, GeneratorData):
        errors += [error for each in data.endpoint_collections_by_tag.values() for error in each.parse_errors]
        if not errors:
            return data
    # Some of its messages print an object in place of a name.
    message = re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>", "…", f"{errors[0].header} {errors[0].detail or ''}")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise DocumentError(f"openapi-python-client: {message}{more}")


def _public_names() -> set[str]:
    """The names that the package has by hand; it offers the generated models beside them."""
    source = (TARGET.parent / "__init__.py").read_text(encoding="utf-8")
    return set(re.findall(r'"(\w+)"', source.partition("__all__ = [")[2].partition("]")[0]))
