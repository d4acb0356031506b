"""Failures: what transports raise where no response came, and what of somebody else's words may be repeated."""

import re
import ssl
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Final, TypeVar

_HOLD_ARGUMENTS: Final = {
    *(__name__.partition(".")[0], "httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "aiohttp", "yarl"),
    *("anyio", "asyncio", "trio", "uvloop", "socksio", "socket", "ssl", "selectors", "re"),
}

ErrorT = TypeVar("ErrorT", bound=BaseException)


@dataclass(eq=False)
class TransportError(Exception):
    """No response came. It holds nothing of the request, and no other exception."""

    cause: str  # the library's name for the failure, `ConnectError`
    text: str = ""  # what the system or the library said of it, where that repeats nothing of request or response
    _: KW_ONLY
    was_sent: bool = True  # or may have been: the server may have seen the request
    timed_out: bool = False
    phase: str | None = None  # whose time limit was reached, where the library tells: connect, read, write or pool
    is_final: bool = False  # the same would happen again: a certificate fails verification, a proxy refuses

    def __str__(self) -> str:
        return f"{self.cause}: {self.text}" if self.text else self.cause


class RateLimitTimeout(Exception):  # noqa: N818 - a signal for the call, which makes an error of it
    """The attempt could not be sent in time: too many are waiting for the client's own rate limit."""


def without_context(error: ErrorT) -> ErrorT:
    """An error with no other behind it, and no frame: a library's hold requests, and reporters print what they hold."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def without_frames(error: ErrorT) -> ErrorT:
    """An error from outside, or from the caller's code, without frames of ours or of libraries: those hold secrets."""
    for link in chain(error):
        tail = trace = link.__traceback__
        while trace is not None:
            module, trace = str(trace.tb_frame.f_globals.get("__name__")), trace.tb_next
            if module.partition(".")[0] in _HOLD_ARGUMENTS:
                tail = trace
        link.__context__, link.__traceback__ = None, tail
    return error


def chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def no_thread(error: BaseException) -> TransportError | None:
    """What it is that a resolver could start no thread; None of another error."""
    if not isinstance(error, RuntimeError) or not re.search("new (thread|futures)|after shutdown", str(error)):
        return None
    return TransportError("RuntimeError", one_line(str(error)), was_sent=False)


def fails_verification(error: BaseException) -> bool:
    """Whether the server's certificate is behind it, which will be the same the next time."""
    return any(isinstance(link, ssl.SSLCertVerificationError) for link in chain(error))


def unquoted(text: str) -> str:
    """What a library says of a response, without what it quotes of it: bytes, and all that follows."""
    return one_line(re.split(r"[:(]?\s*(?:bytearray\()?\bb?['\"]", text)[0])


def one_line(text: str) -> str:
    """Somebody else's text, fit for a message of ours: no line breaks, no control characters, not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())[:300]
