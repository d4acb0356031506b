"""Credentials for the command: from the environment, a keyring, or a prompt; never from its arguments."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer

_NAMES = ("client_id", "client_secret")


def client_options(environment: str | None, base_url: str | None) -> dict[str, Any]:
    """What to make a client with.

    Args:
        environment: As the caller gave it.
        base_url: Likewise.
    """
    options: dict[str, Any] = {"environment": environment, "base_url": base_url}
    if any(os.environ.get(f"SEQUENCE_{name.upper()}") for name in _NAMES):
        return options  # the client reads them, and says which is missing
    where = server_name(environment, base_url)
    found = {name: from_keyring(where, name) for name in _NAMES}
    if None in found.values() and sys.stdin.isatty() and sys.stderr.isatty():
        for name in _NAMES:
            found[name] = typer.prompt(f"{name} for {where}", hide_input=name == "client_secret", err=True)
    return options | found


def server_name(environment: str | None, base_url: str | None) -> str:
    """What a keyring calls the server: its base URL, or the name of its environment."""
    if environment is None and base_url is None:
        environment, base_url = os.environ.get("SEQUENCE_ENVIRONMENT"), os.environ.get("SEQUENCE_BASE_URL")
    return base_url or (environment or "PRODUCTION").strip().upper()


def from_keyring(where: str, name: str) -> str | None:
    """What a keyring holds, where there is one."""
    try:
        import keyring  # noqa: PLC0415 - where it is installed

        return keyring.get_password(f"sequence-customers:{where}", name)
    except Exception:  # noqa: BLE001 - not installed, no backend, locked: all the same, there is nothing
        return None
