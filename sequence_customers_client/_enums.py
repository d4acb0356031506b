"""Enums that stay open: a value the document does not know yet is kept, typed, and equal to what the server sent."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    # For a type checker the mixin is an Enum; at run time StrEnum and IntEnum bring that.
    _Base = Enum
else:
    _Base = object


class _Open(_Base):
    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        data_type: type = cls._member_type_  # type: ignore[attr-defined]
        if type(value) is not data_type:
            return None
        make: Any = data_type.__new__
        member = make(cls, value)
        member._name_ = str(value)
        member._value_ = value
        return member  # type: ignore[no-any-return]

    @property
    def is_known(self) -> bool:
        """Whether the document this package was generated from lists the value."""
        return self._value_ in type(self)._value2member_map_


class OpenStrEnum(_Open, StrEnum):
    """A string enum whose unknown values are members too, made on the fly and never stored."""


class OpenIntEnum(_Open, IntEnum):
    """An integer enum whose unknown values are members too, made on the fly and never stored."""
