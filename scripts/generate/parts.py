"""The folders of the package: a resource with what is its alone, and what resources share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, LiteralEnumProperty, ModelProperty

from .dialect import SCHEMAS
from .meaning import Json, reachable
from .naming import OperationName, class_name
from .rendering import Method, method

SHARED = "shared"
_TAKEN = {SHARED, "examples", "facts", "methods", "models", "operations", "resources"}


class Resource(NamedTuple):
    """One resource of the client, `client.customers.aliases`, as the templates see it."""

    path: tuple[str, ...]
    methods: list[Method]
    children: list[tuple[str, ...]]


class Part(NamedTuple):
    """One folder of the package."""

    folder: str
    resource: str | None
    resources: list[Resource]
    models: list[ModelProperty]
    enums: list[EnumProperty | LiteralEnumProperty]

    @property
    def model_names(self) -> list[str]:
        """The classes of the folder's models and open strings."""
        return sorted(kind.class_info.name for kind in (*self.models, *self.enums))

    @property
    def operation_names(self) -> list[str]:
        """The constants of the folder's operations."""
        return sorted(method.name.constant for resource in self.resources for method in resource.methods)

    @property
    def class_names(self) -> list[str]:
        """The classes of the folder's resources."""
        kinds = [(prefix, suffix) for prefix in ("Async", "") for suffix in ("", "Raw")]
        return sorted(f"{p}{class_name(resource.path)}{s}" for resource in self.resources for p, s in kinds)


def resources_of(data: GeneratorData, names: Sequence[OperationName]) -> list[Resource]:
    """Every resource, innermost first, so that the classes of children stand before those of their parents."""
    found = [each for collection in data.endpoint_collections_by_tag.values() for each in collection.endpoints]
    endpoints = {str(endpoint.name).upper(): endpoint for endpoint in found}
    paths = {name.resource[:depth] for name in names for depth in range(len(name.resource) + 1)}
    return [
        Resource(
            path,
            [method(name, endpoints[name.constant]) for name in names if name.resource == path],
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
        names = [method.name for resource in inside for method in resource.methods]
        claim(folder, [document["paths"][name.path][name.http_method] for name in names], "operation[]")
    unused = {kind.class_info.name for kind in kinds} - homes.keys()
    claim(SHARED, [{"$ref": SCHEMAS + name} for name in unused], "schema[]")
    parts = []
    for folder in [*sorted(under), SHARED]:
        mine = [kind for kind in kinds if homes[kind.class_info.name] == folder]
        models = [kind for kind in mine if isinstance(kind, ModelProperty)]
        enums = [kind for kind in mine if not isinstance(kind, ModelProperty)]
        inside = under.get(folder, [])
        parts += [Part(folder, inside[0].path[0] if inside else None, inside, models, enums)] if inside or mine else []
    return parts
