"""Python client, async and sync, for the Sequence Customers API.

async with AsyncSequenceClient(environment=Environment.SANDBOX) as sequence:
customer = await sequence.customers.get_by_alias("acme")
"""

from ._client import AsyncSequenceClient, SequenceClient
from ._errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    SequenceError,
    UnprocessableEntityError,
)
from ._generated.facts import API_VERSION, SPEC_SHA256, Environment
from ._generated.models import Address, CountryCode, Customer, IntegrationId, IntegrationService, State, TaxStatus
from ._version import __version__

__all__ = [
    "API_VERSION",
    "SPEC_SHA256",
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "Address",
    "AsyncSequenceClient",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "CountryCode",
    "Customer",
    "Environment",
    "IntegrationId",
    "IntegrationService",
    "InternalServerError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "SequenceClient",
    "SequenceError",
    "State",
    "TaxStatus",
    "UnprocessableEntityError",
    "__version__",
]

for _name in __all__:
    if getattr(globals()[_name], "__module__", "").endswith(("._client", "._errors")):
        # Where users import them from: tracebacks read so, and pickles outlive the names of our modules.
        globals()[_name].__module__ = __name__
del _name
