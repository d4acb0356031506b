"""Pagination: all the items of an operation that lists them page by page, by its cursor."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from ._error_mapping import validation_error
from ._models.codec import DecodeError
from ._operation import Arguments, AsyncCaller, Caller, Operation
from ._response import APIResponse, Headers, Response


def iterate(client: Caller, operation: Operation[Any], arguments: Arguments) -> Iterator[Any]:
    """Every item, asking for the next page when those of the last are used up."""
    seen = {arguments.values["after"]}
    more = True
    while more:
        yield from _turn(client.call(operation, arguments), operation, arguments, seen)
        more = arguments.values["after"]


async def iterate_async(client: AsyncCaller, operation: Operation[Any], arguments: Arguments) -> AsyncIterator[Any]:
    """Every item, awaiting the next page when those of the last are used up."""
    seen = {arguments.values["after"]}
    more = True
    while more:
        for item in _turn(await client.call(operation, arguments), operation, arguments, seen):
            yield item
        more = arguments.values["after"]


def _turn(response: APIResponse[Any], operation: Operation[Any], arguments: Arguments, seen: set[Any]) -> list[Any]:
    """The items of a page; the arguments are then those of the next."""
    page = response.parsed
    cursor = getattr(page.pagination, "after", None)
    if cursor and cursor in seen:
        fault = DecodeError("the page after a cursor names that cursor again, which would go on for ever")
        answer = Response(response.status_code, cast(Headers, response.headers), response.content)
        context = {"attempts": response.attempts, "elapsed": response.elapsed}
        raise validation_error(fault.under("after").under("pagination"), operation, answer, **context)
    seen.add(cursor)
    arguments.values = {**arguments.values, "after": cursor}
    return page.items or []
