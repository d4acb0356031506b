"""The document: which operation a request is for, what that asks for, and what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any, Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import frozen

from ._schema import Json, Schemas

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class RefusedError(Exception):
    """What the API answers to a request that is not what the document asks for."""

    def __init__(self, status: int, kind: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        self.body = {"error": {"type": kind, "message": message}}


@frozen
class Operation:
    """One operation of the document."""

    name: str
    """As the client has it: `customers.get_by_alias`."""

    method: str
    path: str
    content: Json
    parameters: tuple[Json, ...]
    secured: bool

    def match(self, path: str) -> dict[str, str] | None:
        """The path parameters of a percent-encoded path; None where it is no path of the operation's."""
        parts = re.split(r"\{([^}]+)\}", self.path)
        pattern = "".join("([^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts))
        found = re.fullmatch(pattern, path)
        return None if found is None else dict(zip(parts[1::2], map(unquote, found.groups()), strict=True))

    @property
    def is_look_up(self) -> bool:
        """Whether it reads the one thing that the last segment of its path names."""
        return self.method == "GET" and self.path.endswith("}")


class Document:
    """An OpenAPI document that a client was generated from, after the overlay."""

    def __init__(self, content: Json) -> None:
        self.schemas = Schemas(content)
        self.prefix = urlsplit((content.get("servers") or [{"url": ""}])[0]["url"]).path.rstrip("/")
        # Where two paths match, the one whose fixed part is longer is meant.
        self.operations = sorted(
            self._read(content), key=lambda each: [part[:1] == "{" for part in each.path.split("/")]
        )

    @classmethod
    @cache
    def vendored(cls) -> Self:
        """The document of the package itself."""
        source = files("sequence_customers_client") / "_generated" / "document.json"
        return cls(json.loads(source.read_text(encoding="utf-8")))

    def _read(self, content: Json) -> Iterator[Operation]:
        for path, item in content["paths"].items():
            for method in _METHODS:
                if operation := item.get(method):
                    given = [*(item.get("parameters") or []), *(operation.get("parameters") or [])]
                    unique = {(each["in"], each["name"]): each for each in map(self.schemas.resolve, given)}
                    secured = bool(operation.get("security", content.get("security")))
                    name = operation.get("operationId", f"{method.upper()} {path}")
                    yield Operation(name, method.upper(), path, operation, tuple(unique.values()), secured)

    def named(self, name: str) -> Operation:
        """The operation that the client has by a name."""
        for each in self.operations:
            if each.name == name:
                return each
        raise ValueError(f"document: no operation has the operationId {name}: add it, or leave document out")

    def find(self, method: str, path: str) -> tuple[Operation | None, dict[str, str]]:
        """The operation that a request is for, and its path parameters; None and nothing where there is none."""
        path = path.removeprefix(self.prefix)
        matching = [(each, found) for each in self.operations if (found := each.match(path)) is not None]
        return next((match for match in matching if match[0].method == method), (None, {}))

    def methods(self, path: str) -> list[str]:
        """What may be done with a path."""
        return sorted(method.upper() for method in _METHODS if self.find(method.upper(), path)[0])

    def check(
        self, operation: Operation, path: Mapping[str, str], query: str, headers: Mapping[str, str], content: bytes
    ) -> None:
        """Check the parameters and the body of a request; header names are in lower case.

        Raises:
            RefusedError: One is not what the document asks for.
        """
        given = {
            "path": {name: [value] for name, value in path.items()},
            "query": parse_qs(query, keep_blank_values=True),
            "header": {name: [value] for name, value in headers.items()},
        }
        for parameter in operation.parameters:
            name, location, schema = parameter["name"], parameter["in"], parameter.get("schema") or {}
            if values := given.get(location, {}).get(name.lower() if location == "header" else name):
                self._refuse(self.schemas.fault(self._value(values, schema), schema, name))
            elif parameter.get("required"):
                self._refuse(f"{name} is required, but missing")
        body = self.schemas.resolve(operation.content.get("requestBody"))
        if media := self._json(body) if content else None:
            self._refuse(None if "json" in headers.get("content-type", "") else "body must be application/json")
            try:
                value = json.loads(content)
            except ValueError:
                raise RefusedError(400, "BadRequest", "body is no JSON") from None
            self._refuse(self.schemas.fault(value, media.get("schema") or {}, "body"))
        elif body.get("required") and not content:
            self._refuse("body is required, but missing")

    def _refuse(self, fault: str | None) -> None:
        if fault:
            raise RefusedError(400, "BadRequest", fault)

    def _value(self, texts: list[str], schema: Any) -> Any:
        """What the texts of a parameter stand for: what its schema takes, where it takes one."""
        if "array" in self.schemas.types(schema):
            return [self._value([text], self.schemas.resolve(schema).get("items") or {}) for text in texts]
        readings: list[Any] = [texts[-1]]
        with suppress(ValueError):
            value = json.loads(texts[-1], parse_constant=str)
            readings = [value, texts[-1]] if isinstance(value, int | float) else readings
        return next((each for each in readings if not self.schemas.fault(each, schema, "")), readings[0])

    def answer(self, operation: Operation, status: str | None = None) -> tuple[int, Any]:
        """What an operation answers when all is well, or with another status: that, and the document's example."""
        responses = operation.content["responses"]
        key = status or next((each for each in sorted(responses) if each[0] == "2"), "default")
        media = self._json(self.schemas.resolve(responses.get(key)))
        code = int(key) if key.isdigit() else 200
        if not media:
            return code, None
        named = [self.schemas.resolve(each).get("value") for each in (media.get("examples") or {}).values()]
        return code, self.schemas.example(media.get("schema") or {}, next(iter([media.get("example"), *named]), None))

    def schema(self, operation: Operation, status: str = "200") -> dict[str, Any]:
        """The schema of what an operation answers with a status; empty where there is none."""
        response = self.schemas.resolve(operation.content["responses"].get(status))
        return self.schemas.resolve((self._json(response) or {}).get("schema"))

    def _json(self, holder: Json) -> Json | None:
        media: Iterator[Json] = (each for kind, each in (holder.get("content") or {}).items() if "json" in kind)
        return next(media, None)
