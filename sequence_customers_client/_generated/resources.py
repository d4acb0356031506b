"""The resources of the API, as the clients have them. Generated: change openapi/, not this file."""

from __future__ import annotations

from typing import ClassVar

from .._operation import AsyncCaller, Caller
from .._resource import Resource
from . import methods


class AsyncResources(AsyncCaller):
    """The resources of the API, awaited: each is made when it is first used."""

    _resources: ClassVar[tuple[str, ...]] = ("customers",)
    """What a client keeps in its `__dict__` once it is used: a copy of the client has to forget them."""

    @Resource
    def customers(self) -> methods.AsyncCustomers:
        """The operations of `customers`."""
        return methods.AsyncCustomers(self)


class Resources(Caller):
    """The resources of the API: each is made when it is first used."""

    _resources: ClassVar[tuple[str, ...]] = ("customers",)
    """What a client keeps in its `__dict__` once it is used: a copy of the client has to forget them."""

    @Resource
    def customers(self) -> methods.Customers:
        """The operations of `customers`."""
        return methods.Customers(self)


class AsyncResourcesRaw:
    """The resources of the API, awaited, with the whole response: each is made when it is first used."""

    def __init__(self, client: AsyncCaller) -> None:
        self._client = client

    @Resource
    def customers(self) -> methods.AsyncCustomersRaw:
        """The operations of `customers`."""
        return methods.AsyncCustomersRaw(self._client)


class ResourcesRaw:
    """The resources of the API, with the whole response: each is made when it is first used."""

    def __init__(self, client: Caller) -> None:
        self._client = client

    @Resource
    def customers(self) -> methods.CustomersRaw:
        """The operations of `customers`."""
        return methods.CustomersRaw(self._client)
