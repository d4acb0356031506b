"""What a call needs, looked at piece by piece, and what to do about a piece that is missing."""

from __future__ import annotations

import os
import platform
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
from attrs import frozen

from sequence_customers_client import (
    API_VERSION,
    AuthenticationError,
    ConfigurationError,
    Environment,
    NotFoundError,
    PermissionDeniedError,
    SequenceClient,
    SequenceError,
    __version__,
)

from .._base_url import parse_base_url
from .._transports.proxies import proxy_for
from .._transports.tls import ssl_context
from . import credentials
from .lookup import is_page

_ALIAS: Final = "sequence-customers-doctor"
"""Nobody's: that there is no such customer proves that the credentials are accepted."""

_SECONDS: Final = 10.0
_CLOCK: Final = 60.0
_VARIABLES: Final = {f"SEQUENCE_{name}" for name in ("CLIENT_ID", "CLIENT_SECRET", "ENVIRONMENT", "BASE_URL", "LOG")}


@frozen
class Finding:
    """One piece, and how it is."""

    mark: str
    """`ok`, `warn` or `FAIL`."""

    what: str
    found: str
    advice: str = ""

    @property
    def style(self) -> str:
        """The colour of the mark."""
        return {"ok": "green", "warn": "yellow"}.get(self.mark, "bold red")


def examine(environment: str | None, base_url: str | None) -> Iterator[Finding]:
    """Look at everything a call needs, in the order in which it is needed; stop where the rest cannot work.

    Args:
        environment: As of the client.
        base_url: As of the client.
    """
    yield Finding(
        "ok",
        "versions",
        f"sequence-customers-client {__version__}, API {API_VERSION}, Python {platform.python_version()}, "
        f"httpx {httpx.__version__}, {ssl.OPENSSL_VERSION}",
    )
    yield _variables()
    try:
        # With credentials of no use, which are not sent: only the server is looked at.
        SequenceClient(client_id="doctor", client_secret="doctor", environment=environment, base_url=base_url).close()  # noqa: S106
    except ConfigurationError as error:
        yield _misconfigured(str(error))
        return
    where = credentials.server_name(environment, base_url)
    url = httpx.URL(Environment[where].base_url if where in Environment.__members__ else where)
    yield Finding("ok", "environment", where if where == str(url) else f"{where}, {url}")
    options = credentials.client_options(environment, base_url)
    try:
        client = SequenceClient(**options, timeout=_SECONDS, max_retries=0)
    except ConfigurationError as error:
        yield Finding(
            "FAIL", "credentials", str(error), "Set SEQUENCE_CLIENT_ID and SEQUENCE_CLIENT_SECRET, or use a keyring."
        )
        client = None
    else:
        yield Finding("ok", "credentials", f"found in {_source(options)}")
    reachable = True
    for finding in _network(url):
        yield finding
        reachable &= finding.mark != "FAIL"
    if client is not None:
        with client:
            if reachable:
                yield _call(client, where)


def _misconfigured(text: str) -> Finding:
    if text.startswith("the proxy "):
        return Finding("FAIL", "proxy", text, "Set HTTPS_PROXY or ALL_PROXY right, or unset it.")
    if text.startswith("SSL_CERT_"):
        return Finding("FAIL", "TLS", text, "Set SSL_CERT_FILE and SSL_CERT_DIR right, or unset them.")
    return Finding("FAIL", "environment", text, "Set SEQUENCE_ENVIRONMENT or SEQUENCE_BASE_URL right.")


def _variables() -> Finding:
    names = sorted(name for name in os.environ if name.startswith("SEQUENCE_"))
    unknown = [name for name in names if name not in _VARIABLES]
    if unknown:
        return Finding("warn", "variables", f"nothing reads {', '.join(unknown)}", "Is the name spelled right?")
    return Finding("ok", "variables", f"{', '.join(names) or 'none'} set")


def _source(options: dict[str, Any]) -> str:
    return "a keyring or typed in" if "client_id" in options else "the environment"


def _network(url: httpx.URL) -> Iterator[Finding]:
    proxy = proxy_for(parse_base_url("base_url", str(url)))
    yield Finding("ok", "proxy", "none" if proxy is None else proxy.url)
    if proxy is None:
        try:
            found = socket.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
        except OSError as error:
            advice = "Is the machine on the network, and its resolver right? Does it need HTTPS_PROXY?"
            yield Finding("FAIL", "DNS", f"{url.host} has no address: {error}", advice)
            return
        yield Finding("ok", "DNS", f"{url.host} is {', '.join(sorted({str(entry[4][0]) for entry in found}))}")
    try:
        # Without credentials of any kind, those of a netrc file included.
        with (
            httpx.Client(
                timeout=_SECONDS,
                trust_env=False,
                proxy=None if proxy is None else httpx.Proxy(proxy.url, auth=proxy.auth),
                verify=ssl_context(verifies=url.scheme == "https"),
            ) as client,
            client.stream("GET", url) as response,
        ):
            tls = response.extensions["network_stream"].get_extra_info("ssl_object")
            date = response.headers.get("date", "")
    except (httpx.HTTPError, OSError) as error:
        yield _failed_connection(error, proxied=proxy is not None)
        return
    yield Finding("ok", "TLS", "none: plain HTTP" if tls is None else f"{tls.version()}, certificate trusted")
    yield _clock(date)


def _failed_connection(error: BaseException, *, proxied: bool) -> Finding:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        advice = "Is the clock right? Does a proxy put in a certificate of its own? SSL_CERT_FILE names those to trust."
        return Finding("FAIL", "TLS", str(cause), advice)
    advice = "Is the proxy right, and running?" if proxied else "Does a firewall forbid it? Does it need HTTPS_PROXY?"
    return Finding("FAIL", "connection", f"{type(error).__name__}: {error}", advice)


def _clock(date: str) -> Finding:
    try:
        ahead = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return Finding("warn", "clock", "the server did not say what time it is")
    if abs(ahead) > _CLOCK:
        advice = "Set it, by NTP for example: certificates and rate limits depend on it."
        return Finding("FAIL", "clock", f"{abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}", advice)
    return Finding("ok", "clock", "right, to a minute")


def _call(client: SequenceClient, where: str) -> Finding:
    try:
        client.customers.get_by_alias(_ALIAS)
    except NotFoundError as error:
        if is_page(error):
            return Finding("FAIL", "call", str(error), "Is the base URL that of Sequence? Set SEQUENCE_BASE_URL right.")
    except AuthenticationError as error:
        return Finding("FAIL", "call", str(error), f"Credentials belong to one environment: are these of {where}?")
    except PermissionDeniedError as error:
        return Finding("FAIL", "call", str(error), "Ask Sequence for the right to read customers.")
    except SequenceError as error:
        return Finding("FAIL", "call", str(error), "Everything before was well: try again, then ask Sequence.")
    return Finding("ok", "call", "the credentials are accepted")
