"""Base URLs: written once as they are sent, or refused with the reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import ConfigurationError
from sequence_customers_client._base_url import Server, parse_base_url


@pytest.mark.parametrize(
    ("given_url", "sent"),
    [
        ("https://host/a%2Fb", "https://host/a%2Fb"),
        ("https://host/caf\u00e9", "https://host/caf%C3%A9"),
        ("https://host/caf%C3%A9/", "https://host/caf%C3%A9"),
        ("https://host/a%20b", "https://host/a%20b"),
        ("https://HOST.Example/Path", "https://host.example/Path"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:8443/api/", "https://[2001:db8::1]:8443/api"),
        ("https://host:443//a//b", "https://host//a//b"),
        ("https://host/a;b=c,d/~e", "https://host/a;b=c,d/~e"),
        ("https://host/<\u00fc>\"'", "https://host/%3C%C3%BC%3E%22'"),
    ],
)
def test_what_is_accepted_is_encoded_once(given_url: str, sent: str) -> None:
    """What is percent-encoded stays so, what needs it is; hosts are ASCII and in lower case."""
    server = parse_base_url("base_url", given_url)

    assert sent == server.url
    assert server == parse_base_url("base_url", server.url)


@pytest.mark.parametrize(
    ("given_url", "reason"),
    [
        ("https://host/a b", "white space"),
        ("https://host/a\x7f", "control character"),
        ("https://host/%zz", "no percent-encoding"),
        ("https://host/%", "no percent-encoding"),
        ("https://host/a\\b", "backslash"),
        ("https://host/a/../b", "'.' or '..'"),
        ("https://host/%2e%2E/b", "'.' or '..'"),
        ("https://host/a?b", "query"),
        ("https://[fe80::1%25eth0]/", "should look like"),
        ("https://1.2.3.4.5/", "should look like"),
        ("https://999.1.1.1/", "should look like"),
        ("https://host:/a", "should look like"),
        ("http://host/", "in the clear"),
    ],
)
def test_what_is_refused_says_why(given_url: str, reason: str) -> None:
    """What would be sent otherwise than it is written is refused, and not repeated."""
    with pytest.raises(ConfigurationError, match=reason) as caught:
        parse_base_url("base_url", given_url)

    assert given_url not in str(caught.value)


def test_http_is_allowed_where_that_is_said() -> None:
    """A server in one's own network may be plain HTTP, if the caller says so."""
    assert Server("http", "sequence.internal", 8080, "") == parse_base_url(
        "base_url", "http://sequence.internal:8080", allow_http=True
    )


@given(st.text().map("https://host/".__add__) | st.text().map("https://".__add__))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    """Whatever is accepted is printable ASCII without white space, and means the same when it is read again."""
    try:
        server = parse_base_url("base_url", text)
    except ConfigurationError:
        return

    assert server.url.isascii()
    assert server.url.isprintable()
    assert " " not in server.url
    assert server == parse_base_url("base_url", server.url)
