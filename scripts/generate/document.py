"""OpenAPI documents: reading them within limits, and the one error that every step on the way to code raises."""

import json
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError, YAMLStreamError

from .grammar import METHODS, classic

LARGEST: Final = 20_000_000  # bytes of a file, and characters that its aliases unfold to
DEEPEST: Final = 100
LONGEST_KEY: Final = 1000
SECONDS: Final = 900.0  # by the clock; the vendor's whole file takes a tenth of a minute


class DocumentError(Exception):
    """A document, the overlay or the configuration cannot be used; the message is one line that says why."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(" ".join(message.split())))


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Whatever a document that nobody thought of does to the code here, for however long, is refused with one line."""

    def stop(*_: Any) -> None:
        raise DocumentError(
            f"{name}: took more than {SECONDS:g} s; leave out what is slow with openapi/operations.yaml"
        )

    is_inner = any(signal.getitimer(signal.ITIMER_REAL))  # one limit holds for all within
    former = signal.getsignal(signal.SIGALRM)
    try:
        if not is_inner:
            signal.signal(signal.SIGALRM, stop)
            # It ends a child that is waited for, too; and again, where the error was taken for another.
            signal.setitimer(signal.ITIMER_REAL, SECONDS, 10)
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, SyntaxError, TypeError, ValueError) as error:
        why = f"{traceback.extract_tb(error.__traceback__)[-1].name}: {type(error).__name__}: {str(error)[:200]}"
        remedy = "leave it out with openapi/operations.yaml, or mend it with an overlay"
        raise DocumentError(f"{name}: has a structure that cannot be used ({why}); {remedy}") from error
    finally:
        if not is_inner:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, former)


def printable(text: str) -> str:
    """A text in which nothing moves the cursor, or turns the direction of reading; lines stay lines."""
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)


class _JsonTypes(SafeConstructor):
    """YAML's JSON schema, as OpenAPI has it: a date stays the string that the vendor wrote, and `<<` is refused."""

    def flatten_mapping(self, node: Any) -> None:
        """Merge nothing: merged again and again, a few lines would have no end."""


_JsonTypes.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read_yaml(path: Path) -> Any:
    """Read a YAML or JSON file as JSON values: keys are strings, and nothing is shared."""
    try:
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error


def parse(content: bytes, name: str) -> Any:
    """Read the content of such a file; the name is what messages call it."""
    try:
        return json.loads(_as_json(content))
    except OverflowError as error:
        raise DocumentError(f"{name}: {error}") from error
    except (YAMLError, YAMLStreamError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DocumentError(f"{name}: neither YAML nor JSON: {error}") from error


@lru_cache  # an update reads a file a dozen times, its copies too, and as YAML it is slow to read
def _as_json(content: bytes) -> bytes:
    """The content as JSON, or OverflowError where it is too much; it is not known here what the file is called."""
    if len(content) > LARGEST:
        raise OverflowError(f"is larger than {LARGEST} bytes")
    text = content.decode(json.detect_encoding(content))
    # JSON is YAML but for its surrogate pairs; and it is read a hundred times as fast.
    if text.lstrip()[:1] in {"{", "["}:
        value = json.loads(text, object_pairs_hook=_unique)
    else:
        yaml = YAML(typ="safe", pure=True)
        yaml.Constructor = _JsonTypes
        value = yaml.load(text)
    size, depth = _measure(value, {})
    if size > LARGEST:
        raise OverflowError(f"its aliases unfold to more than {LARGEST} characters")
    if depth > DEEPEST:
        raise OverflowError(f"is nested deeper than {DEEPEST} levels")
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} occurs twice in one object")
    return found


def _measure(value: Any, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How much a value is in JSON, and how deep; what an alias stands for is one object, and counts each time."""
    if id(value) not in known:
        known[id(value)] = LARGEST, DEEPEST  # until it is known: what holds itself has no end
        keys = [*value] if isinstance(value, dict) else []
        if long := [key for key in keys if isinstance(key, str) and len(key) > LONGEST_KEY]:
            raise OverflowError(f"has a key of more than {LONGEST_KEY} characters: {long[0][:40]}…")
        inner = [*keys, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
        sizes, depths = zip(*(_measure(each, known) for each in inner), strict=True) if inner else ((), (0,))
        own = len(value) if isinstance(value, str) else 0
        known[id(value)] = 1 + own + sum(sizes), 1 + max(depths)
    return known[id(value)]


def read_document(path: Path) -> dict[str, Any]:
    """Read an OpenAPI 3 document that has at least one operation; all that comes after can rely on its structure."""
    return checked(read_yaml(path), str(path))


def checked(document: Any, name: str) -> dict[str, Any]:
    """The document, one of 3.1 in the words of 3.0; or DocumentError where it is none with an operation."""
    with validating(f"{name}: not an OpenAPI 3 document"):
        # Strictly: it would take "yes" for true, and numbers for words.
        OpenAPI.model_validate_json(json.dumps(document), strict=True)
    if not any(operations(document)):
        raise DocumentError(f"{name}: has no operation")
    return classic(document) if document["openapi"].startswith("3.1") else document


@contextmanager
def validating(name: str) -> Iterator[None]:
    """What pydantic finds wrong is refused, as far as it goes on one line."""
    try:
        yield
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False)
        place = ".".join(str(part) for part in first["loc"] if part not in {"other", "ref"})
        more = f" (and {len(others)} more)" if others else ""
        raise DocumentError(f"{name}: {place}: {first['msg']}{more}".replace(": : ", ": ")) from error


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The path, method and content of every operation, in the document's order."""
    for path, item in document["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS if item.get(method) is not None)


def resolve(document: dict[str, Any], node: dict[str, Any], where: str = "", *seen: str) -> dict[str, Any]:
    """What an object, or the reference in its place, stands for; messages begin with where it stands."""
    if "$ref" not in node:
        return node
    reference = str(node["$ref"])
    target: Any = document
    for part in reference.removeprefix("#/").split("/"):
        target = target.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
    if reference in seen or not reference.startswith("#/") or not isinstance(target, dict):
        raise DocumentError(f"{where}{reference}: a reference to nothing in the document")
    return resolve(document, target, where, *seen, reference)
