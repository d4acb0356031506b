"""Names of a module that are found elsewhere, and imported when first asked for (PEP 562)."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from ._errors import APIConnectionError


def lazy(module: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the `__getattr__` and the `__dir__` of a module, by the full names of the modules that have its names."""

    def __getattr__(name: str) -> Any:  # noqa: N807 - as Python calls it
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules[module])
        try:
            value = getattr(import_module(homes[name]), name)
        except OSError as error:  # the process has too many files open, say
            raise APIConnectionError(f"{homes[name]} cannot be imported: {error.strerror or error}") from error
        setattr(sys.modules[module], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807 - as Python calls it
        return sorted({*vars(sys.modules[module]), *homes})

    return __getattr__, __dir__
