"""Proxies: what the environment, or the system, says for the one server that a client calls."""

import base64
import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from .._base_url import Server, is_loopback
from .._errors import ConfigurationError

_SCHEMES = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True)
class Proxy:
    """A proxy; what it prints is where it is, and not who may use it."""

    scheme: str
    url: str  # without credentials
    auth: tuple[str, str] | None = field(repr=False)

    def headers(self) -> dict[str, str]:
        """What authenticates at it (RFC 9110, section 11.7.2), where it has credentials."""
        if self.auth is None:
            return {}
        return {"Proxy-Authorization": f"Basic {base64.b64encode(':'.join(self.auth).encode()).decode()}"}


def proxy_for(server: Server) -> Proxy | None:
    """The proxy that leads to a server: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or the system's settings."""
    named = getproxies()
    address = named.get(server.scheme) or named.get("all")
    if not address or is_loopback(server.host):  # where plain HTTP is allowed because nobody else can read it
        return None
    if "no" in named:
        bypassed = bypasses(named["no"], server.host, server.port or _SCHEMES[server.scheme])
    else:
        bypassed = bool(proxy_bypass(server.netloc))
    return None if bypassed else _parse(address, server.scheme)


def bypasses(no_proxy: str, host: str, port: int) -> bool:
    """Whether NO_PROXY names a host, as curl and requests read it: by itself, a domain or a block above it, or `*`."""
    host = host.rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for entry in no_proxy.lower().replace(",", " ").split():
        has_port = "]:" in entry or entry.count(":") == 1
        name = (entry.removesuffix(f":{port}") if has_port else entry).replace("]/", "/").strip("[].")
        if entry == "*" or (address is None and name and f".{host}".endswith(f".{name}")):
            return True
        with suppress(ValueError):
            if address is not None and address in ipaddress.ip_network(name, strict=False):
                return True
    return False


def _parse(address: str, scheme: str) -> Proxy:
    # It does not repeat the address, which may hold a password.
    message = f"the proxy that the environment names for {scheme} is no proxy URL: it should look like http://host:8080"
    try:
        url = urlsplit(address if "://" in address else f"http://{address}")
        port = url.port or _SCHEMES[url.scheme]
    except (ValueError, KeyError):
        raise ConfigurationError(message) from None
    host = url.hostname or ""
    if url.scheme not in _SCHEMES or re.fullmatch(r"[a-z0-9_.:-]+", host) is None:
        raise ConfigurationError(message)
    if url.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ConfigurationError("the proxy that the environment names needs a package: pip install httpx[socks]")
    auth = None if url.username is None else (unquote(url.username), unquote(url.password or ""))
    return Proxy(url.scheme, f"{url.scheme}://{f'[{host}]' if ':' in host else host}:{port}", auth)
