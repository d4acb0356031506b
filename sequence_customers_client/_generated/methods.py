"""Where the methods of the resources are. Generated: change openapi/, not this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .customers.methods import AsyncCustomers, AsyncCustomersRaw, Customers, CustomersRaw

__all__ = ["AsyncCustomers", "AsyncCustomersRaw", "Customers", "CustomersRaw"]

if not TYPE_CHECKING:  # where it would make any name right
    __getattr__, __dir__ = lazy(
        __name__,
        {
            **dict.fromkeys(
                ["AsyncCustomers", "AsyncCustomersRaw", "Customers", "CustomersRaw"], f"{__package__}.customers.methods"
            )
        },
    )
