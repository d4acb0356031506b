"""Python client, async and sync, for the Sequence Customers API.

Example:
    async with AsyncSequenceClient(environment=Environment.SANDBOX) as sequence:
        customer = await sequence.customers.get_by_alias("acme")
"""

import typing

from . import _lazy
from ._client import AsyncSequenceClient, SequenceClient
from ._errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    Attempt,
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
from ._generated import models as _generated_models
from ._generated.facts import API_VERSION, SPEC_SHA256, Environment
from ._observers import CallObserver, ObservedCall
from ._response import APIResponse
from ._version import __version__

if typing.TYPE_CHECKING:
    from ._generated.models import *  # noqa: F403 - all the models and open strings that the document has

__all__ = [
    "API_VERSION",
    "SPEC_SHA256",
    "APIConnectionError",
    "APIError",
    "APIResponse",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncSequenceClient",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "CallObserver",
    "ConfigurationError",
    "ConflictError",
    "Environment",
    "InternalServerError",
    "NotFoundError",
    "ObservedCall",
    "PermissionDeniedError",
    "RateLimitError",
    "SequenceClient",
    "SequenceError",
    "UnprocessableEntityError",
    "__version__",
]
__all__ += _generated_models.__all__

if not typing.TYPE_CHECKING:  # where it would make any name right
    __getattr__, __dir__ = _lazy.lazy(__name__, dict.fromkeys(_generated_models.__all__, _generated_models.__name__))

for _public in [value for name, value in globals().items() if name in __all__]:
    if getattr(_public, "__module__", "").endswith(("._client", "._errors", "._observers", "._response")):
        # Where users import them from: tracebacks read so, and pickles outlive the names of our modules.
        _public.__module__ = __name__
