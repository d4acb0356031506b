"""Pagination: all the items of an operation that lists them page by page, by its cursor."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from ._error_mapping import validation_error
from ._models.codec import DecodeError
from ._operation import Arguments, AsyncCaller, Caller, Operation
from ._response import APIResponse, Headers, Response


def iterate(client: Caller, operation: Operation[Any], arguments: Arguments) -> Iterator[Any]:
    """Every item, asking for the next page when those of the last are used up."""
    pages = _Pages(operation, arguments)
    while not pages.are_done:
        yield from pages.turn(client.call(operation, arguments))


async def iterate_async(client: AsyncCaller, operation: Operation[Any], arguments: Arguments) -> AsyncIterator[Any]:
    """Every item, awaiting the next page when those of the last are used up."""
    pages = _Pages(operation, arguments)
    while not pages.are_done:
        for item in pages.turn(await client.call(operation, arguments)):
            yield item


class _Pages:
    def __init__(self, operation: Operation[Any], arguments: Arguments) -> None:
        self._operation, self._arguments = operation, arguments
        self._seen = {arguments.values["after"]}
        self.are_done = False

    def turn(self, response: APIResponse[Any]) -> list[Any]:
        """The items of a page; the arguments are then those of the next."""
        page = response.parsed
        cursor = getattr(page.pagination, "after", None)
        if cursor and cursor in self._seen:
            fault = DecodeError("the page after a cursor names that cursor again, which would go on for ever")
            answer = Response(response.status_code, cast(Headers, response.headers), response.content)
            context = {"attempts": response.attempts, "elapsed": response.elapsed}
            raise validation_error(fault.under("after").under("pagination"), self._operation, answer, **context)
        self._seen.add(cursor)
        self._arguments.values = {**self._arguments.values, "after": cursor}
        self.are_done = not cursor
        return page.items or []
