"""The generated package: the generator's project, written by our templates."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from openapi_python_client import Project
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonCode

from . import rendering
from .document import DocumentError
from .naming import class_name, field_name


class Package(Project):
    """The generator's project, written by our templates: each of `openapi/templates/` gives one module.

    Those of `openapi/templates/resource/` do so for every resource.
    """

    def __init__(self, data: GeneratorData, config: Config, templates: Path, **shown: Any) -> None:
        super().__init__(openapi=data, config=config, custom_template_path=templates)
        self.templates = templates
        self.parts = rendering.parts(shown["models"], shown["enums"], shown["resources"])
        self.env.undefined = StrictUndefined
        self.env.finalize = _refuse_unfiltered
        self.env.filters.update(literal=_literal, replace=_replace)
        self.env.globals.update(
            class_name=class_name,
            docstring=rendering.docstring,
            field_name=lambda prop: field_name(rendering.text(prop.name)),
            optional=rendering.optional,
            python_type=rendering.python_type,
            words=rendering.words,
            shared=rendering.SHARED,
            parts=self.parts,
            **shown,
        )

    def build(self) -> Sequence[GeneratorError]:
        """Write every module, and let the hooks format them."""
        self.project_dir.mkdir(parents=True)
        for template in sorted(self.templates.glob("*.py.jinja")):
            self._write(template.name, self.project_dir)
        for part in self.parts:
            (self.project_dir / part.folder).mkdir()
            for template in sorted((self.templates / "resource").glob("*.py.jinja")):
                if part.resources or template.name.startswith(("__init__", "models")):
                    self._write(f"resource/{template.name}", self.project_dir / part.folder, part=part)
        self._run_post_hooks()
        return self._get_errors()

    def _write(self, name: str, folder: Path, **shown: Any) -> None:
        try:
            source = self.env.get_template(name).render(**shown)
        except TemplateError as error:
            raise DocumentError(f"template {name}: {error}") from error
        (folder / Path(name).name.removesuffix(".jinja")).write_text(source, encoding="utf-8")

    def _run_command(self, cmd: str) -> None:
        # The tools are those pinned beside this interpreter, whatever PATH says, and no variable configures them.
        folder = Path(sys.executable).parent
        name, *options = shlex.split(cmd)
        program = shutil.which(name, path=folder)
        if program is None:
            raise DocumentError(f"post hook: {name} is not installed beside {Path(sys.executable).name}: `make setup`")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RUFF_")}
        done = subprocess.run(  # noqa: S603 - what our own configuration says
            [program, *options], cwd=self.project_dir, env=environment, capture_output=True, text=True, check=False
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


def _replace(value: str, old: str, new: str) -> str:
    """Jinja's filter, but for a template that the generator changed under our feet."""
    if old not in value:
        raise DocumentError(f"a template replaces {old!r}, which is not there")
    return value.replace(old, new)
