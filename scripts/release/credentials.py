"""Credentials for an index: from the environment, or from the keyring; never from a command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import keyring
from keyring.errors import KeyringError

from .address import Address

_PAIRS: Final = (("TWINE_USERNAME", "TWINE_PASSWORD"), ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"))
_TOKEN: Final = "UV_PUBLISH_TOKEN"  # noqa: S105 - the name of a variable


class Credentials(NamedTuple):
    """A user and a password, and where they come from."""

    username: str
    password: str
    origin: str

    def __repr__(self) -> str:
        return f"Credentials(from {self.origin})"


def find_credentials(address: Address, environment: Mapping[str, str]) -> Credentials | None:
    """The credentials for an index, or None where there are none."""
    for user, password in _PAIRS:
        if environment.get(password):
            # As with twine: what has only a password is a token.
            return Credentials(environment.get(user) or "__token__", environment[password], password)
    if environment.get(_TOKEN):
        return Credentials("__token__", environment[_TOKEN], _TOKEN)
    username = environment.get("TWINE_USERNAME") or environment.get("UV_PUBLISH_USERNAME")
    for service in address:
        try:
            found = keyring.get_credential(service, username)
        except (KeyringError, RuntimeError):  # no keyring on this machine, or a locked one
            continue
        if found is not None and found.password:
            return Credentials(found.username or username or "__token__", found.password, "the keyring")
    return None
