"""The operations of `customers`, as data. Generated: change openapi/, not this file."""

from __future__ import annotations

from typing import Final

from ..._models.codec import STRING, Codec
from ..._operation import Operation, Parameter
from .. import models

CUSTOMERS_GET_BY_ALIAS: Final[Operation[models.Customer]] = Operation(
    method="GET",
    path="/customers/by-alias/{alias}",
    parameters=(Parameter("alias", "alias", "path", STRING),),
    responses={"200": Codec(models.Customer.from_dict)},
    errors={"400": None, "401": None, "500": None},
)
