"""The fake: what it knows, what it is asked, and what it answers, whichever way a request comes."""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from attrs import evolve, fields_dict, has

from sequence_customers_client import API_VERSION, Customer

from ._asgi import AsgiApp, asgi_app
from ._document import Document, Operation, RefusedError
from ._messages import WITHOUT_BODY, Answering, ReceivedRequest, Reply
from ._schema import Json
from ._transport import FakeTransport

_BY_ALIAS: Final = "customers.get_by_alias"
_SECRET: Final = {"authorization", "cookie", "proxy-authorization"}


def example_customer(**changes: Any) -> dict[str, Any]:
    """The document's example of a customer, as JSON.

    Args:
        changes: JSON keys to set, `legalName="Acme Ltd"`.
    """
    document = Document.vendored()
    return {**document.answer(document.named(_BY_ALIAS))[1], **changes}


class FakeCustomers:
    """The customers that a fake knows, by alias."""

    def __init__(self, example: Json, required: Iterable[str]) -> None:
        self._example = {key: example[key] for key in required if key in example}
        self._by_alias: dict[str, Customer] = {}
        self._count = 0

    def add(self, *, aliases: Iterable[str] = (), **fields: Any) -> Customer:
        """Let the fake know a customer.

        Args:
            aliases: What it is found by, beside its own id.
            fields: Fields of `Customer` by the names they have in Python, parts as models or as mappings of fields:
                `legal_name="Acme Ltd", address={"country": "GB"}`. Required ones that are left out are those of the
                document's example, but for an id of its own; optional ones are left out.

        Returns:
            The customer. What is changed in it, the fake answers.

        Raises:
            TypeError: A model has no field of that name, or an alias is no string.
            ValueError: A value is not what the document allows, or an alias is taken.
        """
        listed = [aliases] if isinstance(aliases, str) else list(aliases)
        if isinstance(aliases, str) or not all(isinstance(alias, str) for alias in listed):
            raise TypeError(f"aliases: a list of strings is wanted, {list(map(str, listed))}")
        self._count += 1
        fields = {"id": str(UUID(int=self._count)), **fields}
        customer: Customer = _changed(Customer.from_dict(self._example), fields)
        try:
            Customer.from_dict(customer.to_dict())
        except (AttributeError, TypeError) as error:
            raise ValueError(f"a field has a value of another type than {Customer.__name__} has: {error}") from None
        own = dict.fromkeys([customer.id, *listed], customer)
        for alias in own.keys() & self._by_alias.keys():
            raise ValueError(f"the alias {alias!r} is taken: each belongs to one customer")
        self._by_alias.update(own)
        return customer

    def get(self, alias: str) -> Customer | None:
        """The customer with an alias, or None."""
        return self._by_alias.get(alias)


def _changed(model: Any, changes: Mapping[str, Any]) -> Any:
    """A copy of a model with other fields; mappings change the models that are there."""
    known = [name for name, each in fields_dict(type(model)).items() if each.init and name[0] != "_"]
    for name in changes:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(known))}"
            raise TypeError(f"{type(model).__name__} has no field {name}; {hint}")
    values = {
        name: _changed(getattr(model, name), value)
        if isinstance(value, Mapping) and has(type(getattr(model, name)))
        else value
        for name, value in changes.items()
    }
    return evolve(model, **values)


