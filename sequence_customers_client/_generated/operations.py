"""Where the operations of the document are. Generated: change openapi/, not this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .customers.operations import CUSTOMERS_GET_BY_ALIAS

__all__ = ["CUSTOMERS_GET_BY_ALIAS"]

if not TYPE_CHECKING:  # where it would make any name right
    __getattr__, __dir__ = lazy(
        __name__, {**dict.fromkeys(["CUSTOMERS_GET_BY_ALIAS"], f"{__package__}.customers.operations")}
    )
