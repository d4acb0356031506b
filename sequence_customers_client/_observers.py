"""Observers: what sees a call begin and end, attempt by attempt, and nothing that is personal or secret."""

from collections.abc import Mapping
from typing import Any

from ._errors import Attempt


class ObservedCall:
    """What observers are told of a call; one object from its start to its end."""

    def __init__(self, method: str, route: str, server: Any, request_bytes: int) -> None:
        self.method: str = method
        """The HTTP method."""
        self.route: str = route
        """The route template, `/customers/by-alias/{alias}`: never an argument."""
        self.scheme: str = server.scheme
        self.host: str = server.host
        self.port: int = server.port or (443 if server.scheme == "https" else 80)
        self.base_path: str = server.path
        """What stands before the route in the path, `/api`."""
        self.attempts: tuple[Attempt, ...] = ()
        """The attempts that have ended: status or cause, seconds, and the wait after each."""
        self.request_bytes: int = request_bytes
        """The size of the request's body."""
        self.response_bytes: int | None = None
        """The size of the last response's body, decompressed."""
        self.elapsed: float = 0.0
        """Seconds since the call started, as of the last event."""
        self.error_type: str | None = None
        """How the call ended: the name of the error's class; None while it runs, and where it ended well."""
        self.state: dict[Any, Any] = {}
        """For observers to keep what they need between events, by keys of their own."""


class CallObserver:
    """Sees every call of a client that has it among its `observers`. Derive from it, and override what is of use.

    The methods are called in the task or thread of the call, and should be quick. One that raises is logged, and does
    not change the call.

    Example:
        class Slow(CallObserver):
            def call_ended(self, call: ObservedCall) -> None:
                if call.elapsed > 1:
                    print(call.method, call.route, call.elapsed, call.error_type)

        client = SequenceClient(observers=[Slow()])
    """

    def call_started(self, call: ObservedCall) -> None:
        """A method of the client was called, and its arguments can be sent."""

    def attempt_started(self, call: ObservedCall) -> Mapping[str, str] | None:  # noqa: ARG002 - for who overrides it
        """An attempt begins to be sent, with its credentials at hand; returns headers to add to its request, if any."""
        return None

    def attempt_ended(self, call: ObservedCall) -> None:
        """An attempt ended: `call.attempts[-1]` says how. One that could not be sent begins and ends at once."""

    def call_ended(self, call: ObservedCall) -> None:
        """The call ended, with a result or with the error that `call.error_type` names."""


OF_EVERY_CLIENT: list[CallObserver] = []
"""Those that see the calls of every client of the process, of the clients that are there already, too."""
