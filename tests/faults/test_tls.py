"""TLS that fails, on real sockets, with both clients."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from sequence_customers_client import APIConnectionError, APITimeoutError, Customer, SequenceError
from tests.faults.faultkit import (
    BODY,
    EXAMPLE,
    PATIENCE,
    SLACK,
    Kind,
    calling,
    ending,
    http,
    nothing_leaks,
    tells_no_secret,
)
from tests.faults.faultserver import Close, DripTls, FaultServer, Hear, Raw, Read, Reset, Script, Send, Silence, Tls

SOON = 0.3


@dataclass(frozen=True)
class Certificates:
    authority: Path
    """What the client trusts."""

    good: ssl.SSLContext
    expired: ssl.SSLContext
    early: ssl.SSLContext
    other_host: ssl.SSLContext
    far_host: ssl.SSLContext
    stranger: ssl.SSLContext


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for the server, good and bad, and the authority that the client is to trust."""
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    now = datetime.now(UTC)

    def context(
        issuer: trustme.CA, host: str, begins: datetime | None = None, ends: datetime | None = None
    ) -> ssl.SSLContext:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(host, not_before=begins, not_after=ends).configure_cert(server)
        return server

    return Certificates(
        authority=path,
        good=context(authority, "127.0.0.1"),
        expired=context(authority, "127.0.0.1", begins=now - timedelta(days=2), ends=now - timedelta(days=1)),
        early=context(authority, "127.0.0.1", begins=now + timedelta(days=1), ends=now + timedelta(days=2)),
        other_host=context(authority, "other.example.com"),
        far_host=context(authority, "sequence.test"),
        stranger=context(trustme.CA(), "127.0.0.1"),
    )


Build = Callable[[Certificates], Script]

E, T = APIConnectionError, APITimeoutError
FAULTS: tuple[tuple[str, Build, type[SequenceError] | None], ...] = (
    ("The server answers the hello with plain HTTP.", lambda _: (Send(http(b"", status="400 No")), Close()), E),
    ("The server is silent after the hello.", lambda _: (Silence(),), T),
    ("The server answers the hello one byte at a time.", lambda c: (DripTls(c.good),), T),
    ("The server closes instead of a handshake.", lambda _: (Close(),), E),
    # A socket that is reset even before the hello is left to the collector by the `ssl` of Python 3.11 itself.
    ("The server resets instead of a handshake.", lambda _: (Hear(), Reset()), E),
    ("The server answers the hello with garbage.", lambda _: (Send(bytes(range(256))), Close()), E),
    ("The server speaks no version of TLS that we do.", lambda _: (Send(b"\x15\x03\x01\x00\x02\x02\x46"), Close()), E),
    ("The server closes within its hello.", lambda _: (Send(b"\x16\x03\x03\x00\x7a\x02"), Close()), E),
    ("The certificate has expired.", lambda c: (Tls(c.expired), Close()), E),
    ("The certificate is not valid yet.", lambda c: (Tls(c.early), Close()), E),
    ("The certificate is for another host.", lambda c: (Tls(c.other_host), Close()), E),
    ("The certificate is signed by a stranger.", lambda c: (Tls(c.stranger), Close()), E),
    ("The server closes after the handshake.", lambda c: (Tls(c.good), Close()), E),
    ("The server resets after the handshake.", lambda c: (Tls(c.good), Reset()), E),
    ("The server is silent after the handshake.", lambda c: (Tls(c.good), Read(), Silence()), T),
    ("The server closes within the body.", lambda c: (Tls(c.good), Read(), Send(http()[:-9]), Close()), E),
    ("The server sends a broken record.", lambda c: (Tls(c.good), Read(), Raw(b"\x17\x03\x03\x00\x20" + bytes(32))), E),
    ("The server goes on without TLS.", lambda c: (Tls(c.good), Read(), Raw(http())), E),
    (
        "The server ends the body without ending TLS.",
        lambda c: (Tls(c.good), Read(), Send(http(framed=False)), Close()),
        None,
    ),
)


@pytest.mark.parametrize(("build", "outcome"), [(b, o) for _, b, o in FAULTS], ids=[name for name, _, _ in FAULTS])
def test_tls_that_fails_is_an_error(  # noqa: PLR0917 - fixtures
    own_kind: Kind,
    build: Build,
    outcome: type[SequenceError] | None,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    logs: pytest.LogCaptureFixture,
) -> None:
    """The call ends in time with the one right error, and the same client goes on once the server is well."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    good: Script = (Tls(certificates.good), Read(), Send(http(BODY, "Connection: close")), Close())
    timeout = SOON if outcome is T else PATIENCE
    with (
        nothing_leaks(),
        FaultServer(build(certificates), otherwise=good, scheme="https") as server,
        calling(own_kind, server.base_url, timeout=timeout) as caller,
    ):
        result, elapsed = ending(caller.get)
        if isinstance(result, SequenceError):
            tells_no_secret(result, logs)

        assert (outcome or Customer) is type(result), str(result)
        assert elapsed < timeout + SLACK
        assert EXAMPLE == caller.get(timeout=PATIENCE).to_dict()


def test_a_proxy_sees_the_tunnel_and_nothing_in_it(
    own_kind: Kind, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls go to the server through the tunnel that the environment's proxy opens, and stay on it."""
    tunnel: Script = (
        Read(),
        Send(b"HTTP/1.1 200 OK\r\n\r\n"),
        Tls(certificates.far_host),
        Read(),
        Send(http()),
        Read(),
        Send(http(BODY, "Connection: close")),
        Close(),
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with nothing_leaks(), FaultServer(tunnel, otherwise=(Close(),)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy.port}")
        with calling(own_kind, "https://sequence.test/api") as caller:
            assert [EXAMPLE, EXAMPLE] == [caller.get().to_dict(), caller.get().to_dict()]

    connect, *requests = proxy.requests

    assert connect.startswith(b"CONNECT sequence.test:443 HTTP/1.1\r\n")
    assert b"\r\nproxy-authorization: basic dxnlcjp3b3jk" in connect.lower()
    assert [1, 1] == [request.count(b"GET /api/customers/by-alias/") for request in requests]
    assert 1 == proxy.connections
