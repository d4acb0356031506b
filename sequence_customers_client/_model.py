"""What every generated model can do: be read from JSON, be written to JSON, and lose nothing on the way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from attrs import define, field

from ._codec import ANY, Codec, DecodeError

ModelT = TypeVar("ModelT", bound="Model")


class Field(NamedTuple):
    """One property of a model: its name here, its key in JSON, and how its value is read and written."""

    name: str
    key: str
    codec: Codec[Any]
    required: bool = True


_ABSENT: Any = object()


@define(kw_only=True)
class Model:
    """The base of the generated models.

    A model keeps what its fields cannot express: unknown keys in `additional_properties`; and, privately, that an
    optional field was an explicit null, or how a timestamp was spelled. So `to_dict` gives back what `from_dict` got.
    """

    # An argument of the constructor only so that attrs.evolve copies it.
    _wire: dict[str, Any] | None = field(default=None, alias="_wire", repr=False, eq=False)

    if TYPE_CHECKING:
        # Each model declares it last, after its own fields.
        additional_properties: dict[str, Any] = field(factory=dict)

    @staticmethod
    @cache
    def _fields() -> tuple[Field, ...]:
        # A function, because models refer to each other; each model caches its own.
        return ()

    @staticmethod
    def _additional() -> Codec[Any]:
        return ANY

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a model from decoded JSON.

        Args:
            data: The JSON object, as `json.loads` returns it.

        Returns:
            The model. Unknown keys are in its `additional_properties`; absent and null optional fields are None.

        Raises:
            ValueError: The data is not what the document says. The message names the path and the types, never a value.
        """
        try:
            try:
                return cls._fast(data)
            except (KeyError, TypeError, ValueError):
                pass  # and out of here, so that the error of the careful way has no other behind it
            return cls._careful(data)
        except RecursionError:
            raise DecodeError("nested too deeply") from None

    @classmethod
    def _fast(cls, data: Any) -> Self:  # noqa: ARG003 - written out for each generated model
        """Read what is as it should be; of anything else raise any error, and leave it to `_careful` to say more.

        The model is made last, so that no frame has half a one; and without its constructor, which would take as long
        as all the rest.
        """
        raise TypeError

    @classmethod
    def _careful(cls, data: Any) -> Self:
        """Read what is no dict, a model of the caller's own, a number like 1.0 for an integer; or name the fault."""
        if not isinstance(data, Mapping):
            raise DecodeError.mismatch("an object", data)
        values: dict[str, Any] = {}
        wire: dict[str, Any] = {}
        for name, key, codec, required in cls._fields():
            raw = data.get(key, _ABSENT)
            try:
                if raw is _ABSENT and required:
                    raise DecodeError("required, but missing")  # noqa: TRY301 - placed like any other fault
                if raw is not _ABSENT and (raw is not None or required):
                    values[name] = codec.read(raw, key, wire)
            except DecodeError as error:
                raise error.under(key) from None
        values["additional_properties"] = cls._others(data, wire)
        return cls(**values, _wire=wire or None)

    @classmethod
    def _others(cls, data: Mapping[str, Any], wire: dict[str, Any]) -> dict[str, Any]:
        """Read the keys that are no fields, and note the fields that are null and need not be there."""
        required = {field.key: field.required for field in cls._fields()}
        codec = cls._additional()
        others: dict[str, Any] = {}
        for key, raw in data.items():
            if key not in required:
                try:
                    others[key] = codec.read(raw, key, wire)
                except DecodeError as error:
                    raise error.under(key) from None
            elif raw is None and not required[key]:
                wire[key] = None
        return others

    def clear(self, *names: str) -> Self:
        """Send optional fields as null, which clears them, rather than leave them out.

        Args:
            names: Fields that may be null.

        Returns:
            The model itself.

        Raises:
            ValueError: The document does not let the field be null.

        Example:
            await sequence.customers.update("id", CustomerUpdate(label="new").clear("telephone"))
        """
        keys = {field.name: field.key for field in self._fields() if field.codec.null and not field.required}
        for name in names:
            if name not in keys:
                raise ValueError(
                    f"{type(self).__name__}: {name} cannot be null; {', '.join(sorted(keys)) or 'nothing'} can"
                )
            setattr(self, name, None)
            self._wire = {**(self._wire or {}), keys[name]: None}
        return self

    def to_dict(self) -> dict[str, Any]:
        """Write the model as JSON values, ready for `json.dumps`.

        Returns:
            What `from_dict` was given, with whatever has been changed since. Optional fields that are None are left
            out, unless the server had sent them as null.
        """
        wire = self._wire or {}
        data: dict[str, Any] = {}
        for name, key, codec, required in self._fields():
            value = getattr(self, name)
            if value is not None or required:
                data[key] = codec.write(value, key, wire)
            elif key in wire and wire[key] is None:
                data[key] = None
        additional = self._additional()
        for key, value in self.additional_properties.items():
            data[key] = additional.write(value, key, wire)
        return data


def model(kind: type[ModelT]) -> Codec[ModelT]:
    """A model."""
    return Codec(kind.from_dict, lambda value: value.to_dict())


def part(kind: type[ModelT]) -> Codec[ModelT]:
    """A model in a model. It is read in one pass: with two at every level, each would double the work of the next."""
    return model(kind)._replace(decode=kind._careful)  # noqa: SLF001 - a method of this module's
