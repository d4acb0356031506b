"""Proxies: whom the environment sends where, as curl and requests read it, and whose password nobody sees."""

from __future__ import annotations

import pytest

from sequence_customers_client import ConfigurationError
from sequence_customers_client._base_url import parse_base_url
from sequence_customers_client._transports.proxies import bypasses, proxy_for

SERVER = parse_base_url("base_url", "https://api.example.com")


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "expected"),
    [
        ("*", "api.example.com", 443, True),
        ("example.com", "api.example.com", 443, True),
        (".example.com", "api.example.com", 443, True),
        ("EXAMPLE.com", "api.example.com", 443, True),
        ("example.com.", "api.example.com", 443, True),
        ("ample.com", "api.example.com", 443, False),
        ("api.example.com:443", "api.example.com", 443, True),
        ("api.example.com:8443", "api.example.com", 443, False),
        ("other.com, example.com", "api.example.com", 443, True),
        ("other.com example.com", "api.example.com", 443, True),
        ("10.0.0.0/8", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "11.1.2.3", 443, False),
        ("10.1.2.3", "10.1.2.3", 443, True),
        ("10.1.2.3:443", "10.1.2.3", 443, True),
        ("2001:db8::1", "2001:db8::1", 443, True),
        ("[2001:db8::1]", "2001:db8::1", 443, True),
        ("[2001:db8::1]:443", "2001:db8::1", 443, True),
        ("[2001:db8::1]:80", "2001:db8::1", 443, False),
        ("2001:db8::/32", "2001:db8::1", 443, True),
        ("2001:0db8:0::1", "2001:db8::1", 443, True),
        ("2.3", "10.1.2.3", 443, False),
        ("", "api.example.com", 443, False),
        (",, ,", "api.example.com", 443, False),
    ],
)
def test_no_proxy_is_read_as_curl_reads_it(no_proxy: str, host: str, port: int, expected: bool) -> None:
    """Names stand for what is below them, addresses for themselves, blocks for what is in them, `*` for all."""
    assert expected is bypasses(no_proxy, host, port)


@pytest.mark.parametrize(("variable", "bypass"), [("HTTPS_PROXY", "NO_PROXY"), ("https_proxy", "no_proxy")])
def test_variables_in_upper_and_lower_case(monkeypatch: pytest.MonkeyPatch, variable: str, bypass: str) -> None:
    """Either case names a proxy, and who goes without."""
    monkeypatch.setenv(variable, "http://user:hunter2@proxy:3128")
    proxy = proxy_for(SERVER)

    assert proxy is not None
    assert ("http://proxy:3128", ("user", "hunter2")) == (proxy.url, proxy.auth)
    assert "hunter2" not in repr(proxy)
    monkeypatch.setenv(bypass, "example.com")
    assert proxy_for(SERVER) is None


@pytest.mark.parametrize(
    "address", ["http://", "ftp://proxy:1", "http://pro xy", "http://proxy:port", "http://h:99999"]
)
def test_what_is_no_proxy_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """The message names the scheme, and not the address, which may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", address.replace("//", "//u:hunter2@"))

    with pytest.raises(ConfigurationError, match="for https is no proxy URL") as caught:
        proxy_for(SERVER)

    assert "hunter2" not in str(caught.value)
