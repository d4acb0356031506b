"""`make demo` shows the main job, and prints what a person wants to read."""

from __future__ import annotations

import io
import os
import runpy
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from sequence_customers_client.testing import Reply, SequenceServer, example_customer

ROOT = Path(__file__).resolve().parent.parent
CREDENTIALS = {"SEQUENCE_CLIENT_ID": "id", "SEQUENCE_CLIENT_SECRET": "secret"}


def demo(encoding: str = "utf-8", **variables: str) -> tuple[int, str]:
    """How the demo ends, and what it prints in this process, where all that it imports is there already."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding=encoding), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.delenv("ALIAS", raising=False)
        for name, value in variables.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(ROOT / "examples" / "demo.py"), run_name="__main__")
    out.seek(0)

    assert "" == err.getvalue()
    return int(ended.value.code or 0), out.read()


@pytest.fixture(scope="module")
def shown() -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEQUENCE_") and name != "ALIAS"}
    command = [sys.executable, "-W", "error", "examples/demo.py"]
    environment = {**kept, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603

    assert (0, "") == (done.returncode, done.stderr)
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "words",
    [
        "John Doe (e309e948-088e-4d77-b654-cd85498f1555) Flat 1, 123 Fake Street",
        "100 customers in",
        "Globex Corporation",
        "newer than this client: kept, not refused",
        "NotFoundError: GET /customers/by-alias/{alias} answered 404 Not Found: No customer has this alias",
        "BadRequestError: GET /customers/by-alias/{alias} answered 400",
        "InternalServerError: GET /customers/by-alias/{alias} answered 500",
        "RateLimitError: GET /customers/by-alias/{alias} answered 429",
        "integrationIds[0].isPending: expected a boolean, found a string",
        "APITimeoutError: GET /customers/by-alias/{alias}: no response came within the timeout of 0.5 s",
        "ConfigurationError: alias: must not be '.' or '..'",
        "3 attempts in",
        "AuthenticationError: GET /customers/by-alias/{alias} answered 401",
        "Connection refused",
        "'STAGING' is unknown; use one of DEV, SANDBOX, PRODUCTION",
        "has white space around it",
        "run `make demo ALIAS=",
    ],
)
def test_the_demo_shows(shown: str, words: str) -> None:
    """Without credentials it shows look-ups, async and sync, and every error, against a local server."""
    assert words in shown


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16", "cp1252"])
def test_it_ends_well_on_any_terminal(encoding: str) -> None:
    """Characters that a terminal does not have, of the demo and of a customer, are question marks there."""
    script = SequenceServer({"acme": Reply(body=example_customer(legalName="Łódź Ltd"))})
    with script as server:
        code, asked = demo(encoding, ALIAS="acme", SEQUENCE_BASE_URL=server.base_url, **CREDENTIALS)

    assert 0 == code
    assert ("Łódź Ltd" if encoding == "utf-16" else "d? Ltd") in asked
    code, shown = demo(encoding)

    assert 0 == code
    assert "100 customers in" in shown


def test_with_credentials_it_asks_the_api() -> None:
    """With credentials and an alias it looks that one up where the environment variables say."""
    with SequenceServer() as server:
        found = demo(ALIAS="acme", SEQUENCE_BASE_URL=server.base_url, **CREDENTIALS)
        missed = demo(ALIAS="nobody", SEQUENCE_BASE_URL=server.base_url, **CREDENTIALS)

    assert (0, 1) == (found[0], missed[0])
    assert "John Doe" in found[1]
    assert server.base_url in found[1]
    assert "NotFoundError" in missed[1]
    assert "secret" not in found[1] + missed[1]


def test_an_alias_alone_says_what_is_missing() -> None:
    """Without credentials an alias is not asked for, and the demo says so."""
    code, shown = demo(ALIAS="acme")

    assert 0 == code
    assert "the real API needs SEQUENCE_CLIENT_ID, SEQUENCE_CLIENT_SECRET and ALIAS" in shown
