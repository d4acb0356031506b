"""Settings: what the caller's arguments and the environment come to, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
from attrs import Attribute, Factory, evolve, field, frozen

from ._credentials import Credentials
from ._errors import ConfigurationError
from ._generated.facts import API_VERSION, Environment
from ._version import __version__

DEFAULT_TIMEOUT: Final = 10.0
DEFAULT_DEADLINE: Final = 60.0
DEFAULT_MAX_RETRIES: Final = 2
DEFAULT_MAX_CONNECTIONS: Final = 100
DEFAULT_MAX_RESPONSE_BYTES: Final = 10 * 1024 * 1024

USER_AGENT: Final = f"sequence-customers-client/{__version__} python/{sys.version.split()[0]} httpx/{httpx.__version__}"

_OURS: Final = frozenset(
    {"authorization", "sequence-version", "accept-encoding", "host", "content-length", "transfer-encoding"}
)
_MOST_SECONDS: Final = 1e8  # three years; operating systems refuse some longer ones
# Not compiled here: most clients need none of them, and all would wait for it.
_HOST: Final = r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?"
_HEADER_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # RFC 9110, section 5.6.2


def _seconds(_: object, attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _MOST_SECONDS:
        raise ConfigurationError(f"{attribute.name} must be a number of seconds above 0, not {value!r}")


def _timeout(_: object, attribute: Attribute[Any], value: object) -> None:
    phases = value.as_dict().values() if isinstance(value, httpx.Timeout) else [value]
    for seconds in phases:
        if seconds is not None or phases == [None]:
            _seconds(_, attribute, seconds)


def _at_least(least: int) -> Callable[[object, Attribute[Any], object], None]:
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ConfigurationError(f"{attribute.name} must be a whole number, {least} or more, not {value!r}")

    return check


def is_header_value(text: object) -> bool:
    """Whether a header can have the value (RFC 9110, section 5.5): ASCII, no control characters, no space around it."""
    return isinstance(text, str) and text.isascii() and text.replace("\t", " ").isprintable() and text == text.strip()


def _headers(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"default_headers must be a mapping, not {type(value).__name__}")
    for name, text in value.items():
        if not isinstance(name, str) or not re.fullmatch(_HEADER_NAME, name):
            raise ConfigurationError(f"default_headers: {name!r} is no header name")
        if name.lower() in _OURS:
            raise ConfigurationError(f"default_headers: {name} is set by the client")
        # The value may be somebody's secret: it stays out of the message.
        if not is_header_value(text):
            raise ConfigurationError(f"default_headers: the value of {name} is no header value")
    return dict(value)


def _merged(headers: Mapping[str, str], later: Mapping[str, str]) -> dict[str, str]:
    replaced = {name.lower() for name in later}
    return {name: value for name, value in headers.items() if name.lower() not in replaced} | dict(later)


def _all_headers(default_headers: Mapping[str, str]) -> Mapping[str, str]:
    """Ours, and the caller's in their place."""
    ours = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Sequence-Version": API_VERSION,
        "User-Agent": USER_AGENT,
    }
    return _merged(ours, default_headers)


@frozen
class Settings:
    """Everything that decides how a client calls; a call reads it and nothing else."""

    base_url: str
    credentials: Credentials = field(repr=False)
    environment: Environment | None = None
    """None where the caller gave a base_url."""

    timeout: float | httpx.Timeout = field(default=DEFAULT_TIMEOUT, validator=_timeout)
    deadline: float = field(default=DEFAULT_DEADLINE, validator=_seconds)
    max_retries: int = field(default=DEFAULT_MAX_RETRIES, validator=_at_least(0))
    max_connections: int = field(default=DEFAULT_MAX_CONNECTIONS, validator=_at_least(1))
    max_response_bytes: int = field(default=DEFAULT_MAX_RESPONSE_BYTES, validator=_at_least(1))
    default_headers: Mapping[str, str] = field(factory=dict, converter=_headers, repr=False)

    headers: Mapping[str, str] = field(
        init=False,
        repr=False,
        default=Factory(lambda settings: _all_headers(settings.default_headers), takes_self=True),
    )
    """Those of every request but the credentials."""

    def changed(self, **options: Any) -> Settings:
        """The settings with some options changed: None leaves one as it is, headers are added."""
        given = {name: value for name, value in options.items() if value is not None}
        if "default_headers" in given:
            given["default_headers"] = _merged(self.default_headers, _headers(given["default_headers"]))
        return evolve(self, **given)

    def __str__(self) -> str:
        where = self.base_url if self.environment is None else self.environment.value
        return f"{where}, timeout={self.timeout}, deadline={self.deadline}, max_retries={self.max_retries}"


def read_server(environment: Environment | str | None, base_url: str | None) -> dict[str, Any]:
    """Choose the server: an argument beats a variable, and PRODUCTION is what remains.

    Args:
        environment: A member or its name in any case; None reads SEQUENCE_ENVIRONMENT.
        base_url: Instead of an environment; None reads SEQUENCE_BASE_URL.

    Returns:
        `environment` and `base_url` for Settings.

    Raises:
        ConfigurationError: Both were given, or one is of no use.
    """
    names = "environment", "base_url"
    chosen: tuple[object, object] = environment, base_url
    if environment is None and base_url is None:
        names = "SEQUENCE_ENVIRONMENT", "SEQUENCE_BASE_URL"
        chosen = os.environ.get(names[0]) or None, os.environ.get(names[1]) or None
    if None not in chosen:
        raise ConfigurationError(
            f"{names[0]} and {names[1]} are both given: a base URL stands instead of an environment"
        )
    if chosen[1] is not None:
        return {"environment": None, "base_url": _base_url(names[1], chosen[1])}
    member = Environment.PRODUCTION if chosen[0] is None else _environment(names[0], chosen[0])
    return {"environment": member, "base_url": member.base_url}


def _environment(source: str, value: object) -> Environment:
    if isinstance(value, str):
        try:
            return Environment[value.strip().upper()]
        except KeyError:
            pass
    raise ConfigurationError(f"{source}: {value!r} is unknown; use one of {', '.join(Environment.__members__)}")


def _base_url(source: str, value: object) -> str:
    # The value may hold a password: no message repeats it.
    try:
        url = httpx.URL(value)  # type: ignore[arg-type]
    except (httpx.InvalidURL, TypeError, ValueError):
        raise ConfigurationError(f"{source} is no URL: it should look like https://example.com/api") from None
    if url.userinfo:
        raise ConfigurationError(f"{source} holds a user name or password: pass client_id and client_secret instead")
    if url.scheme not in {"http", "https"} or not is_server(url):
        raise ConfigurationError(f"{source} is no https URL: it should look like https://example.com/api")
    if any(character.isspace() for character in str(value)):
        raise ConfigurationError(f"{source} holds white space: take it out")
    if url.query or url.fragment or "?" in str(value) or "#" in str(value):
        raise ConfigurationError(f"{source} has a query or a fragment: leave it out")
    if url.scheme == "http" and not is_loopback(url.host):
        raise ConfigurationError(f"{source} is http, which would send the credentials in the clear: use https")
    return str(url).rstrip("/")


def is_server(url: httpx.URL) -> bool:
    """Whether host and port of a URL can be those of a server; httpx percent-encodes what no host name has."""
    host = url.raw_host.decode("ascii")
    return (":" in host or bool(re.fullmatch(_HOST, host))) and (url.port is None or 0 < url.port < 65536)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
