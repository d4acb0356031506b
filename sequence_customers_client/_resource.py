"""Resources of a client as attributes: made when first used, then kept, and replaceable in tests."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

T = TypeVar("T")


class Resource(cached_property[T]):
    """Decorates the method that makes a resource; what it made is then found in the client's `__dict__`."""

    if not TYPE_CHECKING:  # for whom it is what it derives from

        def __get__(self, client: object, owner: type) -> Any:
            if client is None:  # the resource's class, where create_autospec finds signatures
                return get_type_hints(self.func)["return"]
            # Of two threads that come at once, both get what the first of them made.
            return vars(client).setdefault(self.attrname, self.func(client))
