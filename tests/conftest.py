"""What the tests share: the document's example, both clients in one set of words, a scripted server, a clock."""

from __future__ import annotations

import asyncio
import copy
import fcntl
import gc
import os
import shutil
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, settings
from ruamel.yaml import YAML

from sequence_customers_client import APIError, AsyncSequenceClient, Customer, SequenceClient, _concurrency
from sequence_customers_client._operation import Arguments, Operation
from sequence_customers_client._response import APIResponse

ROOT = Path(__file__).resolve().parent.parent

CLIENT_ID = "unit-client-id"
CLIENT_SECRET = "s3cret:with-a-colon"
BASE_URL = "https://sequence.test/api"

# Two workers would be in each other's way in one cache.
os.environ["MYPY_CACHE_DIR"] = str(ROOT / ".mypy_cache" / f"tests-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")

# Hundreds of tests start a Python: where it may not keep what it compiles, that is most of what they cost.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("unit", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")

# What a shell runs in the background ignores SIGINT, and so does what that starts: tests that press Ctrl-C would wait.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What takes long begins first, so that no worker is left with it in the end.
LONG = ("shipping", "update", "faults", "contract", "generation")

Client = AsyncSequenceClient | SequenceClient
Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    # What is imported and collected stays to the end: looking through it for garbage once is enough.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.index(item.path.parent.name) if item.path.parent.name in LONG else len(LONG))


# --- The document


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def document() -> Any:
    """The vendored document, as JSON values."""
    return YAML(typ="safe", pure=True).load(ROOT / "openapi" / "customers.yaml")


@pytest.fixture(scope="session")
def pristine_example(document: Any) -> Mapping[str, Any]:
    """The document's example customer, to be read only."""
    content = document["paths"]["/customers/by-alias/{alias}"]["get"]["responses"]["200"]["content"]
    example: Mapping[str, Any] = content["application/json"]["schema"]["example"]
    return example


@pytest.fixture
def example(pristine_example: Mapping[str, Any]) -> Any:
    """The document's example customer, for a test to change as it likes."""
    return copy.deepcopy(pristine_example)


# --- Where the tests run


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have credentials, a log level or a proxy of their own set."""
    for name in list(os.environ):
        if name.upper().startswith("SEQUENCE_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def mypy_cache() -> None:
    """What mypy learns of the libraries is the same in all tests: it does so once, and each worker has a copy."""
    shared, own = ROOT / ".mypy_cache" / "tests", Path(os.environ["MYPY_CACHE_DIR"])
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (own / "CACHEDIR.TAG").exists():
            mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "sequence_customers_client"]
            environment = os.environ | {"MYPY_CACHE_DIR": str(shared)}
            # What it says of the package is the affair of a test.
            subprocess.run(mypy, cwd=ROOT, env=environment, capture_output=True, check=False)  # noqa: S603
            shutil.copytree(shared, own, dirs_exist_ok=True)


class Clock:
    """The time that the package sees; it passes when somebody sleeps, or says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.pass_by(seconds)

    async def async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)
        await anyio.lowlevel.checkpoint()


@contextmanager
def patched_concurrency() -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_concurrency, "now", clock.now)
        patch.setattr(_concurrency, "sleep", clock.sleep)
        patch.setattr(_concurrency, "async_sleep", clock.async_sleep)
        yield clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    with patched_concurrency() as clock:
        yield clock


@pytest.fixture(scope="session")
def fresh_concurrency() -> Callable[[], Any]:
    """For tests that need a clock for each of many examples: a context manager."""
    return patched_concurrency


# --- Both clients


class Script:
    """What a server says, answer by answer; it raises on a request that it did not expect."""

    def __init__(self, answers: tuple[Answer, ...], *, forever: bool = False) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)
        self._forever = forever

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self._answers:
            raise AssertionError(f"request {len(self.requests) + 1} was not expected: {request.method} {request.url}")
        self.requests.append(request)
        answer = self._answers[0] if self._forever else self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @property
    def spent(self) -> bool:
        return not self._answers


class Talk:
    """One client and the script that answers it."""

    def __init__(self, twin: Twin, client: Client, script: Script) -> None:
        self.twin = twin
        self.client = client
        self.script = script

    @property
    def requests(self) -> list[httpx.Request]:
        return self.script.requests

    @property
    def request(self) -> httpx.Request:
        """The one request that was sent."""
        assert len(self.requests) == 1

        return self.requests[0]

    def get(self, alias: Any = "acme") -> Customer:
        return self.twin.get(self.client, alias)

    def get_raw(self, alias: Any = "acme") -> APIResponse[Customer]:
        return self.twin.get_raw(self.client, alias)

    def perform(self, operation: Operation[Any], **arguments: Any) -> APIResponse[Any]:
        return self.twin.perform(self.client, operation, arguments)

    def error(self, alias: Any = "acme") -> APIError:
        """The error that a look-up ends with."""
        with pytest.raises(APIError) as caught:
            self.get(alias)
        return caught.value

    def with_options(self, **options: Any) -> Talk:
        return Talk(self.twin, self.client.with_options(**options), self.script)

    def close(self) -> None:
        self.twin.close(self.client)


