"""The two clients: they do the I/O that a Call asks for, in code that awaits; what blocks never waits in it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from copy import copy
from typing import Any, ClassVar, Generic, Literal, NamedTuple, NoReturn, Self, TypeVar

from . import _concurrency
from ._call import Call
from ._config import Config, choose_server
from ._credentials import Credentials, Secret
from ._errors import ConfigurationError
from ._failures import RateLimitTimeout, TransportError
from ._generated.facts import Environment
from ._generated.resources import AsyncResources, AsyncResourcesRaw, Resources, ResourcesRaw
from ._logging import SENT, configure_from_environment
from ._observers import CallObserver
from ._operation import Arguments, Operation
from ._resource import Resource
from ._response import APIResponse, Response
from ._timeouts import PhaseTimeouts
from ._transports import choose_transport
from ._transports.base import AsyncHandler, Handler, Transport

Timeouts = float | PhaseTimeouts

T = TypeVar("T")
HttpClientT = TypeVar("HttpClientT")
TransportT = TypeVar("TransportT")


class Lane(NamedTuple):
    """What carries the calls of one event loop, or process, and how many of them at a time."""

    semaphore: _concurrency.AsyncSemaphore
    transport: Transport


class _Connections:
    """What a client and its copies share: the lane of the loop, or process, that is running."""

    def __init__(self, connect: Callable[[], Transport], places: int, *, is_async: bool) -> None:
        def lane() -> Lane:
            return Lane(semaphore(places), connect())

        semaphore = _concurrency.AsyncSemaphore if is_async else _concurrency.Semaphore
        per_loop = _concurrency.PerLoop(lane, lambda lane: lane.transport.aclose())
        self._lane = per_loop.get if is_async else _concurrency.PerProcess(lane).get
        self._is_closed = False

    def get(self) -> Lane:
        if self._is_closed:
            raise ConfigurationError("the client is closed: make a new one, or close it later")
        return self._lane()

    async def aclose(self) -> None:
        if not self._is_closed:
            lane = self.get()
            self._is_closed = True
            await lane.transport.aclose()


class _Client(Generic[TransportT, HttpClientT]):
    """What both clients are."""

    _is_async: ClassVar[bool]
    _resources: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        *,
        client_id: Secret | None = None,
        client_secret: Secret | None = None,
        environment: Environment | str | None = None,
        base_url: str | None = None,
        allow_http: bool = False,
        timeout: Timeouts = Config.timeout,
        deadline: float = Config.deadline,
        max_retries: int = Config.max_retries,
        transport: TransportT | None = None,
        http_client: HttpClientT | None = None,
        max_connections: int = Config.max_connections,
        max_response_bytes: int = Config.max_response_bytes,
        default_headers: Mapping[str, str] | None = None,
        observers: Sequence[CallObserver] | None = None,
        rate_limit: str | None = None,
        rate_limit_storage: object | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            client_id: The id of the credentials; SEQUENCE_CLIENT_ID when left out. A callable, sync or (for
                AsyncSequenceClient) async, is asked before every attempt, and once more after a 401.
            client_secret: Their secret, likewise; SEQUENCE_CLIENT_SECRET when left out.
            environment: A member of Environment, or its name in any case; SEQUENCE_ENVIRONMENT when left out, and
                PRODUCTION without that. Credentials belong to one environment.
            base_url: Instead of an environment: https, or http on loopback; SEQUENCE_BASE_URL when left out.
            allow_http: Whether base_url may be http elsewhere, too: for a server in one's own network.
            timeout: Wall-clock seconds for one attempt, body included; or a `Timeout` of httpx(2) for its phases.
            deadline: Wall-clock seconds for a whole call: attempts, waits, body.
            max_retries: How many attempts may follow the first.
            transport: Any transport of httpx or httpx2 of the client's kind, async or sync; the client closes it. Or,
                for AsyncSequenceClient, "aiohttp", which needs the extra `aiohttp`.
            http_client: A client of httpx or httpx2 of the same kind, or for AsyncSequenceClient an
                `aiohttp.ClientSession`, to send with; whoever made it closes it.
            max_connections: How many calls may be under way at a time; others wait.
            max_response_bytes: The most bytes that a body may have, decompressed.
            default_headers: Headers for every request, beside ours.
            observers: What is told when calls and attempts begin and end.
            rate_limit: How many requests may be sent in which time, `1500/minute`; needs the extra `ratelimit`.
            rate_limit_storage: What processes share the limit through: the URI of a Redis, `redis://…`, or a storage of
                the library `limits`; each client counts its own when left out.

        Raises:
            ConfigurationError: One of these is of no use; the message says what to do.
        """
        credentials = Credentials(client_id, client_secret)
        del (client_id, client_secret)  # so that no report of an error raised below can show them
        credentials.check()
        configure_from_environment()
        server = choose_server(environment, base_url, allow_http=allow_http)
        self._config = Config(
            server,
            credentials,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            max_connections=max_connections,
            max_response_bytes=max_response_bytes,
            default_headers={} if default_headers is None else default_headers,
            observers=observers,
            rate_limiter=_rate_limiter(rate_limit, rate_limit_storage, server.url),
        )
        connect = choose_transport(self._config, transport, http_client, is_async=self._is_async)
        self._connections = _Connections(connect, max_connections, is_async=self._is_async)

    def with_options(
        self,
        *,
        timeout: Timeouts | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Copy the client with other settings; the copy shares the connections, and is cheap.

        Args:
            timeout: Wall-clock seconds for one attempt, body included; or a `Timeout` of httpx(2) for its phases.
            deadline: Wall-clock seconds for a whole call: attempts, waits, body.
            max_retries: How many attempts may follow the first.
            default_headers: Headers for every request, added to those of the original.

        Returns:
            The copy. What was left out is as in the original, which does not change.

        Raises:
            ConfigurationError: One of these is of no use; the message says what to do.
        """
        clone = copy(self)
        for name in (*self._resources, "with_raw_response"):
            vars(clone).pop(name, None)
        clone._config = self._config.changed(
            timeout=timeout, deadline=deadline, max_retries=max_retries, default_headers=default_headers
        )
        return clone

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} holds connections and is not copied: share it, or use with_options()")

    def __repr__(self) -> str:
        # Also of a client whose constructor raised: reporters of errors print local variables.
        return f"{type(self).__name__}({self.__dict__.get('_config', '…')})"

    async def call(self, operation: Operation[T], arguments: Arguments) -> APIResponse[T]:
        """Perform an operation: what every generated method does with its arguments."""
        call = Call(self._config, operation, arguments)
        try:
            lane = self._connections.get()
            while True:
                outcome: Response | TransportError | RateLimitTimeout
                try:
                    outcome = await self._attempt(call, lane)
                except (TransportError, RateLimitTimeout) as failure:
                    outcome = failure
                result = call.end(outcome)
                if isinstance(result, APIResponse):
                    return result
                if self._is_async:
                    await _concurrency.async_sleep(result)
                else:
                    _concurrency.sleep(result)
        except BaseException as error:
            call.finish(error)
            raise

    async def _attempt(self, call: Call[Any], lane: Lane) -> Response:
        if self._config.rate_limiter is not None:
            acquire = self._config.rate_limiter.acquire_async if self._is_async else self._config.rate_limiter.acquire
            await _concurrency.settled(acquire(call.remaining()))
        await lane.semaphore.acquire(call.acquire_timeout)
        sent = SENT.set(call.operation.path)
        try:
            seconds, exchange = call.begin(), self._exchange(call, lane.transport)
            # Where nothing waits, what blocks looks at the clock by itself.
            return await (_concurrency.wait_for(seconds, exchange) if self._is_async else exchange)
        finally:
            lane.semaphore.release()
            SENT.reset(sent)

    async def _exchange(self, call: Call[Any], transport: Transport) -> Response:
        ask = self._config.credentials
        if self._is_async:
            request = call.request(await ask.get_async(call.rejected))
        else:
            request = call.request(ask.get(call.timeouts.total.seconds, call.rejected))
        return await transport.send(request, call.timeouts, self._config.max_response_bytes)


def _rate_limiter(rate_limit: str | None, storage: object, server: str) -> Any:
    if rate_limit is not None:
        from ._rate_limit import RateLimiter  # noqa: PLC0415 - for those who set one

        return RateLimiter(rate_limit, storage, key=server)
    if storage is not None:
        raise ConfigurationError('rate_limit_storage is given without rate_limit: say how many, "1500/minute"')
    return None


class AsyncSequenceClient(_Client[AsyncHandler | Literal["aiohttp"], AbstractAsyncContextManager[Any]], AsyncResources):
    """The Sequence API, awaited.

    Example:
        async with AsyncSequenceClient(environment=Environment.SANDBOX) as sequence:
            customer = await sequence.customers.get_by_alias("acme")
    """

    _is_async = True

    @Resource
    def with_raw_response(self) -> AsyncResourcesRaw:
        """The same operations, returning the whole response: status, headers, content, attempts, and it parsed."""
        return AsyncResourcesRaw(self)

    async def aclose(self) -> None:
        """Close the connections, those of copies too. A closed client refuses calls."""
        await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class SequenceClient(_Client[Handler, AbstractContextManager[Any]], Resources):
    """The Sequence API, blocking; threads may share it.

    Example:
        with SequenceClient(environment=Environment.SANDBOX) as sequence:
            customer = sequence.customers.get_by_alias("acme")
    """

    _is_async = False

    @Resource
    def with_raw_response(self) -> ResourcesRaw:
        """The same operations, returning the whole response: status, headers, content, attempts, and it parsed."""
        return ResourcesRaw(self)

    def close(self) -> None:
        """Close the connections, those of copies too. A closed client refuses calls."""
        _concurrency.run(self._connections.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, operation: Operation[T], arguments: Arguments) -> APIResponse[T]:  # type: ignore[override]
        """Perform an operation, likewise."""
        return _concurrency.run(super().call(operation, arguments))