class FakeSequence:
    """A Sequence of one's own: it answers from the document, and checks what the real one checks.

    Any operation is answered with what the document shows, but a look-up of a customer with one that was added.

    Args:
        replies: What to answer instead, by alias (whatever the last segment of a look-up's path holds) or by operation
            (`customers.get_by_alias`): a Reply, a sequence of them of which the last one stays, or a function that
            gets the ReceivedRequest and returns a Reply.
        client_id: The only id it accepts.
        client_secret: And its secret.
        document: Another document than the package's own, as JSON, with the operation `customers.get_by_alias`.

    Raises:
        ValueError: The document has no such operation.

    Example:
        fake = FakeSequence()
        fake.customers.add(aliases=["acme"], legal_name="Acme Ltd")
        fake.fail_next(status=429, retry_after=1, times=2)
        sequence = SequenceClient(client_id="id", client_secret="secret", transport=fake.transport())
    """

    def __init__(
        self,
        replies: Mapping[str, Answering] | None = None,
        *,
        client_id: str = "id",
        client_secret: str = "secret",  # noqa: S107 - of a fake that holds nothing
        document: Json | None = None,
    ) -> None:
        self._document = Document.vendored() if document is None else Document(document)
        look_up = self._document.named(_BY_ALIAS)
        self._customer = self._document.schema(look_up)
        self.replies: dict[str, Answering] = dict(replies or {})
        """May be changed at any time."""
        self.customers: FakeCustomers = FakeCustomers(
            self._document.answer(look_up)[1], self._customer.get("required") or []
        )
        """The customers that it knows; `customers.add(…)` adds one."""
        self.requests: list[ReceivedRequest] = []
        """What it was asked, in the order it came in."""
        self._authorization = "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._faults: deque[Reply] = deque()
        self._delays: deque[float] = deque()
        self._turns: dict[int, tuple[Sequence[Reply], int]] = {}
        self._lock = threading.Lock()

    def fail_next(self, status: int = 500, *, retry_after: float | None = None, times: int = 1) -> None:
        """Answer the next requests with an error.

        Args:
            status: Its status.
            retry_after: Seconds for its Retry-After header; None leaves it out.
            times: How many requests fail.
        """
        kind = HTTPStatus(status).phrase.replace(" ", "") if status in set(HTTPStatus) else "Error"
        body = None if status in WITHOUT_BODY else {"error": {"type": kind, "message": "The fake was told to fail"}}
        headers = {} if retry_after is None else {"Retry-After": f"{retry_after:.3f}".rstrip("0").rstrip(".")}
        self._faults.extend([Reply(status, body, headers=headers)] * times)

    def delay_next(self, seconds: float, *, times: int = 1) -> None:
        """Let the next requests wait for their answers.

        Args:
            seconds: How long. A client without sockets whose time is shorter is told so at once.
            times: How many requests wait.
        """
        self._delays.extend([seconds] * times)

    def drop_next(self, *, times: int = 1) -> None:
        """End the connections of the next requests in the place of an answer.

        Args:
            times: How many.
        """
        self._faults.extend([Reply(dropped=True)] * times)

    def transport(self) -> FakeTransport:
        """The fake without sockets: an httpx transport for either client, and for clients of httpx."""
        return FakeTransport(self.answer)

    def asgi_app(self) -> AsgiApp:
        """The fake as an ASGI application, to be served, or mounted in another."""
        return asgi_app(self.answer)

    def answer(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """Take a request, and say what is to be answered: what every door calls.

        Args:
            method: In capitals.
            target: The path as it was sent, percent-encoded, and the query.
            headers: With their names in any case.
            content: The body.
        """
        path, _, query = target.partition("?")
        headers = {name.lower(): value for name, value in headers.items()}
        operation, arguments = self._document.find(method, path)
        try:
            body = json.loads(content) if content else None
        except ValueError:
            body = content
        shown = {name: value for name, value in headers.items() if name not in _SECRET}
        name = None if operation is None else operation.name
        request = ReceivedRequest(method, path, query, name, arguments, shown, body)
        with self._lock:
            self.requests.append(request)
            delay = self._delays.popleft() if self._delays else 0.0
            fault = self._faults.popleft() if self._faults else None
        try:
            reply = fault or self._decide(operation, request, headers, content)
        except RefusedError as refused:
            reply = self._refusal(operation, refused)
        return evolve(reply, delay=reply.delay + delay)

    def _decide(
        self, operation: Operation | None, request: ReceivedRequest, headers: Mapping[str, str], content: bytes
    ) -> Reply:
        if (operation is None or operation.secured) and headers.get("authorization") != self._authorization:
            raise RefusedError(401, "Unauthorized", "The credentials are not valid", **{"WWW-Authenticate": "Basic"})
        if headers.get("sequence-version", API_VERSION) != API_VERSION:
            raise RefusedError(400, "UnrecognisedApiVersion", "There is no such version of the API")
        if operation is None:
            if allowed := self._document.methods(request.path):
                raise RefusedError(405, "MethodNotAllowed", "There is no such method here", Allow=", ".join(allowed))
            raise RefusedError(404, "NotFound", "There is no such route")
        self._document.check(operation, request.arguments, request.query, headers, content)
        alias = [*request.arguments.values()][-1] if operation.is_look_up else operation.name
        told = self.replies.get(alias, self.replies.get(operation.name))
        if told is not None:
            return self._told(told, request)
        if operation.is_look_up and self._document.schema(operation) is self._customer:
            if customer := self.customers.get(alias):
                return Reply(body=customer.to_dict())
            raise RefusedError(404, "NotFound", "No customer has this alias")
        return Reply(*self._document.answer(operation))

    def _told(self, told: Answering, request: ReceivedRequest) -> Reply:
        if isinstance(told, Sequence):
            with self._lock:
                _, turn = self._turns.get(id(told), (told, 0))
                self._turns[id(told)] = told, turn + 1  # the sequence, so that no other gets its id
            told = told[min(turn, len(told) - 1)]
        reply = told(request) if callable(told) else told
        if not isinstance(reply, Reply):
            raise TypeError(f"a reply cannot be sent: {type(reply).__name__} is no Reply")
        reply.encode()  # its body may have been changed since it was made
        return reply

    def _refusal(self, operation: Operation | None, refused: RefusedError) -> Reply:
        body, status = refused.body, str(refused.status)
        if operation and self._document.schemas.fault(body, self._document.schema(operation, status), "body"):
            body = self._document.answer(operation, status)[1]
        return Reply(refused.status, body, headers=refused.headers)
