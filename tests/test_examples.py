"""The examples do what they say."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sequence_customers_client import SequenceClient
from sequence_customers_client.testing import FakeSequence, Reply, SequenceServer, example_customer

from .processes import PYTEST

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


@pytest.fixture
def fake() -> FakeSequence:
    fake = FakeSequence()
    fake.customers.add(aliases=["acme"], legal_name="Acme Ltd", billing_emails=["pay@acme.example"])
    return fake


@pytest.fixture
def example(
    request: pytest.FixtureRequest, fake: FakeSequence, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    """An example as a module, whose client is one of the fake."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    module: Any = __import__(request.param)
    client = SequenceClient(client_id="id", client_secret="secret", max_retries=0, transport=fake.transport())
    monkeypatch.setattr(module, "get_sequence", lambda: client)
    yield module
    del sys.modules[request.param]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_short(path: Path) -> None:
    """Nobody reads more than a page; the demo, which prints what it does, is no example to copy."""
    if path.name != "demo.py":
        assert len(path.read_text(encoding="utf-8").splitlines()) < 60


def test_fastapi() -> None:
    """The service passes its own tests, on the fixtures of the kit."""
    plugin = "sequence_customers_client.testing.pytest_plugin"
    command = [sys.executable, "-W", "error", "-c", PYTEST]
    command += ["-q", "-p", plugin]
    command += ["-p", "pytest_asyncio.plugin", str(EXAMPLES)]  # which our pyproject.toml has settings for

    # Without the other plugins that are installed here, which take seconds to load.
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(  # noqa: S603
        command, cwd=EXAMPLES.parent, env=environment, capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("example", ["django_view"], indirect=True)
def test_django(example: ModuleType, fake: FakeSequence) -> None:
    """The view shows a customer, a 404 for nobody, and a 502 on a bad day."""
    from django.conf import settings as django_settings  # noqa: PLC0415 - a second, of each worker that collects
    from django.test import Client as DjangoClient  # noqa: PLC0415

    if not django_settings.configured:
        django_settings.configure(ROOT_URLCONF=example.__name__, ALLOWED_HOSTS=["testserver"])
    http: Any = DjangoClient()

    found, unknown = http.get("/customers/acme"), http.get("/customers/nobody")
    fake.fail_next(status=503)
    failed = http.get("/customers/acme")

    assert {"name": "Acme Ltd", "country": "US", "archived": False} == found.json()
    assert (404, 502) == (unknown.status_code, failed.status_code)


@pytest.mark.parametrize("example", ["celery_job"], indirect=True)
def test_celery(example: Any, fake: FakeSequence) -> None:
    """The task returns what it finds, nothing for nobody, and on a bad day takes another turn."""
    assert ["pay@acme.example"] == example.find_billing_emails.apply(["acme"]).get()
    assert [] == example.find_billing_emails.apply(["nobody"]).get()

    fake.fail_next(status=429, retry_after=0)
    fake.drop_next()
    assert ["pay@acme.example"] == example.find_billing_emails.apply(["acme"]).get()
    assert 5 == len(fake.requests)


def test_notebook(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All cells run, one after the other, whatever becomes of each customer."""
    replies = {"acme": Reply(body=example_customer(legalName="Acme Ltd")), "initech": Reply(400)}
    with SequenceServer(replies) as server:
        monkeypatch.setenv("SEQUENCE_BASE_URL", server.base_url)
        monkeypatch.setenv("SEQUENCE_CLIENT_ID", "id")
        monkeypatch.setenv("SEQUENCE_CLIENT_SECRET", "secret")
        cells = runpy.run_path(str(EXAMPLES / "notebook.py"))
        cells["sequence"].close()

    printed = capsys.readouterr().out
    assert "Acme Ltd                       US  2022-06-28  TAXED" in printed
    assert "unknown: globex" in printed
    assert (["initech"], 1) == ([*cells["failed"]], len(cells["rows"]))


@pytest.mark.parametrize(("alias", "status"), [("acme", "200"), ("nobody", "404")])
def test_telemetry(alias: str, status: str, tmp_path: Path) -> None:
    """Spans and metrics are lines of OTLP as JSON, which tell the call and not the alias."""
    pytest.importorskip("opentelemetry.exporter.otlp.proto.common")
    path = tmp_path / "telemetry.jsonl"
    with SequenceServer() as server:
        subprocess.run(  # noqa: S603 - our own
            [sys.executable, "-W", "error", EXAMPLES / "telemetry.py", alias, path],
            env=os.environ
            | {"PYTHONPATH": str(EXAMPLES.parent)}
            | {"SEQUENCE_BASE_URL": server.base_url, "SEQUENCE_CLIENT_ID": "id", "SEQUENCE_CLIENT_SECRET": "secret"},
            check=True,
        )
    spans, metrics = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    (span,) = spans["resourceSpans"][0]["scopeSpans"][0]["spans"]
    (metric,) = metrics["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]

    assert ("GET /customers/by-alias/{alias}", 3) == (span["name"], span["kind"])
    assert re.fullmatch("[0-9a-f]{32}", span["traceId"])
    assert re.fullmatch("[0-9a-f]{16}", span["spanId"])
    assert {"key": "http.response.status_code", "value": {"intValue": status}} in span["attributes"]
    assert ("http.client.request.duration", "1") == (metric["name"], metric["histogram"]["dataPoints"][0]["count"])
    assert alias not in path.read_text(encoding="utf-8")
