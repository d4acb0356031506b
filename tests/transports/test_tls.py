"""TLS: certificates that the environment names are there, or are named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from sequence_customers_client import ConfigurationError
from sequence_customers_client._transports.tls import ssl_context


@pytest.fixture(autouse=True)
def _no_certificates_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)


def text(path: Path) -> None:
    path.write_text("no certificate\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("variable", "make"),
    [
        pytest.param("SSL_CERT_FILE", lambda _: None, id="no file"),
        pytest.param("SSL_CERT_FILE", Path.mkdir, id="a folder for a file"),
        pytest.param("SSL_CERT_FILE", Path.touch, id="an empty file"),
        pytest.param("SSL_CERT_FILE", text, id="no certificates"),
        pytest.param("SSL_CERT_DIR", lambda _: None, id="no folder"),
        pytest.param("SSL_CERT_DIR", Path.touch, id="a file for a folder"),
        pytest.param("SSL_CERT_DIR", Path.mkdir, id="an empty folder"),
    ],
)
def test_what_is_of_no_use_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, make: Callable[[Path], object]
) -> None:
    """The error names the variable and the path."""
    path = tmp_path / "certificates"
    make(path)
    monkeypatch.setenv(variable, str(path))

    with pytest.raises(ConfigurationError, match=f"^{variable}: {path} "):
        ssl_context(verifies=True)


def test_certificates_of_ones_own_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file of certificates replaces those that everybody has."""
    path = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))

    assert 1 == len(ssl_context(verifies=True).get_ca_certs())


def test_plain_http_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is verified, nothing is read."""
    monkeypatch.setenv("SSL_CERT_FILE", "missing")

    assert [] == ssl_context(verifies=False).get_ca_certs()
