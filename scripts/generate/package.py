"""The generated package: what goes into which folder, written by our templates and formatted by the hooks."""

import os
import shlex
import subprocess
import symtable
import sys
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode

from . import naming, rendering
from .dialect import SCHEMAS
from .document import DocumentError
from .meaning import Json, reachable

SHARED = "shared"
_TAKEN = {SHARED, "examples", "facts", "methods", "models", "operations", "resources"}


def _resources(data: GeneratorData, names: list[naming.OperationName]) -> list[rendering.Shown]:
    """The resources of operations, innermost first, so that the classes of children stand before their parents'."""
    found = [each for collection in data.endpoint_collections_by_tag.values() for each in collection.endpoints]
    endpoints = {str(endpoint.name).upper(): endpoint for endpoint in found}
    models = {model.class_info.name: model for model in data.models if isinstance(model, ModelProperty)}
    paths = {name.resource[:depth] for name in names for depth in range(1, len(name.resource) + 1)}
    return [
        {
            "path": path,
            "methods": [
                rendering.method(name, endpoints[name.constant], models) for name in names if name.resource == path
            ],
            "children": sorted(child for child in paths if child[:-1] == path),
        }
        for path in sorted(paths, key=lambda path: (-len(path), path))
    ]


def parts_of(data: GeneratorData, document: Json, names: list[naming.OperationName]) -> list[rendering.Shown]:
    """The folders of a document that the generator read: a model is with the one resource that needs it, or shared."""
    kinds = sorted([*data.models, *data.enums], key=lambda kind: kind.class_info.name)
    tops = (*sorted({name.resource[0] for name in names}), None)
    owned = {top: [name for name in names if name.resource[0] == top] for top in tops}
    homes: dict[str, str | None] = {}
    for top, own in owned.items():
        nodes = [document["paths"][name.path][name.http_method] for name in own]
        if top is None:  # what no operation leads to is shared, with all that it needs
            nodes = [{"$ref": each} for kind in kinds if (each := SCHEMAS + kind.class_info.name) not in homes]
        for reference in reachable(document, nodes, "operation[]"):
            homes[reference] = top if homes.get(reference, top) == top else None
    parts = []
    for top, own in owned.items():
        inside = _resources(data, own)
        mine = [kind for kind in kinds if homes[SCHEMAS + kind.class_info.name] == top]
        stems = [naming.class_name(resource["path"]) for resource in inside]
        part = {
            "folder": SHARED if top is None else f"{top}_" if top in _TAKEN else top,
            "resource": top,
            "resources": inside,
            "models": [kind for kind in mine if isinstance(kind, ModelProperty)],
            "enums": [kind for kind in mine if not isinstance(kind, ModelProperty)],
            "names": {  # what its modules offer
                "models": [str(kind.class_info.name) for kind in mine],
                "operations": sorted(name.constant for name in own),
                "methods": sorted(f"{p}{stem}{s}" for stem in stems for p in ("Async", "") for s in ("", "Raw")),
            },
        }
        parts += [part] if inside or mine else []
    return parts


@cache  # compiling the templates takes longer than rendering them
def _environment(templates: Path) -> Environment:
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
    env.globals.update(vars(naming) | vars(rendering), shared=SHARED)
    return env


def build(folder: Path, templates: Path, hooks: list[str], **shown: Any) -> None:
    """Each template in `openapi/templates/` gives one module; those in `resource/` do so for every resource."""
    for part in (None, *shown["parts"]):
        (inner := folder / part["folder"] if part else folder).mkdir(parents=True)
        for template in sorted(templates.glob("resource/*.py.jinja" if part else "*.py.jinja")):
            if part and not part["resources"] and not template.name.startswith(("__init__", "models")):
                continue
            name = template.relative_to(templates).as_posix()
            try:
                source = _environment(templates).get_template(name, globals=shown).render(part=part)
            except TemplateError as error:
                raise DocumentError(f"template {name}: {error}") from error
            (inner / template.stem).write_text(source, encoding="utf-8")
    run_hooks(folder, hooks)
    for module in sorted(folder.rglob("*.py")):
        _check_module(module)


def run_hooks(folder: Path, hooks: list[str]) -> None:
    """Run the tools that are pinned beside this interpreter, whatever PATH says, and no variable configures them."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("RUFF_")}
    for name, *options in map(shlex.split, hooks):
        program = Path(sys.executable).with_name(name)
        if not program.exists():
            raise DocumentError(f"post hook: {name} is not installed beside {Path(sys.executable).name}: `make setup`")
        command = [str(program), *options]  # our own configuration says so
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise DocumentError(f"post hook {name}: {done.stderr or done.stdout}")


def _check_module(path: Path) -> None:
    """What the generator does not notice: two things with one Python name."""
    module = symtable.symtable(path.read_text(encoding="utf-8"), path.name, "exec")
    classes = {each.get_name(): each for each in module.get_children() if each.get_type() == "class"}
    for where, scope in {path.name: module, **classes}.items():
        for symbol in scope.get_symbols():
            name = symbol.get_name()
            things = symbol.is_imported() + symbol.is_annotated() + len(symbol.get_namespaces())
            # In a class, the annotation of another field would mean the one that has the name of a class.
            if things + (symbol.is_annotated() and where in classes and name in classes) > 1:
                remedy = "rename one with class_overrides or x-python-name"
                remedy = "remove one in the overlay, or set its x-python-name" if where in classes else remedy
                raise DocumentError(f"{where}: two things would be {name}; {remedy}")


def _refuse_unfiltered(value: Any) -> Any:
    # Without its filter the generator's string types would render as the repr of an object.
    if isinstance(value, UntrustedString | PythonCode):
        raise DocumentError(f"a template renders a {type(value).__name__} without its filter")
    return value
