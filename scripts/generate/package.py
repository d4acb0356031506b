"""The generated package: what goes into which folder, written by our templates and formatted by the hooks."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, LiteralEnumProperty, ModelProperty
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode

from . import rendering
from .dialect import SCHEMAS
from .document import DocumentError
from .meaning import Json, reachable
from .naming import OperationName, class_name, field_name

SHARED = "shared"
_TAKEN = {SHARED, "examples", "facts", "methods", "models", "operations", "resources"}


class Resource(NamedTuple):
    """One resource of the client, `client.customers.aliases`, as the templates see it."""

    path: tuple[str, ...]
    methods: list[rendering.Method]
    children: list[tuple[str, ...]]


class Part(NamedTuple):
    """One folder of the package: a resource with what is its alone, or what resources share."""

    folder: str
    resource: str | None
    resources: list[Resource]
    models: list[ModelProperty]
    enums: list[EnumProperty | LiteralEnumProperty]
    names: dict[str, list[str]]
    """What its modules offer, by module."""


def resources_of(data: GeneratorData, names: Sequence[OperationName]) -> list[Resource]:
    """Every resource, innermost first, so that the classes of children stand before those of their parents."""
    found = [each for collection in data.endpoint_collections_by_tag.values() for each in collection.endpoints]
    endpoints = {str(endpoint.name).upper(): endpoint for endpoint in found}
    paths = {name.resource[:depth] for name in names for depth in range(len(name.resource) + 1)}
    return [
        Resource(
            path,
            [rendering.method(name, endpoints[name.constant]) for name in names if name.resource == path],
            sorted(child for child in paths if child and child[:-1] == path),
        )
        for path in sorted(paths, key=lambda path: (-len(path), path))
    ]


def parts_of(data: GeneratorData, document: Json, resources: Sequence[Resource]) -> list[Part]:
    """Sort what there is into folders: a model has its place with the one resource that needs it, or else is shared.

    The document is the one that the generator read, where every class is a component of its name.
    """
    kinds = sorted([*data.models, *data.enums], key=lambda kind: kind.class_info.name)
    under: dict[str, list[Resource]] = {}
    for resource in (each for each in resources if each.path):
        top = resource.path[0]
        under.setdefault(f"{top}_" if top in _TAKEN else top, []).append(resource)
    homes: dict[str, str] = {}

    def claim(folder: str, nodes: list[Json], kind: str) -> None:
        for name in (reference.removeprefix(SCHEMAS) for reference in reachable(document, nodes, kind)):
            homes[name] = folder if homes.get(name, folder) == folder else SHARED

    for folder, inside in under.items():
        asked = [method.name for resource in inside for method in resource.methods]
        claim(folder, [document["paths"][name.path][name.http_method] for name in asked], "operation[]")
    unused = {kind.class_info.name for kind in kinds} - homes.keys()
    claim(SHARED, [{"$ref": SCHEMAS + name} for name in unused], "schema[]")
    parts = []
    for folder in [*sorted(under), SHARED]:
        mine = [kind for kind in kinds if homes[kind.class_info.name] == folder]
        models = [kind for kind in mine if isinstance(kind, ModelProperty)]
        enums = [kind for kind in mine if not isinstance(kind, ModelProperty)]
        inside = under.get(folder, [])
        stems = [class_name(resource.path) for resource in inside]
        names = {
            "models": [str(kind.class_info.name) for kind in mine],
            "operations": sorted(method.name.constant for resource in inside for method in resource.methods),
            "methods": sorted(f"{p}{stem}{s}" for stem in stems for p in ("Async", "") for s in ("", "Raw")),
        }
        if inside or mine:
            parts.append(Part(folder, inside[0].path[0] if inside else None, inside, models, enums, names))
    return parts


def build(folder: Path, templates: Path, hooks: Sequence[str], **shown: Any) -> None:
    """Each template in `openapi/templates/` gives one module; those in `resource/` do so for every resource."""
    env = Environment(  # noqa: S701 - what it writes is Python
        loader=FileSystemLoader(templates),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=_refuse_unfiltered,
    )
    # The generator's own filter drops characters, and what is on the wire must not change.
    env.filters["literal"] = lambda value: repr(rendering.text(value) if isinstance(value, UntrustedString) else value)
    env.globals.update(
        class_name=class_name,
        docstring=rendering.docstring,
        fields=rendering.fields,
        optional=rendering.optional,
        python_type=rendering.python_type,
        words=rendering.words,
        field_name=lambda prop: field_name(rendering.text(prop.name)),
        shared=SHARED,
        **shown,
    )
    for part in (None, *shown["parts"]):
        (inner := folder / part.folder if part else folder).mkdir(parents=True)
        for template in sorted(templates.glob("resource/*.py.jinja" if part else "*.py.jinja")):
            if part and not part.resources and not template.name.startswith(("__init__", "models")):
                continue
            name = template.relative_to(templates).as_posix()
            try:
                source = env.get_template(name).render(part=part)
            except TemplateError as error:
                raise DocumentError(f"template {name}: {error}") from error
            (inner / template.stem).write_text(source, encoding="utf-8")
    run_hooks(folder, hooks)


def run_hooks(folder: Path, hooks: Sequence[str]) -> None:
    """Run the tools that are pinned beside this interpreter, whatever PATH says, and no variable configures them."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RUFF_")}
    for name, *options in map(shlex.split, hooks):
        program = Path(sys.executable).with_name(name)
        if not program.exists():
            beside = Path(sys.executable).name
            raise DocumentError(f"post hook: {name} is not installed beside {beside}: `make setup`")
        done = subprocess.run(  # noqa: S603 - what our own configuration says
            [program, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DocumentError(f"post hook {name}: {done.stderr or done.stdout}")


def _refuse_unfiltered(value: Any) -> Any:
    # Without its filter the generator's string types would render as the repr of an object.
    if isinstance(value, UntrustedString | PythonCode):
        raise DocumentError(f"a template renders a {type(value).__name__} without its filter")
    return value
