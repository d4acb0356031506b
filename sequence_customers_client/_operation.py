"""Operations as data: all that the send path needs to know of one, and how the generated methods ask for it."""

from collections.abc import Mapping
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeVar

from ._models.codec import Codec, DecodeError, loads
from ._response import APIResponse, Response

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Parameter(NamedTuple):
    """One argument of an operation: its name here, its key in the request, where it goes, and how it is written."""

    name: str
    key: str
    location: Literal["path", "query", "header", "body"]
    codec: Codec[Any]
    required: bool = True


class Operation(NamedTuple, Generic[T_co]):
    method: str
    path: str  # the route template, with the document's names: `/customers/by-alias/{alias}`
    parameters: tuple[Parameter, ...]
    # What successes hold, by status as the document writes it (`200`, `2XX`, `default`); None where no body.
    responses: Mapping[str, Codec[Any] | None]
    errors: Mapping[str, Codec[Any] | None] = {}
    # The header that makes a call safe to repeat, where the document has one; a key is made where none is given.
    idempotency_key: str | None = None

    @property
    def route(self) -> str:
        """What stands for the operation in errors and logs: method and route template, never an argument."""
        return f"{self.method} {self.path}"


class Arguments:
    """What one call is given, and what it does otherwise than its client: reporters that print it show nothing."""

    __slots__ = ("options", "values")

    def __init__(self, values: Mapping[str, Any], **options: Any) -> None:
        self.values: Mapping[str, Any] = values
        self.options: Mapping[str, Any] = {name: value for name, value in options.items() if value is not None}


class AsyncCaller(Protocol):
    """What the generated async methods call: an `AsyncSequenceClient`."""

    async def call(self, operation: Operation[T], arguments: Arguments) -> APIResponse[T]: ...


class Caller(Protocol):
    """What the generated methods call: a `SequenceClient`."""

    def call(self, operation: Operation[T], arguments: Arguments) -> APIResponse[T]: ...


def described(answers: Mapping[str, Codec[Any] | None], status_code: int) -> str | None:
    """Under which key a status falls; None where the document does not mention it."""
    exact = str(status_code)
    return next((key for key in (exact, f"{exact[0]}XX", "default") if key in answers), None)


def parse(operation: Operation[T], response: Response) -> T:
    """Read the body of a documented 2xx; DecodeError says what is not as the document says."""
    if response.fault:
        raise DecodeError(response.fault)
    codec = operation.responses[described(operation.responses, response.status_code) or ""]
    return None if codec is None else codec.decode(loads(response.content))  # type: ignore[return-value]  # as documented


def is_success(operation: Operation[Any], status_code: int) -> bool:
    """Whether a status is a 2xx that the document describes."""
    return 200 <= status_code <= 299 and described(operation.responses, status_code) is not None
