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


class Package:
    """Each template in `openapi/templates/` gives one module; those in `resource/` do so for every resource."""

    def __init__(
        self, folder: Path, templates: Path, hooks: Sequence[str], parts: Sequence[Part], **shown: Any
    ) -> None:
        self.folder, self.templates, self.hooks, self.parts = folder, templates, hooks, parts
        self.env = Environment(  # noqa: S701 - what it writes is Python
            loader=FileSystemLoader(templates),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            undefined=StrictUndefined,
            finalize=_refuse_unfiltered,
        )
        self.env.filters["literal"] = _literal
        self.env.globals.update(
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

    def build(self) -> None:
        """Write every module, and let the hooks format them."""
        self.folder.mkdir(parents=True)
        for template in sorted(self.templates.glob("*.py.jinja")):
            self._write(template.name, self.folder)
        for part in self.parts:
            (self.folder / part.folder).mkdir()
            for template in sorted((self.templates / "resource").glob("*.py.jinja")):
                if part.resources or template.name.startswith(("__init__", "models")):
                    self._write(f"resource/{template.name}", self.folder / part.folder, part=part)
        self._run_post_hooks()

    def _write(self, name: str, folder: Path, **shown: Any) -> None:
        try:
            source = self.env.get_template(name).render(**shown)
        except TemplateError as error:
            raise DocumentError(f"template {name}: {error}") from error
        (folder / Path(name).name.removesuffix(".jinja")).write_text(source, encoding="utf-8")

    def _run_post_hooks(self) -> None:
        # The tools are those pinned beside this interpreter, whatever PATH says, and no variable configures them.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RUFF_")}
        for name, *options in map(shlex.split, self.hooks):
            program = shutil.which(name, path=Path(sys.executable).parent)
            if program is None:
                beside = Path(sys.executable).name
                raise DocumentError(f"post hook: {name} is not installed beside {beside}: `make setup`")
            done = subprocess.run(  # noqa: S603 - what our own configuration says
                [program, *options], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
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
