"""The methods of `customers`, async and sync, plain and raw. Generated: change openapi/, not this file."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from ..._operation import Arguments, AsyncCaller, Caller
from ..._response import APIResponse
from .. import models
from . import operations


class AsyncCustomers:
    """The operations of `customers`, awaited."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def get_by_alias(
        self,
        alias: str,
        *,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> models.Customer:
        """Get customer by alias.

        Retrieve the details of one of your customers using one of their aliases.

        Args:
            alias: Customer alias
            timeout: Wall-clock seconds for one attempt of this call, or an `httpx.Timeout`; as the client has
                it when left out.
            deadline: Wall-clock seconds for the whole call, retries included; likewise.
            max_retries: How many attempts may follow the first; likewise.
            extra_headers: Headers of this call, beside those of the client.

        Returns:
            Customer

        Raises:
            SequenceError: Whatever went wrong; its subclasses say what.
        """
        arguments = Arguments(
            {"alias": alias}, timeout=timeout, deadline=deadline, max_retries=max_retries, extra_headers=extra_headers
        )
        del alias, extra_headers  # reporters of errors print local variables
        return (await self._client.call(operations.CUSTOMERS_GET_BY_ALIAS, arguments)).parsed


class Customers:
    """The operations of `customers`."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def get_by_alias(
        self,
        alias: str,
        *,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> models.Customer:
        """Get customer by alias.

        Retrieve the details of one of your customers using one of their aliases.

        Args:
            alias: Customer alias
            timeout: Wall-clock seconds for one attempt of this call, or an `httpx.Timeout`; as the client has
                it when left out.
            deadline: Wall-clock seconds for the whole call, retries included; likewise.
            max_retries: How many attempts may follow the first; likewise.
            extra_headers: Headers of this call, beside those of the client.

        Returns:
            Customer

        Raises:
            SequenceError: Whatever went wrong; its subclasses say what.
        """
        arguments = Arguments(
            {"alias": alias}, timeout=timeout, deadline=deadline, max_retries=max_retries, extra_headers=extra_headers
        )
        del alias, extra_headers  # reporters of errors print local variables
        return self._client.call(operations.CUSTOMERS_GET_BY_ALIAS, arguments).parsed


class AsyncCustomersRaw:
    """The operations of `customers`, awaited, with the whole response."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    async def get_by_alias(
        self,
        alias: str,
        *,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> APIResponse[models.Customer]:
        """Get customer by alias.

        Retrieve the details of one of your customers using one of their aliases.

        Args:
            alias: Customer alias
            timeout: Wall-clock seconds for one attempt of this call, or an `httpx.Timeout`; as the client has
                it when left out.
            deadline: Wall-clock seconds for the whole call, retries included; likewise.
            max_retries: How many attempts may follow the first; likewise.
            extra_headers: Headers of this call, beside those of the client.

        Returns:
            The whole response; its `parsed` is what it holds: Customer

        Raises:
            SequenceError: Whatever went wrong; its subclasses say what.
        """
        arguments = Arguments(
            {"alias": alias}, timeout=timeout, deadline=deadline, max_retries=max_retries, extra_headers=extra_headers
        )
        del alias, extra_headers  # reporters of errors print local variables
        return await self._client.call(operations.CUSTOMERS_GET_BY_ALIAS, arguments)


class CustomersRaw:
    """The operations of `customers`, with the whole response."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    def get_by_alias(
        self,
        alias: str,
        *,
        timeout: float | httpx.Timeout | None = None,
        deadline: float | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> APIResponse[models.Customer]:
        """Get customer by alias.

        Retrieve the details of one of your customers using one of their aliases.

        Args:
            alias: Customer alias
            timeout: Wall-clock seconds for one attempt of this call, or an `httpx.Timeout`; as the client has
                it when left out.
            deadline: Wall-clock seconds for the whole call, retries included; likewise.
            max_retries: How many attempts may follow the first; likewise.
            extra_headers: Headers of this call, beside those of the client.

        Returns:
            The whole response; its `parsed` is what it holds: Customer

        Raises:
            SequenceError: Whatever went wrong; its subclasses say what.
        """
        arguments = Arguments(
            {"alias": alias}, timeout=timeout, deadline=deadline, max_retries=max_retries, extra_headers=extra_headers
        )
        del alias, extra_headers  # reporters of errors print local variables
        return self._client.call(operations.CUSTOMERS_GET_BY_ALIAS, arguments)
