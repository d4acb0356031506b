"""The fixtures that pytest finds where the package is installed."""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from sequence_customers_client import AsyncSequenceClient, SequenceClient
from sequence_customers_client.testing import FakeSequence
from sequence_customers_client.testing.pytest_plugin import async_sequence_client, fake_sequence, sequence_client  # noqa: F401

SERVICE = """
import asyncio
import socket

import pytest

from sequence_customers_client import NotFoundError


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch):
    def refuse(*_):
        raise AssertionError("a request would leave the process")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_sync(fake_sequence, sequence_client):
    fake_sequence.customers.add(aliases=["acme"], legal_name="Acme Ltd")
    assert sequence_client.customers.get_by_alias("acme").legal_name == "Acme Ltd"
    assert [request.arguments for request in fake_sequence.requests] == [{"alias": "acme"}]


def test_each_test_has_a_fake_of_its_own(sequence_client):
    with pytest.raises(NotFoundError):
        sequence_client.customers.get_by_alias("acme")


def test_async(fake_sequence, async_sequence_client):
    fake_sequence.customers.add(aliases=["acme"])
    assert asyncio.run(async_sequence_client.customers.get_by_alias("acme"))


@pytest.mark.asyncio
async def test_on_a_loop_of_pytest_asyncio(fake_sequence, async_sequence_client):
    fake_sequence.customers.add(aliases=["acme"])
    async with async_sequence_client as sequence:
        assert await sequence.customers.get_by_alias("acme")
"""


def test_the_fixtures_are_of_one_fake(
    fake_sequence: FakeSequence,  # noqa: F811 - fixtures by import, where the package is not installed
    sequence_client: SequenceClient,  # noqa: F811
    async_sequence_client: AsyncSequenceClient,  # noqa: F811
) -> None:
    """What the fake of a test knows, both clients of the test find."""
    added = fake_sequence.customers.add(aliases=["acme"])

    assert added == sequence_client.customers.get_by_alias("acme")
    assert added == asyncio.run(async_sequence_client.customers.get_by_alias("acme"))


def entry_point(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (module,) = project["entry-points"]["pytest11"].values()
    return str(module)


def test_the_entry_point_names_the_fixtures(root: Path) -> None:
    """What pyproject.toml promises pytest is there."""
    module = importlib.import_module(entry_point(root))

    assert {"fake_sequence", "sequence_client", "async_sequence_client"} <= set(vars(module))


def test_the_fixtures_serve_a_service(root: Path, tmp_path: Path) -> None:
    """A service's tests get a fake and both clients, with nothing to configure, and nothing leaves the process."""
    (tmp_path / "test_service.py").write_text(SERVICE, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", entry_point(root), f"--rootdir={tmp_path}"]
    command += ["-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function", str(tmp_path)]

    # Without the other plugins that are installed here, which take seconds to load.
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_importing_the_kit_imports_no_framework() -> None:
    """The kit is the standard library, httpx and attrs; importing the client does not import the kit."""
    program = """
import sys, sequence_customers_client
assert "sequence_customers_client.testing" not in sys.modules
import sequence_customers_client.testing
print(sorted({"pydantic", "fastapi", "starlette", "pytest", "uvicorn"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603

    assert "[]" == done.stdout.strip()
