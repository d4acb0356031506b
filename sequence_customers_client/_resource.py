"""Resources of a client as attributes: made when first used, then kept, and replaceable in tests."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, get_type_hints, overload

T = TypeVar("T")


class Resource(Generic[T]):
    """Decorates the method that makes a resource; what it made is then found in the client's `__dict__`.

    Asked on the class it is the resource's class, where `create_autospec` finds the signatures: of properties it knows
    nothing.
    """

    def __init__(self, func: Callable[[Any], T]) -> None:
        self.func = func
        """As `functools.cached_property` calls it, for those who look for the types of properties."""
        self.__doc__ = func.__doc__

    @overload
    def __get__(self, client: None, owner: type) -> type[T]: ...

    @overload
    def __get__(self, client: object, owner: type) -> T: ...

    def __get__(self, client: object, owner: type) -> T | type[T]:
        if client is None:
            return get_type_hints(self.func)["return"]  # type: ignore[no-any-return]
        # Of two threads that come at once, both get what the first of them made.
        return vars(client).setdefault(self.func.__name__, self.func(client))  # type: ignore[no-any-return]