class Twin(ABC):
    """One of the two clients, in words that are the same for both."""

    name: str
    client_type: type[AsyncSequenceClient | SequenceClient]
    http_client_type: type[httpx.AsyncClient | httpx.Client]
    transport_type: type[httpx.AsyncBaseTransport | httpx.BaseTransport]

    @contextmanager
    def running(self) -> Iterator[None]:
        """While the tests run."""
        yield

    def make(self, **options: Any) -> Client:
        """A client with credentials and a server that does not exist; options replace them."""
        given = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **options}
        if "environment" not in given:
            given.setdefault("base_url", BASE_URL)
        return self.client_type(**given)

    def talk(self, *answers: Answer, forever: bool = False, **options: Any) -> Talk:
        """A client, and a server that answers it so."""
        script = Script(answers, forever=forever)
        return Talk(self, self.make(transport=httpx.MockTransport(script), **options), script)

    @abstractmethod
    def get(self, client: Client, alias: Any) -> Customer: ...

    @abstractmethod
    def get_raw(self, client: Client, alias: Any) -> APIResponse[Customer]: ...

    @abstractmethod
    def perform(self, client: Client, operation: Operation[Any], arguments: Mapping[str, Any]) -> APIResponse[Any]: ...

    @abstractmethod
    def close(self, client: Client | httpx.AsyncClient | httpx.Client) -> None: ...

    @abstractmethod
    def with_block(self, client: Client) -> None:
        """Enter and leave a with-block that does nothing."""


class AsyncTwin(Twin):
    name = "async"
    client_type = AsyncSequenceClient
    http_client_type = httpx.AsyncClient
    transport_type = httpx.AsyncBaseTransport

    @contextmanager
    def running(self) -> Iterator[None]:
        # One event loop for all tests: it takes longer to make than most of them.
        with asyncio.Runner() as runner:
            self._run = runner.run
            yield

    def get(self, client: Client, alias: Any) -> Customer:
        assert isinstance(client, AsyncSequenceClient)
        return self._run(client.customers.get_by_alias(alias))

    def get_raw(self, client: Client, alias: Any) -> APIResponse[Customer]:
        assert isinstance(client, AsyncSequenceClient)
        return self._run(client.with_raw_response.customers.get_by_alias(alias))

    def perform(self, client: Client, operation: Operation[Any], arguments: Mapping[str, Any]) -> APIResponse[Any]:
        assert isinstance(client, AsyncSequenceClient)
        return self._run(client.call(operation, Arguments(arguments)))

    def close(self, client: Client | httpx.AsyncClient | httpx.Client) -> None:
        assert isinstance(client, AsyncSequenceClient | httpx.AsyncClient)
        self._run(client.aclose())

    def with_block(self, client: Client) -> None:
        assert isinstance(client, AsyncSequenceClient)

        async def block(entered: AsyncSequenceClient) -> None:
            async with entered as same:
                assert same is entered

        self._run(block(client))


class SyncTwin(Twin):
    name = "sync"
    client_type = SequenceClient
    http_client_type = httpx.Client
    transport_type = httpx.BaseTransport

    def get(self, client: Client, alias: Any) -> Customer:
        assert isinstance(client, SequenceClient)
        return client.customers.get_by_alias(alias)

    def get_raw(self, client: Client, alias: Any) -> APIResponse[Customer]:
        assert isinstance(client, SequenceClient)
        return client.with_raw_response.customers.get_by_alias(alias)

    def perform(self, client: Client, operation: Operation[Any], arguments: Mapping[str, Any]) -> APIResponse[Any]:
        assert isinstance(client, SequenceClient)
        return client.call(operation, Arguments(arguments))

    def close(self, client: Client | httpx.AsyncClient | httpx.Client) -> None:
        assert isinstance(client, SequenceClient | httpx.Client)
        client.close()

    def with_block(self, client: Client) -> None:
        assert isinstance(client, SequenceClient)
        with client as same:
            assert same is client


@pytest.fixture(scope="session", params=[AsyncTwin(), SyncTwin()], ids=lambda twin: twin.name)
def twin(request: pytest.FixtureRequest) -> Iterator[Twin]:
    chosen: Twin = request.param
    with chosen.running():
        yield chosen


@pytest.fixture(scope="session")
def client_id() -> str:
    return CLIENT_ID


@pytest.fixture(scope="session")
def client_secret() -> str:
    return CLIENT_SECRET


@pytest.fixture(scope="session")
def base_url() -> str:
    return BASE_URL


@pytest.fixture
def ok(example: Any) -> httpx.Response:
    """The answer to a look-up that goes well."""
    return httpx.Response(200, json=example)
