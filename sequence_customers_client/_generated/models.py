"""Where the models and open strings of the document are. Generated: change openapi/, not this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import lazy

if TYPE_CHECKING:
    from .customers.models import Address, CountryCode, Customer, IntegrationId, IntegrationService, State, TaxStatus

__all__ = ["Address", "CountryCode", "Customer", "IntegrationId", "IntegrationService", "State", "TaxStatus"]

if not TYPE_CHECKING:  # where it would make any name right
    __getattr__, __dir__ = lazy(
        __name__,
        {
            **dict.fromkeys(
                ["Address", "CountryCode", "Customer", "IntegrationId", "IntegrationService", "State", "TaxStatus"],
                f"{__package__}.customers.models",
            )
        },
    )
