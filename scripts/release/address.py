"""Where an index is: one address to read, one to upload to, neither of them public."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from .refusal import RefusalError

_PUBLIC: Final = urlsplit(PYPI_SIMPLE_ENDPOINT).hostname or ""


class Address(NamedTuple):
    """The two addresses of an index."""

    simple: str
    """What pip and uv take as an index URL."""

    upload: str
    """What twine takes as a repository URL."""


def read_address(environment: Mapping[str, str]) -> Address:
    """Read INDEX_URL, and UPLOAD_URL where the index has an uncommon one.

    INDEX_URL may end in `/simple` (or devpi's `/+simple`), as pip takes it; uploads go to what stands before. Without
    that ending it is where uploads go, and `simple/` below it is read.
    """
    index = environment.get("INDEX_URL", "").strip()
    if not index:
        raise RefusalError("INDEX_URL is not set: make publish INDEX_URL=https://…/simple/")
    _check("INDEX_URL", index)
    base, _, last = index.rstrip("/").rpartition("/")
    if last in {"simple", "+simple"}:
        address = Address(f"{index.rstrip('/')}/", f"{base}/")
    else:
        address = Address(f"{index.rstrip('/')}/simple/", f"{index.rstrip('/')}/")
    upload = environment.get("UPLOAD_URL", "").strip()
    if upload:
        _check("UPLOAD_URL", upload)
        address = address._replace(upload=upload)
    return address


def _check(name: str, url: str) -> None:
    # No message here repeats the address: it may hold what must not be shown.
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise RefusalError(f"{name} is no address: https://host/…") from None
    if parts.username is not None or parts.password is not None:
        raise RefusalError(f"{name} holds credentials: they belong in TWINE_USERNAME and TWINE_PASSWORD, or a keyring")
    if parts.query or parts.fragment:
        raise RefusalError(f"{name} has a query or a fragment: the address of an index has none")
    if not host or parts.scheme not in {"https", "http"}:
        raise RefusalError(f"{name} is no address: https://host/…")
    if host.rstrip(".") == _PUBLIC or host.rstrip(".").endswith(f".{_PUBLIC}"):
        raise RefusalError(f"{name} is the public index: this package is private")
    if parts.scheme == "http" and not _is_loopback(host):
        raise RefusalError(f"{name} is not https: the password would travel in the clear")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
