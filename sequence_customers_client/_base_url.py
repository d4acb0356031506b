"""Base URLs: checked once and percent-encoded once, so that every transport sends what stands here."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from ._errors import ConfigurationError

_EXAMPLE = "it should look like https://example.com/api"
# Not compiled here: most clients are given an environment, and all would wait for it.
_HOST = r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?"
_LONGEST = 32768
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Server(NamedTuple):
    """The server of a base URL."""

    scheme: str
    host: str
    """In lower case and ASCII; an IPv6 address without its brackets."""

    port: int | None
    """None where it is the scheme's own."""

    path: str

    @property
    def netloc(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL itself, without a slash at its end."""
        return f"{self.scheme}://{self.netloc}{self.path}"


def parse_base_url(source: str, value: object, *, allow_http: bool = False) -> Server:
    """Check a base URL.

    Args:
        source: Where it was given, for messages.
        value: The URL: https, or http on loopback. What needs encoding in its path is percent-encoded (RFC 3986), and
            what is encoded stays so; a host in other letters is written in ASCII (IDNA).
        allow_http: Whether http is allowed elsewhere, too.

    Raises:
        ConfigurationError: It is of no use. The message never repeats the value, which may hold a password.
    """

    def refuse(reason: str) -> ConfigurationError:
        return ConfigurationError(f"{source} {reason}")

    try:
        url: SplitResult = urlsplit(value if isinstance(value, str) else str(_as_text(value)))
        port = url.port
    except (TypeError, ValueError):
        raise refuse(f"is no URL: {_EXAMPLE}") from None
    text = str(value)
    if "@" in url.netloc:
        raise refuse("holds a user name or password: pass client_id and client_secret instead")
    host = _ascii_host(url)
    is_server = host is not None and port != 0 and not url.netloc.endswith(":") and len(text) <= _LONGEST
    if url.scheme not in _DEFAULT_PORTS or host is None or not is_server:
        raise refuse(f"is no https URL: {_EXAMPLE}")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise refuse("holds white space or a control character: take it out, or write it as %20")
    if "?" in text or "#" in text:
        raise refuse("has a query or a fragment: leave it out")
    path = url.path.rstrip("/")
    if "\\" in path or re.search(r"%(?![0-9A-Fa-f]{2})", path):
        raise refuse("has a backslash, or a % that begins no percent-encoding, in its path")
    if re.search(r"(?i)(?:^|/)(?:\.|%2e){1,2}(?:/|$)", path):
        raise refuse("has a '.' or '..' in its path: write the path that is meant")
    try:
        path = quote(path, safe="/%:@!$&'()*+,;=~")
    except UnicodeEncodeError:
        raise refuse("holds a lone surrogate, which is no character") from None
    if url.scheme == "http" and not allow_http and not is_loopback(host):
        raise refuse("is http, which would send the credentials in the clear: use https, or pass allow_http=True")
    return Server(url.scheme, host, None if port == _DEFAULT_PORTS[url.scheme] else port, path)


def _as_text(value: object) -> object:
    """A URL object of httpx, httpx2 or yarl is as good as its text; bytes and paths are not."""
    if type(value).__name__ != "URL":
        raise TypeError
    return value


def _ascii_host(url: SplitResult) -> str | None:
    """The host in lower case and ASCII; None where it cannot be that of a server."""
    host = url.hostname or ""
    if "[" in url.netloc or ":" in host:
        try:
            return str(ipaddress.IPv6Address(host)) if "%" not in host else None
        except ValueError:
            return None
    if not host.isascii():
        import idna  # noqa: PLC0415 - httpx brings it, and few need it

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    if not re.fullmatch(_HOST, host):
        return None
    if re.fullmatch(r"[0-9.]+", host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            return None
    return host


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
