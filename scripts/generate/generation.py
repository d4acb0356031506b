"""The package of a document: document, overlay and names, the generator's model of it, our templates, ruff, checks."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from openapi_python_client.config import ClassOverride, Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from pydantic import ValidationError

from .class_names import class_names, rename
from .classic import classic
from .dialect import clean, follow_parameters, translate
from .document import DocumentError, read_document, read_yaml, refusing
from .facts import read_facts
from .naming import OperationName, name_operations
from .overlay import apply_overlay
from .package import Package
from .rendering import Method, method

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = ROOT / "sequence_customers_client" / "_generated"


class Sources(NamedTuple):
    """What the generated package is made from."""

    document: Path = ROOT / "openapi" / "customers.yaml"
    overlay: Path = ROOT / "openapi" / "overlay.yaml"
    config: Path = ROOT / "generator-config.yaml"
    templates: Path = ROOT / "openapi" / "templates"
    environments: Path = ROOT / "openapi" / "environments.yaml"
    names: Path = ROOT / "openapi" / "names.yaml"


class Resource(NamedTuple):
    """One resource of the client, `client.customers.aliases`, as the templates see it."""

    path: tuple[str, ...]
    methods: list[Method]
    children: list[tuple[str, ...]]


def generate(sources: Sources, output: Path) -> None:
    """Write the package that the sources yield into a folder that does not exist yet, or raise DocumentError."""
    with refusing(sources.document.name):
        _generate(sources, output)


def _generate(sources: Sources, output: Path) -> None:
    document = classic(read_document(sources.document))
    follow_parameters(document)
    facts = read_facts(sources.document, document, sources.environments)
    document = apply_overlay(document, read_yaml(sources.overlay))
    names = name_operations(document)
    shown = json.dumps(document, ensure_ascii=False, indent=1)
    clean(document)
    config = _read_config(sources.config, output)
    public = public_names(document, sources)
    rename(document, public, taken=_public_names())
    translate(document, {name: component for component, name in public.items()})
    data = _parse(document, config)
    package = Package(
        data,
        config,
        sources.templates,
        facts=facts,
        models=sorted(data.models, key=lambda model: model.class_info.name),
        enums=sorted(data.enums, key=lambda enum: enum.class_info.name),
        resources=_resources(data, names),
    )
    _refuse(package.build())
    (output / "document.json").write_text(shown + "\n", encoding="utf-8")  # what the test kit answers from
    for module in sorted(output.rglob("*.py")):
        _check_module(module)
    if taken := _public_names() & {kind.class_info.name for kind in [*data.models, *data.enums]}:
        raise DocumentError(f"the package has a name {min(taken)} already; rename the model with class_overrides")


def public_names(document: dict[str, Any], sources: Sources) -> dict[str, str]:
    """The public name of each component of a document, which the overlay is over."""
    chosen = {key: each["class_name"] for key, each in _overrides(sources).items() if "class_name" in each}
    schemas = (document.get("components") or {}).get("schemas") or {}
    if unused := set(chosen) - set(schemas):
        raise DocumentError(f"{sources.config.name}: class_overrides match no class: {', '.join(sorted(unused))}")
    table = read_yaml(sources.names) if sources.names.exists() else {}
    if not isinstance(table, dict) or not all(isinstance(name, str) and name.isidentifier() for name in table.values()):
        raise DocumentError(f"{sources.names.name}: gives each component a name of Python")
    return class_names(document, chosen, table, _public_names())


def _overrides(sources: Sources) -> dict[str, dict[str, str]]:
    content = read_yaml(sources.config)
    return (content.get("class_overrides") if isinstance(content, dict) else None) or {}


def _read_config(path: Path, output: Path) -> Config:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise DocumentError(f"{path.name}: not a mapping")
    try:
        settings = ConfigFile(**content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DocumentError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    unknown = set(content) - set(ConfigFile.model_fields)
    for override in (content.get("class_overrides") or {}).values():
        unknown |= set(override) - set(ClassOverride.model_fields)
    if unknown:
        raise DocumentError(f"{path.name}: unknown keys: {', '.join(sorted(unknown))}")
    # The components have their public names before the generator meets them.
    settings.class_overrides = {}
    return Config.from_sources(settings, MetaType.NONE, path, "utf-8", overwrite=False, output_path=output)


def _parse(document: dict[str, Any], config: Config) -> GeneratorData:
    try:
        data = GeneratorData.from_dict(document, config=config)
    except Exception as error:  # somebody else's code, on a document it never met
        raise DocumentError(f"openapi-python-client: {type(error).__name__}: {error}") from error
    if isinstance(data, GeneratorError):
        raise DocumentError(_one_line(data))
    _refuse(data.errors)
    for collection in data.endpoint_collections_by_tag.values():
        _refuse(collection.parse_errors)
    return data


def _resources(data: GeneratorData, names: dict[str, OperationName]) -> list[Resource]:
    """Every resource, innermost first, so that the classes of children stand before those of their parents."""
    endpoints = {
        str(endpoint.name): endpoint
        for collection in data.endpoint_collections_by_tag.values()
        for endpoint in collection.endpoints
    }
    paths = {name.resource[:depth] for name in names.values() for depth in range(len(name.resource) + 1)}
    resources = []
    for path in sorted(paths, key=lambda path: (-len(path), path)):
        own = sorted((name, endpoints[key]) for key, name in names.items() if name.resource == path)
        siblings = {name.method for name, _ in own}
        methods = [method(name, endpoint, siblings) for name, endpoint in own]
        resources.append(Resource(path, methods, sorted(child for child in paths if child and child[:-1] == path)))
    return resources


def _refuse(errors: Sequence[GeneratorError]) -> None:
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise DocumentError(f"openapi-python-client: {_one_line(errors[0])}{more}")


def _one_line(error: GeneratorError) -> str:
    # Some of its messages print an object in place of a name.
    return re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>", "…", " ".join(f"{error.header} {error.detail or ''}".split()))


def _check_module(path: Path) -> None:
    """What the generator does not notice: code that is no Python, and two things with one Python name."""
    source = path.read_text(encoding="utf-8")
    try:
        compile(source, path.name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise DocumentError(f"{path.name}: the output is no Python: {error}") from error
    tree = ast.parse(source)
    for name in _repeated(Counter(_names(tree.body))):
        raise DocumentError(
            f"{path.name}: two things would be {name}; rename one with class_overrides or x-python-name"
        )
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for name, node in classes.items():
        # In a class, the annotation of one field would mean another that has the name of a class.
        fields = _names(item for item in node.body if isinstance(item, ast.AnnAssign))
        for twice in [*_repeated(Counter(_names(node.body))), *(set(fields) & set(classes))]:
            raise DocumentError(f"{name}: two things would be {twice}; remove or rename one in the overlay")


def _public_names() -> set[str]:
    """The names that the package has by hand; it offers the generated models beside them."""
    tree = ast.parse((TARGET.parent / "__init__.py").read_text(encoding="utf-8"))
    lists = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and "__all__" in ast.unparse(node.targets[0])
    ]
    return set(ast.literal_eval(lists[0]))


def _names(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
                yield from (alias.asname or alias.name for alias in aliases)


def _repeated(names: Counter[str]) -> Iterator[str]:
    return (name for name, count in names.items() if count > 1)
