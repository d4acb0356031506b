"""What the fake is asked, and what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from sequence_customers_client import API_VERSION

WITHOUT_BODY: Final = {204, 304}


@frozen
class Reply:
    """What the fake answers to one request.

    Raises:
        ValueError: It cannot be sent: a status, a header or a body that HTTP does not have.
    """

    status: int = 200
    body: Any = None
    """A JSON value; bytes are sent as they are; None sends no body."""

    delay: float = 0.0
    """Seconds before the answer begins."""

    headers: Mapping[str, str] = {}
    """These replace those of the fake's that have the same name."""

    dropped: bool = False
    """Whether the connection ends in the place of an answer."""

    def __attrs_post_init__(self) -> None:
        if self.status not in range(200, 1000):
            raise ValueError(f"a reply cannot be sent: {self.status!r} is no status of an answer")
        for name, value in self.headers.items():
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+: [\t -~\x80-\xff]*", f"{name}: {value}", re.ASCII):
                raise ValueError(f"a reply cannot be sent: {name!r} is no header, or its value is none")
        if self.encode()[1] and self.status in WITHOUT_BODY:
            raise ValueError(f"a reply cannot be sent: {self.status} has no body")

    def encode(self) -> tuple[dict[str, str], bytes]:
        """What is sent: the headers, with names in lower case, and the body.

        Raises:
            ValueError: The body is no JSON value.
        """
        content, headers = self.body, {"sequence-version": API_VERSION}
        if not isinstance(content, bytes | None):
            try:
                content = json.dumps(content, allow_nan=False).encode()
            except (TypeError, ValueError) as error:
                raise ValueError(f"a reply cannot be sent: its body is no JSON: {error}") from None
            headers["content-type"] = "application/json"
        if self.status not in WITHOUT_BODY:
            headers["content-length"] = str(len(content or b""))
        return {**headers, **{name.lower(): value for name, value in self.headers.items()}}, content or b""


@frozen
class ReceivedRequest:
    """What the fake was asked, without its credentials."""

    method: str
    path: str
    """As it was sent, percent-encoded, without the query."""

    query: str
    operation: str | None
    """As the client has it, `customers.get_by_alias`; None where the document has no such path."""

    arguments: Mapping[str, str]
    """What the path has for the parameters of its template: `{"alias": "acme"}`."""

    headers: Mapping[str, str]
    """By name in lower case."""

    body: Any
    """The JSON value; bytes where it is none; None where there is no body."""


Answering = Reply | Sequence[Reply] | Callable[[ReceivedRequest], Reply]
"""What a test may tell the fake to answer."""

Answer = Callable[[str, str, Mapping[str, str], bytes], Reply]
"""What a door calls: method, target, headers and body of a request."""
