"""Python client, async and sync, for the Sequence Customers API.

Example:
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
from ._generated import models as _models
from ._generated.facts import API_VERSION, SPEC_SHA256, Environment
from ._generated.models import *  # noqa: F403 - all the models and enums that the document has
from ._version import __version__

__all__ = [
    "API_VERSION",
    "SPEC_SHA256",
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncSequenceClient",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "Environment",
    "InternalServerError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "SequenceClient",
    "SequenceError",
    "UnprocessableEntityError",
    "__version__",
]
__all__ += _models.__all__

for _public in [globals()[name] for name in __all__]:
    if getattr(_public, "__module__", "").endswith(("._client", "._errors")):
        # Where users import them from: tracebacks read so, and pickles outlive the names of our modules.
        _public.__module__ = __name__
