"""Pages follow each other by cursor, for any operation that answers with items and a cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from sequence_customers_client import APIResponseValidationError
from sequence_customers_client._operation import Arguments, Operation
from sequence_customers_client._pagination import iterate, iterate_async
from sequence_customers_client._response import APIResponse

LIST: Operation[Any] = Operation(method="GET", path="/customers", parameters=(), responses={"200": None})


class Shelf:
    """What a client's call answers, page by page; None is a page without a pagination."""

    def __init__(self, *pages: tuple[list[int] | None, str | None]) -> None:
        self._pages = list(pages)
        self.asked: list[Mapping[str, Any]] = []

    def call(self, operation: Operation[Any], arguments: Arguments) -> APIResponse[Any]:
        assert (LIST, 0) == (operation, arguments.options["max_retries"])
        self.asked.append(arguments.values)
        items, cursor = self._pages[len(self.asked) - 1]
        pagination = None if cursor is None else SimpleNamespace(after=cursor)
        parsed = SimpleNamespace(items=items, pagination=pagination)
        return APIResponse(status_code=200, headers={}, content=b"{}", attempts=(), elapsed=0.0, parsed=parsed)


class AsyncShelf(Shelf):
    """A shelf that is awaited."""

    async def call(self, operation: Operation[Any], arguments: Arguments) -> APIResponse[Any]:  # type: ignore[override]
        return super().call(operation, arguments)


def both(*pages: tuple[list[int] | None, str | None], **arguments: Any) -> tuple[list[int], list[Mapping[str, Any]]]:
    """The items, and what was asked; of both twins, which do the same."""
    shelf, twin = Shelf(*pages), AsyncShelf(*pages)
    given = {"after": None, **arguments}

    async def collect() -> list[int]:
        return [item async for item in iterate_async(twin, LIST, Arguments(given, max_retries=0))]

    items = list(iterate(shelf, LIST, Arguments(given, max_retries=0)))

    assert (items, shelf.asked) == (asyncio.run(collect()), twin.asked)
    return items, shelf.asked


@pytest.mark.parametrize(
    ("pages", "items", "cursors"),
    [
        ([([1, 2], None)], [1, 2], [None]),
        ([([1, 2], "a"), ([3], "b"), ([], None)], [1, 2, 3], [None, "a", "b"]),
        ([([], "a"), ([1], "")], [1], [None, "a"]),
        ([(None, None)], [], [None]),
    ],
)
def test_every_page_until_there_is_no_cursor(pages: Any, items: list[int], cursors: list[str | None]) -> None:
    """Items come in order; each cursor asks for the next page; none, or an empty one, ends it."""
    found, asked = both(*pages)

    assert items == found
    assert cursors == [arguments["after"] for arguments in asked]


def test_other_arguments_go_with_every_page() -> None:
    """A filter holds for all pages, and a start is where they begin."""
    _, asked = both(([1], "b"), ([2], None), limit=1, after="a")

    assert [{"after": "a", "limit": 1}, {"after": "b", "limit": 1}] == asked


@pytest.mark.parametrize("cursors", [["a", "a"], ["a", "b", "a"], ["start"]])
def test_a_cursor_that_comes_again_is_an_error(cursors: list[str]) -> None:
    """A server whose cursors go in circles does not keep a caller for ever."""
    shelf = Shelf(*[([1], cursor) for cursor in cursors])

    with pytest.raises(APIResponseValidationError, match="names that cursor again") as caught:
        list(iterate(shelf, LIST, Arguments({"after": "start"}, max_retries=0)))

    assert ("pagination.after", "GET /customers") == (caught.value.path, caught.value.operation)
