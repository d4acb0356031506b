"""The folders of the package: a resource with what is its alone, and what resources share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties import EnumProperty, LiteralEnumProperty, ModelProperty

from .naming import OperationName, class_name
from .rendering import Method, fields, method, python_type

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


def resources_of(data: GeneratorData, names: Mapping[str, OperationName]) -> list[Resource]:
    """Every resource, innermost first, so that the classes of children stand before those of their parents."""
    found = (each for collection in data.endpoint_collections_by_tag.values() for each in collection.endpoints)
    endpoints = {str(endpoint.name): endpoint for endpoint in found}
    paths = {name.resource[:depth] for name in names.values() for depth in range(len(name.resource) + 1)}
    return [
        Resource(
            path,
            [method(name, endpoints[key]) for key, name in sorted(names.items()) if name.resource == path],
            sorted(child for child in paths if child and child[:-1] == path),
        )
        for path in sorted(paths, key=lambda path: (-len(path), path))
    ]


def parts_of(data: GeneratorData, resources: Sequence[Resource]) -> list[Part]:
    """Sort what there is into folders: a model has its place with the one resource that needs it, or else is shared."""
    models = sorted(data.models, key=lambda model: model.class_info.name)
    enums = sorted(data.enums, key=lambda enum: enum.class_info.name)
    graph = {str(kind.class_info.name): set[str]() for kind in enums}
    graph |= {str(kind.class_info.name): _made_of(kind) for kind in models}
    under: dict[str, list[Resource]] = {}
    for resource in (each for each in resources if each.path):
        under.setdefault(resource.path[0], []).append(resource)
    needed = {
        top: _reached(graph, (name for each in inside for method in each.methods for name in method.classes))
        for top, inside in sorted(under.items())
    }
    unused = _reached(graph, graph.keys() - set().union(*needed.values()))
    users = Counter(name for names in [*needed.values(), unused] for name in names)
    own = {top: {name for name in names if users[name] == 1} for top, names in needed.items()}

    def part(folder: str, top: str | None, names: set[str]) -> Part:
        own_models = [kind for kind in models if kind.class_info.name in names]
        own_enums = [kind for kind in enums if kind.class_info.name in names]
        return Part(folder, top, under.get(top or "", []), own_models, own_enums)

    made = [part(f"{top}_" if top in _TAKEN else top, top, names) for top, names in own.items()]
    shared = graph.keys() - set().union(*own.values())
    return [*made, *([part(SHARED, None, shared)] if shared else [])]


def _made_of(model: ModelProperty) -> set[str]:
    props = [*fields(model), *([model.additional_properties] if model.additional_properties else [])]
    return set().union(*(python_type(prop).classes for prop in props))


def _reached(graph: Mapping[str, set[str]], names: Iterable[str]) -> set[str]:
    waiting, reached = set(names), set[str]()
    while waiting:
        reached |= waiting
        waiting = set().union(*(graph[name] for name in waiting)) - reached
    return reached
