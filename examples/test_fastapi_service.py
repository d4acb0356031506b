"""The service's tests, on the fixtures that pytest has where the package is installed: nothing leaves the process."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from fastapi_service import app, get_sequence

from sequence_customers_client import AsyncSequenceClient
from sequence_customers_client.testing import FakeSequence


@pytest.fixture
def service(async_sequence_client: AsyncSequenceClient) -> Iterator[TestClient]:
    app.dependency_overrides[get_sequence] = lambda: async_sequence_client.with_options(max_retries=0)
    yield TestClient(app)
    app.dependency_overrides.clear()


def test_a_card_shows_a_customer(service: TestClient, fake_sequence: FakeSequence) -> None:
    fake_sequence.customers.add(aliases=["acme"], legal_name="Acme Ltd", address={"country": "GB"})

    card = service.get("/cards/acme").json()

    assert card == {"name": "Acme Ltd", "country": "GB", "since": "2022-06-28T16:47:00Z"}
    assert [request.arguments for request in fake_sequence.requests] == [{"alias": "acme"}]


def test_an_unknown_customer_is_a_404(service: TestClient) -> None:
    assert service.get("/cards/nobody").status_code == 404


def test_a_limit_is_passed_on(service: TestClient, fake_sequence: FakeSequence) -> None:
    fake_sequence.fail_next(status=429, retry_after=7)

    response = service.get("/cards/acme")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "7")


def test_bad_days_are_no_500(service: TestClient, fake_sequence: FakeSequence) -> None:
    fake_sequence.delay_next(3600)
    assert service.get("/cards/acme").status_code == 504

    fake_sequence.drop_next()
    assert service.get("/cards/acme").status_code == 502


def test_the_service_makes_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQUENCE_CLIENT_ID", "id")
    monkeypatch.setenv("SEQUENCE_CLIENT_SECRET", "secret")

    with TestClient(app) as service:
        assert service.get("/openapi.json").status_code == 200
