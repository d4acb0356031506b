"""Schemathesis against the fake: whatever it is sent, allowed or not, it answers as the document says."""

from __future__ import annotations

import copy
from collections import Counter
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import FailedHealthCheck

from sequence_customers_client.testing import FakeSequence, Reply
from sequence_customers_client.testing._document import Document

FEW = settings(
    max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


def tried(document: Any, *, known: bool = False) -> Counter[int]:
    """Send a fake of a document whatever Schemathesis thinks of; the statuses of its answers, each as documented."""
    import schemathesis  # noqa: PLC0415 - a second, of each worker that collects
    from schemathesis import config as configs  # noqa: PLC0415

    # The credentials are always right but in a check of Schemathesis' own, which asks for the 401 without them.
    right = configs.ProjectConfig(generation=configs.GenerationConfig(with_security_parameters=False))
    config = configs.SchemathesisConfig(projects=configs.ProjectsConfig(default=right))
    document = copy.deepcopy(document)
    # The one answer that the vendor's document leaves out, and that the API has: nobody goes by this alias.
    document["paths"]["/customers/by-alias/{alias}"]["get"]["responses"]["404"] = {"description": "Not Found"}
    fake = FakeSequence(document=document)
    if known:
        fake.replies["customers.get_by_alias"] = Reply(body=fake.customers.add().to_dict())
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.app = fake.asgi_app()
    found: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        for mode in schemathesis.GenerationMode:

            @FEW
            @given(operation.as_strategy(generation_mode=mode))
            def check(case: Any) -> None:
                found[case.call_and_validate(auth=("id", "secret")).status_code] += 1

            # Nothing is wrong for a parameter that may be any string.
            with suppress(FailedHealthCheck) if mode.is_negative else nullcontext():
                check()
    return found


@pytest.mark.parametrize(("known", "statuses"), [(False, {404}), (True, {200})])
def test_the_document(*, known: bool, statuses: set[int]) -> None:
    """No answer of the fake is other than the vendored document says, whether it knows an alias or not."""
    assert statuses == set(tried(Document.vendored().schemas.document, known=known))


def test_a_later_document(later: Any) -> None:
    """Nor is one, where operations have parameters, bodies and errors of every kind."""
    assert {200, 201, 204, 400, 404} == set(tried(later))
