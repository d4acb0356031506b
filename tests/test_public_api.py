"""What the package offers, and that it says the truth about where it comes from."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

import sequence_customers_client
from scripts.generate.naming import RESERVED
from sequence_customers_client import (
    API_VERSION,
    SPEC_SHA256,
    AsyncSequenceClient,
    Environment,
    SequenceClient,
    SequenceError,
    __version__,
)
from sequence_customers_client._generated.resources import AsyncResources, Resources
from sequence_customers_client._operation import AsyncCaller, Caller

PUBLIC_NAMES = [
    "API_VERSION",
    "APIConnectionError",
    "APIError",
    "APIResponse",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "Address",
    "AsyncSequenceClient",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "CallObserver",
    "ConfigurationError",
    "ConflictError",
    "CountryCode",
    "Customer",
    "Environment",
    "IntegrationId",
    "IntegrationService",
    "InternalServerError",
    "NotFoundError",
    "ObservedCall",
    "PermissionDeniedError",
    "RateLimitError",
    "SPEC_SHA256",
    "SequenceClient",
    "SequenceError",
    "State",
    "TaxStatus",
    "UnprocessableEntityError",
    "__version__",
]

# The modules that stand beside the client and use it, as a user's would.
PUBLIC_MODULES: set[str] = {"bulk", "otel", "testing"}


def public_attributes(*kinds: type) -> set[str]:
    return {name for kind in kinds for name in dir(kind) if not name.startswith("_")}


def test_all_is_exactly_the_names_of_the_design() -> None:
    """`__all__` lists the design's names, no more and no fewer."""
    assert sorted(PUBLIC_NAMES) == sorted(sequence_customers_client.__all__)


def test_every_name_of_all_is_there() -> None:
    """Whatever `__all__` promises can be imported."""
    missing = [name for name in PUBLIC_NAMES if not hasattr(sequence_customers_client, name)]

    assert [] == missing


def test_nothing_else_is_public() -> None:
    """Whatever has no leading underscore, and is not a module of its own, is in `__all__`."""
    extra = [
        name
        for name, value in vars(sequence_customers_client).items()
        if not name.startswith("_") and name not in PUBLIC_NAMES and not isinstance(value, ModuleType)
    ]

    assert [] == extra


def test_modules_are_private_but_those_that_stand_beside_the_client() -> None:
    """A module without a leading underscore is a promise; only the design's make one."""
    public = {
        module.name for module in pkgutil.iter_modules(sequence_customers_client.__path__) if module.name[0] != "_"
    }

    assert public <= PUBLIC_MODULES


def test_star_import_gives_the_public_names() -> None:
    """`from sequence_customers_client import *` works, and brings exactly the public names."""
    names: dict[str, Any] = {}

    exec("from sequence_customers_client import *", names)  # noqa: S102 - the only way to write it in a function

    assert sorted(PUBLIC_NAMES) == sorted(set(names) - {"__builtins__"})


def test_package_is_typed(root: Path) -> None:
    """The marker is there without which type checkers ignore the annotations of a package (PEP 561)."""
    assert (root / "sequence_customers_client" / "py.typed").is_file()


@pytest.mark.parametrize("module", ["dateutil.parser", "sequence_customers_client.testing"])
def test_import_leaves_out_what_a_look_up_does_not_need(module: str) -> None:
    """Importing the package imports neither the test kit, nor the date parser that hardly anybody needs."""
    program = f"import sys, sequence_customers_client; print({module!r} in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout.strip() == "False"


def test_version_is_that_of_the_project(root: Path) -> None:
    """`__version__` is the version that pyproject.toml gives the package."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == __version__


def test_api_version_is_the_one_of_the_document(document: Any) -> None:
    """API_VERSION is the one value of the document's Sequence-Version header."""
    parameters = document["paths"]["/customers/by-alias/{alias}"]["get"]["parameters"]
    header = next(parameter for parameter in parameters if parameter["name"].lower() == "sequence-version")

    assert header["schema"]["enum"] == [API_VERSION]


def test_spec_sha256_is_that_of_the_document(root: Path) -> None:
    """SPEC_SHA256 is the hash of the file that the package was generated from."""
    content = (root / "openapi" / "customers.yaml").read_bytes()

    assert hashlib.sha256(content).hexdigest() == SPEC_SHA256


def test_provenance_is_that_of_the_document(root: Path) -> None:
    """The provenance beside the vendored document speaks of that very file."""
    provenance = YAML(typ="safe", pure=True).load(root / "openapi" / "provenance.yaml")
    content = (root / "openapi" / provenance["document"]).read_bytes()

    assert hashlib.sha256(content).hexdigest() == provenance["sha256"]


def test_environments_are_the_servers_of_the_document(document: Any) -> None:
    """Each server of the document is an environment: its description the name, its URL the base URL."""
    servers = {server["description"]: server["url"] for server in document["servers"]}

    assert servers == {environment.name: environment.base_url for environment in Environment}


def test_reserved_names_are_those_of_the_clients() -> None:
    """The generator refuses resources with names that the clients have taken, and knows all of those."""
    resources = public_attributes(AsyncResources, Resources) - public_attributes(AsyncCaller, Caller)
    own = public_attributes(AsyncSequenceClient, SequenceClient) - resources

    assert own == RESERVED


def test_twins_differ_in_how_they_close_and_in_nothing_else() -> None:
    """What one client has, the other has."""
    assert public_attributes(AsyncSequenceClient) - {"aclose"} == public_attributes(SequenceClient) - {"close"}


@pytest.mark.parametrize("method", ["__init__", "with_options"])
def test_twins_take_the_same_arguments(method: str) -> None:
    """Both clients are made, and copied, with the same keyword-only arguments and the same defaults."""
    kinds = AsyncSequenceClient, SequenceClient
    asynchronous, synchronous = (
        list(inspect.signature(getattr(kind, method)).parameters.values())[1:] for kind in kinds
    )

    assert [(p.name, p.kind, p.default) for p in asynchronous] == [(p.name, p.kind, p.default) for p in synchronous]
    assert {inspect.Parameter.KEYWORD_ONLY} == {parameter.kind for parameter in synchronous}


def test_arguments_and_defaults_are_those_of_the_design() -> None:
    """The constructor takes the design's arguments with the design's defaults."""
    parameters = list(inspect.signature(SequenceClient).parameters.values())

    assert {
        "client_id": None,
        "client_secret": None,
        "environment": None,
        "base_url": None,
        "timeout": 10,
        "deadline": 60,
        "max_retries": 2,
        "transport": None,
        "http_client": None,
        "max_connections": 100,
        "max_response_bytes": 10 * 1024 * 1024,
        "default_headers": None,
        "allow_http": False,
        "observers": None,
        "rate_limit": None,
        "rate_limit_storage": None,
    } == {parameter.name: parameter.default for parameter in parameters}


@pytest.mark.parametrize("name", sorted(set(PUBLIC_NAMES) - {"API_VERSION", "SPEC_SHA256", "__version__"}))
def test_every_public_class_says_what_it_is(name: str) -> None:
    """Each public class has a docstring of its own, which help() and editors show."""
    kind = getattr(sequence_customers_client, name)

    assert "__doc__" in vars(kind)
    assert (vars(kind)["__doc__"] or "").strip()


def test_every_error_of_the_package_is_public() -> None:
    """Whatever class of error can reach a user can be imported by them, or has a base that can."""
    errors = importlib.import_module("sequence_customers_client._errors")
    kinds = [
        kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, SequenceError) and not name.startswith("_")
    ]

    assert set() == {kind.__name__ for kind in kinds} - set(PUBLIC_NAMES)
