"""Operations: what stands for one in messages, and which of its answers a status falls under."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client._models.codec import STRING
from sequence_customers_client._operation import Arguments, Operation, described


def test_route_is_method_and_template() -> None:
    """What errors and logs say of an operation has no argument in it."""
    assert "GET /customers/by-alias/{alias}" == Operation("GET", "/customers/by-alias/{alias}", (), {}).route


@pytest.mark.parametrize(
    ("answers", "status", "key"),
    [
        (("200", "2XX", "default"), 200, "200"),
        (("default", "2XX", "200"), 200, "200"),
        (("200", "2XX", "default"), 201, "2XX"),
        (("200", "2XX", "default"), 404, "default"),
        (("200", "2XX"), 404, None),
        (("20",), 200, None),
        (("2xx",), 200, None),
        ((), 200, None),
    ],
)
def test_the_most_exact_description_counts(answers: tuple[str, ...], status: int, key: str | None) -> None:
    """A status is described by itself, else by its class, else by the default, in whatever order they stand."""
    assert key == described(dict.fromkeys(answers, STRING), status)


@given(st.integers(100, 599), st.sets(st.sampled_from(["200", "404", "2XX", "4XX", "default"])))
def test_what_is_described_is_in_the_document(status: int, answers: set[str]) -> None:
    """Whatever key is found is one of the document's, and none is found only where none would fit."""
    key = described(dict.fromkeys(answers), status)

    assert key in {*answers, None}
    assert (key is None) is answers.isdisjoint({str(status), f"{status // 100}XX", "default"})


def test_options_change_nothing_by_themselves() -> None:
    """A call without options is as its client is."""
    assert {} == Arguments({}).options


def test_arguments_are_not_shown() -> None:
    """Reporters of errors print local variables: what a call was given is in none of them."""
    arguments = Arguments({"alias": "4l1as"}, extra_headers={"X-Token": "s3cret"})

    assert not {"4l1as", "s3cret"} & {word for word in ("4l1as", "s3cret") if word in f"{arguments!r} {arguments}"}
