"""Names: one place decides, and what users have keeps its name, whatever a build calls it.

Operations are named by path and method, which change less than their ids, or by `x-python-name: customers.get_by_alias`
in the overlay; enum members by their values, or by `x-enum-varnames`. A model is called what openapi/names.yaml, the
table of what was decided, or the class_overrides of generator-config.yaml say; a new one by rule: what a framework put
around its noun goes, where that stays unambiguous, and two components that mean the same are one model.
"""

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import count, takewhile
from typing import Any, Final, NamedTuple

from openapi_python_client.strings import ClassName, PythonIdentifier, snake_case

from .document import DocumentError, operations
from .meaning import Json, Meaning

LONGEST: Final = 40
_BUILD: Final = re.compile(r"(?<=[A-Za-z])_?(\d{8}|\d{1,3})$")
_LEAD: Final = re.compile(r"^[A-Z]\w*?(?:Controller|Endpoint(?:Product)?)(?=[A-Z])")
_TAIL: Final = re.compile(r"(Paginated)?(Response|Request)?(?:Model|Dto)$|(Paginated)?(Response|Request)$")
_VERB: Final = re.compile(r"^(?:List|Get|Create|Update|Replace|Delete|Archive|Patch|Search)(?=[A-Z])")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
_ON_COLLECTION = {"get": "list", "post": "create", "put": "replace", "patch": "update"}
_ON_ITEM = {"post": "update", "put": "update", "patch": "update"}

RESERVED = {"aclose", "call", "close", "with_options", "with_raw_response"}
"""What the clients are called upon themselves, so that no resource can have the name."""

ANNOTATIONS = {"bool", "builtins", "datetime", "float", "httpx", "int", "models", "str"}
"""What annotations are made of: in a class with such a method, they would mean the method."""

_TAKEN_FIELDS = {"additional_properties", "cache", "clear", "field", "from_dict", "from_json", "to_dict", "to_json"}
"""What a model's class body uses itself."""


def check_distinct(named: Iterable[tuple[str, object]], what: str, remedy: str) -> None:
    """Refuse two things of one name, given by name and as messages call them."""
    owners: dict[str, object] = {}
    for name, thing in named:
        if name in owners:
            raise DocumentError(f"{what} {owners[name]} and {thing} would both be {name}; {remedy}")
        owners[name] = thing


class OperationName(NamedTuple):
    """Where an operation is found on the client: `client.customers.aliases.list` is (customers, aliases), list."""

    resource: tuple[str, ...]
    method: str
    path: str
    http_method: str

    def __str__(self) -> str:
        return ".".join((*self.resource, self.method))

    @property
    def constant(self) -> str:
        """The operation itself: `CUSTOMERS_GET_BY_ALIAS`."""
        return snake_case(str(self)).upper()

    @property
    def route(self) -> str:
        """How messages call it: `GET /customers/by-alias/{alias}`."""
        return f"{self.http_method.upper()} {self.path}"


def operation_name(path: str, method: str) -> OperationName:
    """Name an operation by rule.

    Plural literals are resources, `by-…` qualifies, any other literal is an action:
    `GET /customers/by-alias/{alias}` is `customers.get_by_alias`, `POST /customers/{id}/archive` is
    `customers.archive`, `GET /customers/{id}/aliases` is `customers.aliases.list`.
    """
    segments = [segment for segment in path.split("/") if segment and not re.fullmatch(r"api|v\d+", segment)]
    words = [*filter(None, (snake_case(segment) for segment in segments if "{" not in segment))]
    nouns = [word for word in words if not word.startswith("by_")]
    plurals = [*takewhile(lambda word: word.endswith("s"), nouns[1:])]
    resource, action = [*nouns[:1], *plurals], nouns[1 + len(plurals) :]
    on_item = _ON_ITEM.get(method, method)
    name = on_item if segments and "{" in segments[-1] else _ON_COLLECTION.get(method, method)
    if action:
        name = "_".join(action if method == "post" else [on_item, *action])
    qualifier = [f"_{word}" for word in words if word not in nouns][-1:]
    return OperationName(tuple(resource) or ("root",), "".join([name, *qualifier]), path, method)


def name_operations(document: dict[str, Any]) -> list[OperationName]:
    """Give every operation its name as operationId, and return the names, sorted."""
    names = []
    for path, method, operation in operations(document):
        name = operation_name(path, method)
        if (chosen := operation.get("x-python-name")) is not None:
            *resource, last = str(chosen).split(".")
            name = name._replace(resource=tuple(resource), method=last)
        parts = {*name.resource, name.method}
        taken = ANNOTATIONS & parts or RESERVED & {*name.resource[:1]} or [*filter(keyword.iskeyword, parts)]
        if taken or not name.resource or not all(part.isidentifier() and part[0] != "_" for part in parts):
            problem = "must be resource.method, in words that neither Python nor the clients have taken"
            raise DocumentError(f"{name.route}: {str(name)!r} {problem}; set x-python-name in the overlay")
        names.append(name)
        operation["operationId"] = str(name)
    check_distinct(((each.constant, each.route) for each in names), "", "set x-python-name for one in the overlay")
    return sorted(names, key=lambda name: name.constant.lower())


def stem(name: str) -> str:
    """The name of a component without the number or the date that a build adds to it."""
    return _BUILD.sub("", name)


def class_of(name: str) -> str:
    """The class that the generator makes of a name; what it would make of that may be another."""
    return str(ClassName(name, "field_"))


