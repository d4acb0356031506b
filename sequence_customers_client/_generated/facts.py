"""Facts of the document this package was generated from. Generated: change openapi/, not this file."""

from enum import StrEnum
from typing import Final

API_VERSION: Final = "2024-07-30"
"""The dated version of the API whose models these are; sent with every request."""

SPEC_SHA256: Final = "6b87be6e1aaaaa30299fd39bd6136f55d227d9c2d2b84b5358e7ec76e0c8f5ee"
"""The SHA-256 of the vendored document, openapi/customers.yaml."""

GENERATOR: Final = "openapi-python-client 0.29.1"
"""What read the document."""


class Environment(StrEnum):
    """Where the API is served. Credentials belong to one environment."""

    DEV = "DEV"
    SANDBOX = "SANDBOX"
    PRODUCTION = "PRODUCTION"

    @property
    def base_url(self) -> str:
        """The URL that every path of the environment begins with."""
        return _SERVERS[self]


_SERVERS: Final = {
    Environment.DEV: "https://dev.seqhq.io/api",
    Environment.SANDBOX: "https://sandbox.sequencehq.com/api",
    Environment.PRODUCTION: "https://eu.sequencehq.com/api",
}
