"""Configuration: what the caller's arguments and the environment come to, checked before anything is sent."""

import os
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

from ._base_url import Server, parse_base_url
from ._credentials import Credentials
from ._errors import ConfigurationError
from ._generated.facts import API_VERSION, Environment
from ._observers import CallObserver
from ._timeouts import PhaseTimeouts, is_phase_timeouts
from ._version import __version__

_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Sequence-Version": API_VERSION,
    "User-Agent": f"sequence-customers-client/{__version__} python/{sys.version.split()[0]}",
}
_OURS: Final = {"authorization", "sequence-version", "accept-encoding", "host"}
_FRAMING: Final = {"content-length", "transfer-encoding", "connection"}
_LEAST: Final = {"max_retries": 0, "max_connections": 1, "max_response_bytes": 1}
_MOST_SECONDS: Final = 1e8  # three years; operating systems refuse some longer ones
# Not compiled here: most clients do without it, and all would wait for it.
_HEADER_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, section 5.6.2
NO_HEADER_VALUE: Final = "has a control character, white space around it, or characters beyond ASCII"


def is_header_value(text: object) -> bool:
    """Whether a header can have the value (RFC 9110, section 5.5): ASCII, no control characters, no space around it."""
    return isinstance(text, str) and text.isascii() and text.replace("\t", " ").isprintable() and text == text.strip()


def checked_headers(value: object, source: str = "default_headers") -> Mapping[str, str]:
    """A caller's headers; some that the client sets are refused, in a message that repeats no value."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{source} must be a mapping, not {type(value).__name__}")
    for name, text in value.items():
        if not isinstance(name, str) or not re.fullmatch(_HEADER_NAME, name):
            raise ConfigurationError(f"{source}: {name!r} is no header name: those are letters, digits and hyphens")
        if name.lower() in _OURS | _FRAMING:
            raise ConfigurationError(f"{source}: {name} is set by the client: leave it out")
        # The value may be somebody's secret: it stays out of the message.
        if not is_header_value(text):
            raise ConfigurationError(f"{source}: the value of {name} is no header value: it {NO_HEADER_VALUE}")
    return dict(value)


def merged_headers(headers: Mapping[str, str], later: Mapping[str, str]) -> dict[str, str]:
    replaced = {name.lower() for name in later}
    return {name: value for name, value in headers.items() if name.lower() not in replaced} | dict(later)


class Config:
    """Everything that decides how a client calls; a call reads it and nothing else."""

    timeout: float | PhaseTimeouts = 10.0
    deadline: float = 60.0
    max_retries: int = 2
    max_connections: int = 100
    max_response_bytes: int = 10 * 1024 * 1024
    default_headers: Mapping[str, str] = {}
    observers: tuple[CallObserver, ...] = ()
    rate_limiter: Any = None

    def __init__(self, server: Server, credentials: Credentials, **options: Any) -> None:
        vars(self).update(options)
        self.server, self.credentials = server, credentials
        self.base_url = server.url
        self.server_name = server.name or server.url  # in messages
        timeout: Any = self.timeout
        has_phases = is_phase_timeouts(timeout)
        limits = [each for each in timeout.as_dict().values() if each is not None] if has_phases else [timeout]
        for name, limit in [*(("timeout", each) for each in limits), ("deadline", self.deadline)]:
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit <= _MOST_SECONDS:
                raise ConfigurationError(f"{name} must be a number of seconds above 0, and at most 1e8, not {limit!r}")
        for name, least in _LEAST.items():
            count = getattr(self, name)
            if isinstance(count, bool) or not isinstance(count, int) or count < least:
                raise ConfigurationError(f"{name} must be a whole number, {least} or more, not {count!r}")
        self.default_headers = checked_headers(self.default_headers)
        try:
            self.observers = tuple(self.observers or ())
        except TypeError:
            raise ConfigurationError("observers must be a list: [MyObserver()]") from None
        if kinds := [type(each).__name__ for each in self.observers if not isinstance(each, CallObserver)]:
            raise ConfigurationError(f"observers: a {kinds[0]} is no CallObserver: derive it from CallObserver")
        # Those of every request but the credentials.
        self.headers = merged_headers({"Host": server.netloc, **_HEADERS}, self.default_headers)

    def changed(self, **options: Any) -> "Config":
        """The configuration with some options changed: None leaves one as it is, headers are added."""
        given = {name: value for name, value in options.items() if value is not None}
        for source in given.keys() & {"default_headers", "extra_headers"}:
            given["default_headers"] = merged_headers(self.default_headers, checked_headers(given.pop(source), source))
        return Config(**{**vars(self), **given}) if given else self

    def __repr__(self) -> str:
        return f"{self.server_name}, timeout={self.timeout}, deadline={self.deadline}, max_retries={self.max_retries}"


def choose_server(environment: Environment | str | None, base_url: str | None, *, allow_http: bool) -> Server:
    """Choose the server: an argument beats a variable, and PRODUCTION is what remains."""
    given: dict[str, object] = {"environment": environment, "base_url": base_url}
    if environment is None and base_url is None:
        given = {name: os.environ.get(name) or None for name in ("SEQUENCE_ENVIRONMENT", "SEQUENCE_BASE_URL")}
    (name, chosen), (url_name, url) = given.items()
    if chosen is not None and url is not None:
        raise ConfigurationError(f"{name} and {url_name} are both given: leave one of them out")
    if url is not None:
        return parse_base_url(url_name, url, allow_http=allow_http)
    word = Environment.PRODUCTION if chosen is None else chosen
    member = Environment.__members__.get(word.strip().upper()) if isinstance(word, str) else None
    if member is None:
        raise ConfigurationError(f"{name}: {word!r} is unknown; use one of {', '.join(Environment.__members__)}")
    return parse_base_url(name, member.base_url)._replace(name=member.value)