def class_names(document: Json, chosen: dict[str, str], table: dict[str, str], taken: set[str]) -> dict[str, str]:
    """The public name of each component: chosen by generator-config.yaml, in the table, or new and not yet taken."""
    schemas = (document.get("components") or {}).get("schemas") or {}
    meaning = Meaning(document)
    # Two components that mean the same are one model; one that says next to nothing is alike to none.
    alike = {
        component: meaning.digest(schema) if schema.get("properties") or schema.get("enum") else component
        for component, schema in schemas.items()
    }
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    settled = [(each, name) for each, name in (chosen | table | chosen).items() if each in schemas]
    for component, name in settled:  # the chosen ones first
        if name in taken:
            raise DocumentError(f"the package has a name {name} already; rename the model with class_overrides")
        owner = owners.setdefault(class_of(name), component)
        if alike[owner] == alike[component]:
            names[component] = name
        elif component in chosen:
            remedy = f"choose another in class_overrides, in generator-config.yaml: `{component}: {{class_name: …}}`"
            raise DocumentError(f"{owner} and {component} would both be the model {name}; {remedy}")
    given = {alike[component]: name for component, name in names.items()}
    wishes: dict[str, list[str]] = {}
    for component in sorted(schemas, key=lambda each: (len(each), each)):
        if alike[component] not in given:
            wishes.setdefault(alike[component], []).extend(_wishes(component))
    wanted = Counter(name for found in wishes.values() for name in set(found))
    used = {*owners, *taken}
    for identity, found in wishes.items():
        # The first wish that is free, and that nobody else has, save whose name it is.
        free = (name for name in found if name not in used)
        best = next((name for name in free if wanted[name] == 1 or alike.get(name) == identity), found[0])
        given[identity] = free_name(best, used)
        used.add(class_of(given[identity]))
    return {component: names.get(component) or given[alike[component]] for component in schemas}


def _wishes(component: str) -> list[str]:
    """What a component would be called, the best first."""
    name = class_of(stem(component))
    bare = _LEAD.sub("", name)
    tail = _TAIL.search(bare)
    core = bare[: tail.start()] if tail and tail.start() else bare
    noun = _VERB.sub("", core)
    wanted = [noun, core, f"{noun}Response", f"{core}Response"]
    if bare == name and core == name:
        wanted = [name, f"{name}Details", class_of(component)]
    elif "Paginated" in bare:
        wanted = [f"{noun}Page", f"{core}Page"]
    elif tail and "Request" in tail[0]:
        wanted = [f"{core}Request", core]
    return [*dict.fromkeys(map(_short, wanted))]


def free_name(name: str, taken: set[str]) -> str:
    """A name for a class: at most forty characters, and none of those that are taken."""
    short = _short(class_of(name))
    return next(each for n in count(1) if class_of(each := short if n == 1 else f"{short[-37:]}{n}") not in taken)


def _short(name: str) -> str:
    """The last words of a name that is too long."""
    starts = [0, *(word.start() for word in _WORD.finditer(name))]
    return next((name[each:] for each in starts if len(name) - each <= LONGEST), name[starts[-1] :][:LONGEST])


def member_names(schema: dict[str, Any], where: str) -> list[str]:
    """The names of an enum's members: the generator would number some values, and merge others."""
    values = [value for value in schema["enum"] if value is not None]
    kind = {"string": str, "integer": int}.get(schema.get("type", ""), type(next(iter(values), None)))
    names = [_sanitized(str(name)) for name in schema.get("x-enum-varnames") or map(_member_name, values)]
    if len(names) != len(values):
        raise DocumentError(f"{where}: x-enum-varnames has {len(names)} names for {len(values)} values")
    for name, value in zip(names, values, strict=True):
        if type(value) is not kind or kind not in {str, int}:
            problem = "is of another type than the enum, or of none that an enum can have; remove it"
        elif any(unicodedata.category(each)[0] == "C" or each in "\u2028\u2029" for each in str(value)):
            problem = "holds characters that are not supported; remove it"  # the generator would leave them out
        elif not name.isidentifier() or name.startswith("_"):
            problem = f"cannot have the name {name!r}; set x-enum-varnames"
        else:
            continue
        raise DocumentError(f"{where}: the enum value {value!r} {problem} in the overlay")
    named = zip(names, map(repr, values), strict=True)
    check_distinct(named, f"{where}: enum values", "set x-enum-varnames in the overlay")
    return names


def _sanitized(name: str) -> str:
    # As the generator does it; and Python itself reads identifiers in this normal form.
    return unicodedata.normalize("NFKC", snake_case(name)).upper()


def _member_name(value: str | int) -> str:
    if not isinstance(value, str):
        return f"VALUE_{value}".replace("-", "NEGATIVE_")
    name = _sanitized(value.upper()) or "_".join(f"U{ord(character):04X}" for character in value) or "EMPTY"
    return name if value[:1].isalpha() else f"VALUE_{name}"


def field_name(key: str) -> str:
    """The Python name of a property or parameter: snake case, and no word that means something else there."""
    name = str(PythonIdentifier(unicodedata.normalize("NFKC", key), prefix="field_"))
    return f"{name}_" if name in _TAKEN_FIELDS else name


def class_name(resource: tuple[str, ...]) -> str:
    """The class of a resource: `CustomersAliases` for (customers, aliases)."""
    return "".join(word.capitalize() for part in resource for word in part.split("_"))
