"""The two clients: thin twins that do the I/O which a Call asks for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from copy import copy
from types import TracebackType
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

import httpx

from . import _clock
from ._call import Call
from ._connection import AsyncConnection, Connection
from ._credentials import Credentials, Secret
from ._failure import FAILURES
from ._generated.facts import Environment
from ._generated.resources import AsyncResources, AsyncResourcesRaw, Resources, ResourcesRaw
from ._log import configure_from_environment, discreet
from ._network import ALARM
from ._operation import CallOptions, Operation
from ._response import Answer, APIResponse
from ._settings import (
    DEFAULT_DEADLINE,
    DEFAULT_MAX_CONNECTIONS,
    DEFAULT_MAX_RESPONSE_BYTES,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    Settings,
    read_server,
)
from ._transport import AsyncConnections, Connections

T = TypeVar("T")
TransportT = TypeVar("TransportT")
HttpClientT = TypeVar("HttpClientT")


class _Client(Generic[TransportT, HttpClientT]):
    """What the twins share: everything that does no I/O."""

    def __init__(
        self,
        *,
        client_id: Secret | None = None,
        client_secret: Secret | None = None,
        environment: Environment | str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout = DEFAULT_TIMEOUT,
        deadline: float = DEFAULT_DEADLINE,
        max_retries: int = DEFAULT_MAX_RETRIES,
        transport: TransportT | Literal["fast"] | None = None,
        http_client: HttpClientT | None = None,
        max_connections: int = DEFAULT_MAX_CONNECTIONS,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        Args:
            client_id: The id of the credentials; SEQUENCE_CLIENT_ID when left out. A callable, sync or (for
                AsyncSequenceClient) async, is asked before every attempt, and once more after a 401.
            client_secret: Their secret, likewise; SEQUENCE_CLIENT_SECRET when left out.
            environment: A member of Environment, or its name in any case; SEQUENCE_ENVIRONMENT when left out, and
                PRODUCTION without that. Credentials belong to one environment.
            base_url: Instead of an environment: https, or http on loopback; SEQUENCE_BASE_URL when left out.
            timeout: Wall-clock seconds for one attempt, body included; or an `httpx.Timeout` for its phases.
            deadline: Wall-clock seconds for a whole call: attempts, waits, body.
            max_retries: How many attempts may follow the first.
            transport: Any httpx transport of the client's kind, async or sync; the client closes it. Or "fast", which
                needs the extra `fast`; the README says in what it differs.
            http_client: An httpx client of the same kind to send with; whoever made it closes it.
            max_connections: How many connections are open at a time.
            max_response_bytes: The most that a body may have, decompressed.
            default_headers: Headers for every request, beside ours.

        Raises:
            ConfigurationError: One of these is of no use; the message says what to do.
        """
        credentials = Credentials(client_id, client_secret)
        del (client_id, client_secret)  # so that no report of an error raised below can show them
        credentials.check()
        configure_from_environment()
        self._settings = Settings(
            credentials=credentials,
            **read_server(environment, base_url),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            max_connections=max_connections,
            max_response_bytes=max_response_bytes,
            default_headers={} if default_headers is None else default_headers,
        )
        self._open(transport, http_client)

    _resources: ClassVar[tuple[str, ...]]

    @abstractmethod
    def _open(self, transport: TransportT | Literal["fast"] | None, http_client: HttpClientT | None) -> None: ...

    def with_options(
        self,
        *,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Copy the client with other settings; the copy shares the connections, and is cheap.

        Args:
            timeout: Wall-clock seconds for one attempt, body included; or an `httpx.Timeout` for its phases.
            deadline: Wall-clock seconds for a whole call: attempts, waits, body.
            max_retries: How many attempts may follow the first.
            default_headers: Headers for every request, added to those of the original.

        Returns:
            The copy. What was left out is as in the original, which does not change.

        Raises:
            ConfigurationError: One of these is of no use; the message says what to do.
        """
        clone = copy(self)
        for name in self._resources:
            vars(clone).pop(name, None)
        clone._settings = self._settings.changed(
            timeout=timeout, deadline=deadline, max_retries=max_retries, default_headers=default_headers
        )
        return clone

    def _settings_of(self, options: CallOptions) -> Settings:
        timeout, deadline, max_retries, extra_headers = options
        return self._settings.changed(
            timeout=timeout, deadline=deadline, max_retries=max_retries, default_headers=extra_headers
        )

    def __repr__(self) -> str:
        # Also of a client whose constructor raised: reporters of errors print local variables.
        return f"{type(self).__name__}({self.__dict__.get('_settings', '…')})"


class AsyncSequenceClient(_Client[httpx.AsyncBaseTransport, httpx.AsyncClient], AsyncResources):
    """The Sequence API, awaited.

    Example:
        async with AsyncSequenceClient(environment=Environment.SANDBOX) as sequence:
            customer = await sequence.customers.get_by_alias("acme")
    """

    def _open(
        self, transport: httpx.AsyncBaseTransport | Literal["fast"] | None, http_client: httpx.AsyncClient | None
    ) -> None:
        self._connections = AsyncConnections(self._settings, transport, http_client)

    @property
    def with_raw_response(self) -> AsyncResourcesRaw:
        """The same operations, returning the whole response: status, headers, content, attempts, and it parsed."""
        return AsyncResourcesRaw(self)

    async def aclose(self) -> None:
        """Close the connections, those of copies too. A closed client refuses calls."""
        await self._connections.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def call(self, operation: Operation[T], arguments: Mapping[str, Any], options: CallOptions) -> APIResponse[T]:
        """Call an operation, with its arguments by name."""
        call = Call(self._settings_of(options), operation, arguments)
        pool = self._connections.pool()

        async def attempt(connection: AsyncConnection) -> Answer:
            with discreet(operation.path):
                seconds = call.begin()
                exchange = self._exchange(call, connection)
                if connection.watches_clock and not self._settings.credentials.rotating:
                    return await exchange
                return await _clock.within(seconds, exchange)

        while True:
            try:
                outcome: Answer | Exception = await pool.lend(call.patience, attempt)
            except FAILURES as failure:
                outcome = failure
            result = call.end(outcome)
            if isinstance(result, APIResponse):
                return result
            await _clock.async_sleep(result)

    async def _exchange(self, call: Call[Any], connection: AsyncConnection) -> Answer:
        outgoing = call.outgoing(await self._settings.credentials.ask_async(call.rejected))
        return await connection.exchange(outgoing, self._settings.max_response_bytes)


class SequenceClient(_Client[httpx.BaseTransport, httpx.Client], Resources):
    """The Sequence API, blocking: the twin of AsyncSequenceClient.

    Example:
        with SequenceClient(environment=Environment.SANDBOX) as sequence:
            customer = sequence.customers.get_by_alias("acme")
    """

    def _open(self, transport: httpx.BaseTransport | Literal["fast"] | None, http_client: httpx.Client | None) -> None:
        self._connections = Connections(self._settings, transport, http_client)

    @property
    def with_raw_response(self) -> ResourcesRaw:
        """The same operations, returning the whole response: status, headers, content, attempts, and it parsed."""
        return ResourcesRaw(self)

    def close(self) -> None:
        """Close the connections, those of copies too. A closed client refuses calls."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(self, operation: Operation[T], arguments: Mapping[str, Any], options: CallOptions) -> APIResponse[T]:
        """Call an operation, with its arguments by name."""
        call = Call(self._settings_of(options), operation, arguments)
        pool = self._connections.pool()

        def attempt(connection: Connection) -> Answer:
            with discreet(operation.path), ALARM.after(call.begin()):
                return self._exchange(call, connection)

        while True:
            try:
                outcome: Answer | Exception = pool.lend(call.patience, attempt)
            except FAILURES as failure:
                outcome = failure
            result = call.end(outcome)
            if isinstance(result, APIResponse):
                return result
            _clock.sleep(result)

    def _exchange(self, call: Call[Any], connection: Connection) -> Answer:
        outgoing = call.outgoing(self._settings.credentials.ask(call.rejected))
        return connection.exchange(outgoing, self._settings.max_response_bytes)
