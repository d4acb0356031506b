"""Generate `sequence_customers_client/_generated` from the vendored document, or check that it is what that yields.

    python -m scripts.generate            write it (`make generate`)
    python -m scripts.generate --check    compare only (`make check-generated`)

document + overlay + names → openapi-python-client's model of it → our templates → ruff → checks. All of it happens in a
temporary folder; the package is swapped in at the end, or stays as it was.
"""

from __future__ import annotations

import argparse
import ast
import filecmp
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, TemplateError
from openapi_python_client import Project
from openapi_python_client.config import ClassOverride, Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode
from pydantic import ValidationError

from . import rendering
from .document import DocumentError, read_document, read_yaml, walk
from .facts import read_examples, read_facts
from .naming import OperationName, class_name, name_enum_members, name_operations
from .overlay import apply_overlay

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "sequence_customers_client" / "_generated"


class Sources(NamedTuple):
    """What the generated package is made from."""

    document: Path = ROOT / "openapi" / "customers.yaml"
    overlay: Path = ROOT / "openapi" / "overlay.yaml"
    config: Path = ROOT / "generator-config.yaml"
    templates: Path = ROOT / "openapi" / "templates"


class Resource(NamedTuple):
    """One resource of the client, `client.customers.aliases`, as the templates see it."""

    path: tuple[str, ...]
    methods: list[tuple[OperationName, Endpoint]]
    children: list[tuple[str, ...]]


class Package(Project):
    """The generator's project, written by our templates: each of `openapi/templates/*.py.jinja` gives one module."""

    def __init__(self, data: GeneratorData, config: Config, templates: Path, **shown: Any) -> None:
        super().__init__(openapi=data, config=config, custom_template_path=templates)
        self.templates = templates
        self.env.undefined = StrictUndefined
        self.env.finalize = _refuse_unfiltered
        self.env.globals.update(
            annotation=lambda prop: rendering.python_type(prop).annotation,
            codec=lambda prop: rendering.python_type(prop).codec,
            docstring=rendering.docstring,
            field_description=rendering.field_description,
            optional=rendering.optional,
            arguments=rendering.arguments,
            class_name=class_name,
            method_docstring=rendering.method_docstring,
            responses=rendering.responses,
            returns=rendering.returns,
            signature=rendering.signature,
            **shown,
        )

    def build(self) -> Sequence[GeneratorError]:
        self.project_dir.mkdir(parents=True)
        for template in sorted(self.templates.glob("*.py.jinja")):
            source = self.env.get_template(template.name).render()
            (self.project_dir / template.name.removesuffix(".jinja")).write_text(source, encoding="utf-8")
        self._run_post_hooks()
        return self._get_errors()


def _refuse_unfiltered(value: Any) -> Any:
    # Without its filter the generator's string types would render as the repr of an object.
    if isinstance(value, UntrustedString | PythonCode):
        raise DocumentError(f"a template renders a {type(value).__name__} without its filter")
    return value


class _Overrides(dict[str, ClassOverride]):
    """Class overrides that remember which of them were asked for."""

    def __init__(self, overrides: dict[str, ClassOverride]) -> None:
        super().__init__(overrides)
        self.unused = set(overrides)

    def get(self, key: str, default: Any = None) -> Any:
        self.unused.discard(key)
        return super().get(key, default)


def generate(sources: Sources, output: Path) -> None:
    """Write the package that the sources yield into a folder that does not exist yet, or raise DocumentError."""
    original = read_document(sources.document)
    facts = read_facts(sources.document, original)
    document = apply_overlay(original, read_yaml(sources.overlay))
    names = name_operations(document)
    name_enum_members(document)
    _copy_parameter_descriptions(document)

    config = _read_config(sources.config, output)
    overrides = config.class_overrides = _Overrides(config.class_overrides)
    data = GeneratorData.from_dict(document, config=config)
    if isinstance(data, GeneratorError):
        raise DocumentError(_one_line(data))
    if overrides.unused:
        raise DocumentError(
            f"{sources.config.name}: class_overrides match no class: {', '.join(sorted(overrides.unused))}"
        )
    _refuse(data.errors)
    package = Package(
        data,
        config,
        sources.templates,
        facts=facts,
        examples=read_examples(document),
        models=sorted(data.models, key=lambda model: model.class_info.name),
        enums=sorted(data.enums, key=lambda enum: enum.class_info.name),
        resources=_resources(data, names),
    )
    try:
        _refuse(package.build())
    except TemplateError as error:
        raise DocumentError(f"template {getattr(error, 'name', None) or ''}: {error}") from error
    for module in sorted(output.glob("*.py")):
        _check_module(module)


