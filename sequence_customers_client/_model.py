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
        if not isinstance(data, Mapping):
            raise DecodeError.mismatch("an object", data)
        plan, keys = _PLANS.get(cls) or _plan(cls)
        values: dict[str, Any] = {}
        wire: dict[str, Any] | None = None
        get = data.get
        key = ""
        try:
            for name, key, plain, required, decode, encode, kept in plan:
                raw = get(key, _ABSENT)
                if type(raw) is plain:
                    values[name] = raw
                elif raw is _ABSENT:
                    if required:
                        raise DecodeError("required, but missing")  # noqa: TRY301 - placed like any other fault
                elif raw is None and not required:
                    wire = {**(wire or {}), key: None}
                else:
                    values[name] = value = decode(raw)
                    if kept is not None and not kept(raw) and encode(value) != raw:
                        wire = {**(wire or {}), key: raw}
            if not data.keys() <= keys:
                extra = cls._additional().decode
                values["additional_properties"] = additional = {}
                for key, raw in data.items():
                    if key not in keys:
                        additional[key] = extra(raw)
        except DecodeError as error:
            raise error.under(key) from None
        return cls(**values, _wire=wire)

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
            raw = wire.get(key, _ABSENT)
            if value is None and not required:
                if raw is None:
                    data[key] = None
            elif raw is not _ABSENT and raw is not None and codec.decode(raw) == value:
                data[key] = raw
            else:
                data[key] = codec.encode(value)
        additional = self._additional()
        data.update((key, additional.encode(value)) for key, value in self.additional_properties.items())
        return data


_Plan = tuple[tuple[tuple[Any, ...], ...], frozenset[str]]
_PLANS: dict[type, _Plan] = {}


def _plan(kind: type[Model]) -> _Plan:
    """What `from_dict` needs of the fields, in the order in which it needs it; and their keys."""
    fields = kind._fields()
    plan = tuple(
        (name, key, codec.plain, required, codec.decode, codec.encode, codec.kept)
        for name, key, codec, required in fields
    )
    return _PLANS.setdefault(kind, (plan, frozenset(field.key for field in fields)))


def model(kind: type[ModelT]) -> Codec[ModelT]:
    """A nested model."""
    return Codec(kind.from_dict, lambda value: value.to_dict())
