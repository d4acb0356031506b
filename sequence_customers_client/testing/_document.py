"""The document: which operation a request is for, what that asks for, and what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import frozen

from ._schema import Json, Schemas

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_BOOLEANS: Final = {"true": True, "false": False}


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
    """An OpenAPI document that the client was generated from, after the overlay.

    Args:
        content: The document; the package's own when left out.
    """

    def __init__(self, content: Json | None = None) -> None:
        if content is None:
            source = files("sequence_customers_client") / "_generated" / "document.json"
            content = json.loads(source.read_text(encoding="utf-8"))
        self.schemas = Schemas(content)
        servers = content.get("servers") or [{"url": ""}]
        self.prefix = urlsplit(servers[0]["url"]).path.rstrip("/")
        # Where two paths match, the one whose fixed part is longer is meant.
        self.operations = sorted(
            self._read(content), key=lambda each: [part[:1] == "{" for part in each.path.split("/")]
        )

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
        return next(each for each in self.operations if each.name == name)

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
        pairs = parse_qsl(query, keep_blank_values=True)
        for parameter in operation.parameters:
            name, location = parameter["name"], parameter["in"]
            if location == "query":
                values = [value for key, value in pairs if key == name]
            else:
                source = {"path": path, "header": headers}.get(location, {})
                value = source.get(name.lower() if location == "header" else name)
                values = [] if value is None else [value]
            if values:
                self._check(self._value(values, parameter.get("schema")), parameter.get("schema"), name)
            elif parameter.get("required") and location != "cookie":
                raise RefusedError(400, "BadRequest", f"{name} is required, but missing")
        body = self.schemas.resolve(operation.content.get("requestBody"))
        media = self._json(body)
        if not content:
            if body.get("required"):
                raise RefusedError(400, "BadRequest", "body is required, but missing")
        elif media is not None:
            if "json" not in headers.get("content-type", ""):
                raise RefusedError(400, "BadRequest", "body must be application/json")
            try:
                value = json.loads(content)
            except ValueError:
                raise RefusedError(400, "BadRequest", "body is no JSON") from None
            self._check(value, media.get("schema"), "body")

    def _check(self, value: Any, schema: Any, where: str) -> None:
        if fault := self.schemas.fault(value, schema or {}, where):
            raise RefusedError(400, "BadRequest", fault)

    def _value(self, texts: list[str], schema: Any) -> Any:
        """What the texts of a parameter stand for, where its schema takes that; else the text."""
        whole = self.schemas.resolve(schema)
        if "array" in self.schemas.types(whole):
            return [self._value([text], whole.get("items")) for text in texts]
        text = texts[-1]
        for kind, read in (("integer", int), ("number", float), ("boolean", _BOOLEANS.__getitem__)):
            for choice in [whole, *(whole.get("oneOf") or []), *(whole.get("anyOf") or [])]:
                if kind in self.schemas.types(choice):
                    try:
                        return read(text)
                    except (KeyError, ValueError):
                        pass
        return text

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
