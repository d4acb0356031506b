"""Base URLs: checked once and percent-encoded once, so that every transport sends what stands here."""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from ._errors import ConfigurationError

_EXAMPLE = "it should look like https://example.com/api"
_LONGEST = 32768
_SAFE = "/%:@!$&'()*+,;=~"
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Server(NamedTuple):
    scheme: str
    host: str  # in lower case and ASCII; an IPv6 address without its brackets
    port: int | None  # None where it is the scheme's own
    path: str
    name: str = ""  # the environment's, where it is that of one

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
    """Check a base URL: https, or http on loopback unless it is allowed; messages never repeat it."""
    # A URL object of httpx, httpx2 or yarl is as good as its text; bytes and paths are not.
    text = str(value) if isinstance(value, str) or type(value).__name__ == "URL" else ""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ConfigurationError(f"{source} is no URL: {_EXAMPLE}") from None
    host, path = _ascii_host(url), url.path.rstrip("/")
    is_server = url.scheme in _DEFAULT_PORTS and port != 0 and not url.netloc.endswith(":") and len(text) <= _LONGEST
    is_odd = "%" in path and re.search(r"%(?![0-9A-Fa-f]{2})", path) is not None
    steps = path.lower().replace("%2e", ".").split("/")
    checks = (
        ("@" in url.netloc, "holds a user name or password: pass client_id and client_secret instead"),
        (not host or not is_server, f"is no https URL: {_EXAMPLE}"),
        (not text.isprintable() or " " in text, "holds white space or a control character: take it out, or write %20"),
        ("?" in text or "#" in text, "has a query or a fragment: leave it out"),
        ("\\" in path, "has a backslash in its path: write a slash, or %5C"),
        (is_odd, "has a % that begins no percent-encoding: write it as %25"),
        ("." in steps or ".." in steps, "has a '.' or '..' in its path: write the path meant"),
        (
            url.scheme == "http" and not allow_http and not is_loopback(host),
            "is http, which would send the credentials in the clear: use https, or pass allow_http=True",
        ),
    )
    for is_wrong, problem in checks:
        if is_wrong:
            raise ConfigurationError(f"{source} {problem}")
    return Server(url.scheme, host, None if port == _DEFAULT_PORTS[url.scheme] else port, quote(path, safe=_SAFE))


def _ascii_host(url: SplitResult) -> str:
    """The host in lower case and ASCII; empty where it cannot be that of a server."""
    host = url.hostname or ""
    try:
        if not host.isascii():
            import idna  # noqa: PLC0415 - httpx brings it, and few need it

            host = idna.encode(host, uts46=True).decode("ascii")
        if "[" in url.netloc or ":" in host:
            return "" if "%" in host else str(ipaddress.IPv6Address(host))
        if host.replace(".", "").isdigit():
            return str(ipaddress.IPv4Address(host))
    except ValueError:  # of which idna's is one
        return ""
    # Without regular expressions: to compile them would take as long as all the rest.
    return host if all(map(_is_label, host.removesuffix(".").split("."))) else ""


def _is_label(text: str) -> bool:
    return len(text) <= 63 and text == text.strip("-") and text.replace("-", "a").replace("_", "a").isalnum()


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
