"""The resources of the API as methods, async and sync, plain and raw. Generated: change openapi/, not this file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from .._operation import Operation
from .._response import APIResponse, AsyncCall, SyncCall
from . import models, operations

T = TypeVar("T")


class AsyncCustomers:
    """`customers`, awaited."""

    def __init__(self, call: AsyncCall) -> None:
        self._call = call

    async def get_by_alias(self, alias: str) -> models.Customer:
        """Get customer by alias.

        Retrieve the details of one of your customers using one of their aliases.

        Args:
            alias: Customer alias

        Returns:
            Customer

        Raises:
            SequenceError: Whatever went wrong; its subclasses say what.
        """
        return (await self._call(operations.CUSTOMERS_GET_BY_ALIAS, {"alias": alias})).parsed


class AsyncResources:
    """The resources of the API, awaited."""

    async def _call(self, operation: Operation[T], arguments: Mapping[str, Any], /) -> APIResponse[T]:
        raise NotImplementedError  # the client performs it

    @property
    def customers(self) -> AsyncCustomers:
        """The operations of `customers`."""
        return AsyncCustomers(self._call)


class Customers:
    """`customers`."""

    def __init__(self, call: SyncCall) -> None:
        self._call = call

    def get_by_alias(self, alias: str) -> models.Customer:
        """Get customer by alias.

        Retrieve the details of one of your customers using one of their aliases.

        Args:
            alias: Customer alias

        Returns:
            Customer

        Raises:
            SequenceError: Whatever went wrong; its subclasses say what.
        """
        return self._call(operations.CUSTOMERS_GET_BY_ALIAS, {"alias": alias}).parsed


class Resources:
    """The resources of the API."""

    def _call(self, operation: Operation[T], arguments: Mapping[str, Any], /) -> APIResponse[T]:
        raise NotImplementedError  # the client performs it

    @property
    def customers(self) -> Customers:
        """The operations of `customers`."""
        return Customers(self._call)


class AsyncCustomersRaw:
    """`customers`, awaited, with the whole response."""

    def __init__(self, call: AsyncCall) -> None:
        self._call = call

    async def get_by_alias(self, alias: str) -> APIResponse[models.Customer]:
        """Like `AsyncCustomers.get_by_alias`, with the whole response."""
        return await self._call(operations.CUSTOMERS_GET_BY_ALIAS, {"alias": alias})


class AsyncResourcesRaw:
    """The resources of the API, awaited, with the whole response."""

    def __init__(self, call: AsyncCall) -> None:
        self._call = call

    @property
    def customers(self) -> AsyncCustomersRaw:
        """The operations of `customers`."""
        return AsyncCustomersRaw(self._call)


class CustomersRaw:
    """`customers`, with the whole response."""

    def __init__(self, call: SyncCall) -> None:
        self._call = call

    def get_by_alias(self, alias: str) -> APIResponse[models.Customer]:
        """Like `Customers.get_by_alias`, with the whole response."""
        return self._call(operations.CUSTOMERS_GET_BY_ALIAS, {"alias": alias})


class ResourcesRaw:
    """The resources of the API, with the whole response."""

    def __init__(self, call: SyncCall) -> None:
        self._call = call

    @property
    def customers(self) -> CustomersRaw:
        """The operations of `customers`."""
        return CustomersRaw(self._call)