def _read_config(path: Path, output: Path) -> Config:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise DocumentError(f"{path.name}: not a mapping")
    unknown = set(content) - set(ConfigFile.model_fields)
    for override in (content.get("class_overrides") or {}).values():
        unknown |= set(override) - set(ClassOverride.model_fields)
    if unknown:
        raise DocumentError(f"{path.name}: unknown keys: {', '.join(sorted(unknown))}")
    try:
        settings = ConfigFile(**content)
    except ValidationError as error:
        raise DocumentError(f"{path.name}: {' '.join(str(error).split())}") from error
    return Config.from_sources(settings, MetaType.NONE, path, "utf-8", overwrite=False, output_path=output)


def _copy_parameter_descriptions(document: dict[str, Any]) -> None:
    # The generator reads only a parameter's schema.
    for _, parameter in walk(document):
        schema = parameter.get("schema")
        if "in" in parameter and "description" in parameter and isinstance(schema, dict) and "$ref" not in schema:
            schema.setdefault("description", parameter["description"])


def _resources(data: GeneratorData, names: dict[str, OperationName]) -> list[Resource]:
    """Every resource, innermost first, so that the classes of children stand before those of their parents."""
    endpoints = {
        str(endpoint.name): endpoint
        for collection in data.endpoint_collections_by_tag.values()
        for endpoint in collection.endpoints
    }
    for collection in data.endpoint_collections_by_tag.values():
        _refuse(collection.parse_errors)
    paths = {name.resource[:depth] for name in names.values() for depth in range(len(name.resource) + 1)}
    return [
        Resource(
            path,
            sorted((name, endpoints[key]) for key, name in names.items() if name.resource == path),
            sorted(child for child in paths if child[:-1] == path and child),
        )
        for path in sorted(paths, key=lambda path: (-len(path), path))
    ]


def _refuse(errors: Sequence[GeneratorError]) -> None:
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise DocumentError(f"openapi-python-client: {_one_line(errors[0])}{more}")


def _one_line(error: GeneratorError) -> str:
    return " ".join(f"{error.header} {error.detail or ''}".split())


def _check_module(path: Path) -> None:
    """What the generator does not notice: code that is no Python, and two properties with one Python name."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise DocumentError(f"{path.name}: the output is no Python: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            fields = [
                item.target.id
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            ]
            clashes = [name for name, count in Counter([*fields, "from_dict", "to_dict"]).items() if count > 1]
            if clashes:
                raise DocumentError(f"{node.name}: two properties would be {clashes[0]}; rename one in the overlay")


def differences(expected: Path, actual: Path) -> Iterator[str]:
    """What keeps two folders from holding the same files."""
    found = {path.relative_to(actual) for path in actual.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    wanted = {path.relative_to(expected) for path in expected.rglob("*") if path.is_file()}
    for path in sorted(wanted | found):
        if path not in found:
            yield f"{path}: missing"
        elif path not in wanted:
            yield f"{path}: not generated"
        elif not filecmp.cmp(expected / path, actual / path, shallow=False):
            yield f"{path}: differs"


def swap_in(package: Path, target: Path) -> None:
    """Put a finished package in the place of the old one, or leave the old one as it was."""
    new, old = (target.with_name(f".{target.name}.{age}") for age in ("new", "old"))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        shutil.copytree(package, new)
        if target.exists():
            target.rename(old)
        new.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    finally:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the package is out of date")
    parser.add_argument("--document", type=Path, default=Sources().document)
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    # The hooks must find the ruff that is pinned beside this interpreter, not another one.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "package"
        try:
            generate(Sources(document=options.document), output)
        except DocumentError as error:
            print(f"generate: {error}", file=sys.stderr)
            return 1
        if not options.check:
            swap_in(output, options.target)
            return 0
        found = list(differences(output, options.target))
    for difference in found:
        print(f"{options.target.name}/{difference}", file=sys.stderr)
    if found:
        print(
            "check-generated: not what the document yields: run `make generate` and commit the result", file=sys.stderr
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
