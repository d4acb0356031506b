"""What every generated model can do: be read from JSON, be written to JSON, and lose nothing on the way."""

import json
import sys
from collections.abc import Mapping
from functools import cache
from operator import methodcaller
from typing import Any, NamedTuple, Self, cast

import attrs

from .codec import ANY, WRITERS, Codec, DecodeError, json_value, loads


class Field(NamedTuple):
    """One property of a model: its name here, its key in JSON, how it is read and written, the document's words."""

    name: str
    key: str
    codec: Codec[Any]
    required: bool = True
    description: str = ""


class Received(dict[str, Any]):
    """The keys of a JSON object that are no fields, and, beside them, what was special about its fields."""

    wire: Mapping[str, Any] = {}
    """By key: how a timestamp was written, or None for an optional field that was an explicit null."""


def _wire(model: "Model") -> Mapping[str, Any]:
    return getattr(model.additional_properties, "wire", {})


@cache
def _table(kind: type["Model"]) -> Any:
    """How a model is read and written: a row for each field, their keys, and the codec of all other keys."""
    # In a row, what is no JSON type stands for values that all need decoding, and None for a way to write that needs
    # not know how the value came.
    rows = tuple(
        (name, key, codec.plain or Model, codec.decode, required, codec.write if codec.keeps_raw else None)
        for name, key, codec, required, _ in kind._fields()
    )
    return rows, {row[1] for row in rows}, kind._additional()  # noqa: SLF001 - of this module


class Model:
    """The base of the generated models.

    A model keeps what its fields cannot express: unknown keys in `additional_properties`; and, behind them, that an
    optional field was an explicit null, or how a timestamp was written. So `to_dict` gives back what `from_dict` got.

    Models are good as fields of pydantic's models, in `TypeAdapter`, and as what a FastAPI handler returns, where its
    annotation says so (`-> Customer`). FastAPI takes what it does not know for a query parameter: a body is declared
    `customer: Annotated[Customer, Body()]`.
    """

    __slots__ = ("__weakref__",)

    additional_properties: dict[str, Any]  # each model declares it last, after its own fields

    @staticmethod
    def _fields() -> tuple[Field, ...]:
        # A function, because models refer to each other.
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
            return cls._read(data)
        except RecursionError:
            raise DecodeError("nested too deeply") from None

    @classmethod
    def from_json(cls, content: bytes | str) -> Self:
        """Read a model from JSON.

        Args:
            content: The JSON text, in UTF-8 if it is bytes.

        Returns:
            The model, as `from_dict` gives it.

        Raises:
            ValueError: It is no JSON, or not what the document says. The message names the path and the types, never a
                value.
        """
        return cls.from_dict(loads(content))

    @classmethod
    def _read(cls, data: Any) -> Self:
        # The model is made last, so that no frame has half a one.
        if type(data) is not dict and not isinstance(data, Mapping):
            raise DecodeError.mismatch("an object", data)
        rows, keys, additional = _table(cls)  # type: ignore[arg-type]  # mypy takes the class for unhashable
        get = data.get
        values: dict[str, Any] = {}
        wire: dict[str, Any] = {}
        others = Received()
        key = ""
        try:
            for name, key, plain, decode, required, write in rows:
                value = get(key)
                if type(value) is plain:
                    values[name] = value
                elif value is not None or (required and key in data):
                    values[name] = decode(value)
                    if write is not None:
                        wire[key] = value
                elif required:
                    raise DecodeError("required, but missing")  # noqa: TRY301 - placed like any other fault
                elif key in data:
                    wire[key] = values[name] = None
            if len(data) > len(values):
                for key in [key for key in data if key not in keys]:
                    others[key] = additional.decode(data[key])
                    if additional.keeps_raw:
                        wire[key] = data[key]
        except DecodeError as error:
            raise error.under(key) from None
        if wire:
            others.wire = wire
        values["additional_properties"] = others
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Write the model as JSON values, ready for `json.dumps`.

        Returns:
            What `from_dict` was given, with whatever has been changed since. Optional fields that are None are left
            out, unless the server had sent them as null.

        Raises:
            ValueError: A field holds what cannot be written: a timestamp without a time zone, NaN.
            TypeError: A field holds what JSON has no word for: a `set`.
        """
        wire = _wire(self)
        rows, _, additional = _table(type(self))  # type: ignore[arg-type]
        data: dict[str, Any] = {}
        for name, key, plain, _, required, write in rows:
            value = getattr(self, name)
            if type(value) is plain:
                data[key] = value
            elif value is not None or required or (key in wire and wire[key] is None):
                data[key] = json_value(value) if write is None else write(value, wire.get(key))
        for key, value in self.additional_properties.items():
            data[key] = additional.write(value, wire.get(key))
        return data

    def to_json(self) -> str:
        """Write the model as JSON.

        Returns:
            The JSON text of `to_dict`, in ASCII, without white space.

        Raises:
            ValueError: A field holds what cannot be written: a timestamp without a time zone, NaN.
            TypeError: A field holds what JSON has no word for: a `set`.
        """
        return json.dumps(self.to_dict(), allow_nan=False, separators=(",", ":"))

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
                known = ", ".join(sorted(keys)) or "nothing"
                raise ValueError(f"{type(self).__name__}: {name} cannot be null; {known} can")
            received = Received(self.additional_properties)
            received.wire = {**_wire(self), keys[name]: None}
            for attribute, value in ((name, None), ("additional_properties", received)):
                setattr(self, attribute, value)
        return self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .pydantic import model_schema  # noqa: PLC0415 - pydantic asks for it, so it is there

        return model_schema(cls, handler)

    # Pickles name nothing private, and are those of version 0.1.0.

    def __getstate__(self) -> dict[str, Any]:
        attributes, slots = cast(Any, super().__getstate__())
        kept = dict(self.additional_properties)
        return {**(attributes or {}), **slots, "additional_properties": kept, "_wire": dict(_wire(self)) or None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        kept = Received(state["additional_properties"])
        kept.wire = state.pop("_wire", None) or {}
        for name, value in {**state, "additional_properties": kept}.items():
            setattr(self, name, value)


WRITERS[Model] = methodcaller("to_dict")


def publish(module: str) -> None:
    """Let the models of a finished module say that they are the package's, so that pickles outlive our files."""
    names = vars(sys.modules[module])
    for kind in [value for value in names.values() if getattr(value, "__module__", None) == module]:
        if hasattr(kind, "_fields"):
            # `typing.get_type_hints` looks where a class says it is, and would find no names there: so types it is.
            attrs.resolve_types(kind, names)
            kind.__annotations__ = {field.name: field.type for field in attrs.fields(kind)}
            kind.__init__.__annotations__ = {**kind.__annotations__, "return": None}
            described = [f"    {field.name}: {field.description}" for field in kind._fields() if field.description]
            kind.__doc__ = "\n".join([(kind.__doc__ or "").rstrip(), "", "Attributes:", *described])
        kind.__module__ = module.partition(".")[0]
