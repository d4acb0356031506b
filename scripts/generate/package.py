"""The generated package, written by our templates and formatted by the hooks of the configuration."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode

from . import rendering
from .document import DocumentError
from .naming import class_name, field_name
from .parts import SHARED, Part


def build(folder: Path, templates: Path, hooks: Sequence[str], parts: Sequence[Part], **shown: Any) -> None:
    """Each template in `openapi/templates/` gives one module; those in `resource/` do so for every resource."""
    env = Environment(  # noqa: S701 - what it writes is Python
        loader=FileSystemLoader(templates),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=_refuse_unfiltered,
    )
    env.filters["literal"] = _literal
    env.globals.update(
        class_name=class_name,
        docstring=rendering.docstring,
        fields=rendering.fields,
        field_name=lambda prop: field_name(rendering.text(prop.name)),
        optional=rendering.optional,
        python_type=rendering.python_type,
        words=rendering.words,
        shared=SHARED,
        parts=parts,
        **shown,
    )
    for part in (None, *parts):
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
        program = shutil.which(name, path=Path(sys.executable).parent)
        if program is None:
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


def _literal(value: Any) -> str:
    """A JSON value as Python; the generator's own filter drops characters, and what is on the wire must not change."""
    return repr(rendering.text(value) if isinstance(value, UntrustedString) else value)
