"""Pagination: all the items of an operation that lists them page by page, by its cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, cast

from ._error_mapping import validation_error
from ._models.codec import DecodeError
from ._operation import AsyncCaller, Caller, CallOptions, Operation
from ._response import APIResponse, Headers, Response


def iterate(
    client: Caller, operation: Operation[Any], arguments: Mapping[str, Any], options: CallOptions
) -> Iterator[Any]:
    """Every item, asking for the next page when those of the last are used up."""
    pages = _Pages(operation, arguments)
    while pages.arguments is not None:
        yield from pages.turn(client.call(operation, pages.arguments, options))


async def iterate_async(
    client: AsyncCaller, operation: Operation[Any], arguments: Mapping[str, Any], options: CallOptions
) -> AsyncIterator[Any]:
    """Every item, awaiting the next page when those of the last are used up."""
    pages = _Pages(operation, arguments)
    while pages.arguments is not None:
        for item in pages.turn(await client.call(operation, pages.arguments, options)):
            yield item


class _Pages:
    def __init__(self, operation: Operation[Any], arguments: Mapping[str, Any]) -> None:
        self._operation = operation
        self._seen = {arguments["after"]}
        self.arguments: Mapping[str, Any] | None = arguments

    def turn(self, response: APIResponse[Any]) -> list[Any]:
        """The items of a page; `arguments` are then those of the next, or None."""
        page = response.parsed
        cursor = getattr(page.pagination, "after", None)
        if cursor and cursor in self._seen:
            fault = DecodeError("the page after a cursor names that cursor again, which would go on for ever")
            answer = Response(response.status_code, cast(Headers, response.headers), response.content)
            context = {"attempts": response.attempts, "elapsed": response.elapsed}
            raise validation_error(fault.under("after").under("pagination"), self._operation, answer, **context)
        self._seen.add(cursor)
        self.arguments = {**(self.arguments or {}), "after": cursor} if cursor else None
        return page.items or []
