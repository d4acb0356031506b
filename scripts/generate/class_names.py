"""The public names of models: one place decides, and openapi/names.yaml is the table that keeps what it decided.

What users have keeps its name: a component that is in the table, or in the class_overrides of generator-config.yaml, is
called what it says there. A new one is called by rule: what a framework put before and after its noun goes, where that
stays unambiguous; two that mean the same are one model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

from openapi_python_client.strings import ClassName, pascal_case

from .document import DocumentError, child_kind, operations
from .meaning import Json, Meaning

LONGEST: Final = 40

_BUILD: Final = re.compile(r"(?<=[A-Za-z])_?(\d{8}|\d{1,3})$")
_LEAD: Final = re.compile(r"^[A-Z]\w*?(?:Controller|Endpoint(?:Product)?)(?=[A-Z])")
_TAIL: Final = re.compile(r"(Paginated)?(Response|Request)?(?:Model|Dto)$|(Paginated)?(Response|Request)$")
_VERB: Final = re.compile(r"^(?:List|Get|Create|Update|Replace|Delete|Archive|Patch|Search)(?=[A-Z])")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")


def stem(name: str) -> str:
    """The name of a component without the number or the date that a build adds to it."""
    return _BUILD.sub("", name)


def class_names(
    document: Json, chosen: Mapping[str, str], table: Mapping[str, str], taken: Collection[str]
) -> dict[str, str]:
    """The public name of each component of a document.

    `chosen` are the names of generator-config.yaml, `table` those of openapi/names.yaml; those `taken` are not free.
    """
    schemas = (document.get("components") or {}).get("schemas") or {}
    meaning = Meaning(document)
    alike = {name: _identity(meaning, name, schema) for name, schema in schemas.items()}
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    for source in (chosen, table):
        for component in (each for each in source if each in schemas and each not in names):
            name = source[component]
            if owners.setdefault(name, alike[component]) == alike[component]:
                names[component] = name
            elif source is chosen:
                other = next(each for each, known in names.items() if known == name)
                raise DocumentError(
                    f"{other} and {component} would both be the model {name}; choose another name in "
                    f"generator-config.yaml, under class_overrides: `{component}: {{class_name: …}}`"
                )
    known = {alike[component]: name for component, name in names.items()}
    waiting: dict[str, list[str]] = {}
    for component in sorted(set(schemas) - set(names), key=lambda each: (len(each), each)):
        if alike[component] in known:
            names[component] = known[alike[component]]
        else:
            waiting.setdefault(alike[component], []).append(component)
    for identity, name in _assigned(waiting, {*owners, *taken}).items():
        names.update(dict.fromkeys(waiting[identity], name))
    return {component: names[component] for component in schemas}


def _identity(meaning: Meaning, name: str, schema: Json) -> str:
    """What two components share that are one model; one that says next to nothing is alike to none."""
    return meaning.digest(schema) if schema.get("properties") or schema.get("enum") else name


def _assigned(waiting: Mapping[str, list[str]], taken: set[str]) -> dict[str, str]:
    """A name for each group, round by round: of its wishes, the first that is free and that nobody else wants."""
    result: dict[str, str] = {}
    wishes = {identity: [name for each in found for name in _wishes(each)] for identity, found in waiting.items()}
    nouns = {identity: wanted[0] for identity, wanted in wishes.items()}
    while wishes:
        wanted = {
            identity: next((name for name in names if name not in taken), "") for identity, names in wishes.items()
        }
        count = Counter(wanted.values())
        for identity, name in wanted.items():
            if not name:  # all its wishes are gone: a number tells it apart
                name = next(each for n in range(2, 10_000) if (each := f"{nouns[identity][:36]}{n}") not in taken)  # noqa: PLW2901
            elif count[name] > 1 and name not in waiting[identity]:
                continue
            result[identity] = name
            taken.add(name)
            del wishes[identity]
        taken |= {name for name in count if name}
    return result


def _wishes(component: str) -> list[str]:
    """What a component would be called, the best first."""
    name = str(ClassName(stem(component), "field_"))
    bare = _LEAD.sub("", name)
    tail = _TAIL.search(bare)
    core = bare[: tail.start()] if tail and tail.start() else bare
    noun = _VERB.sub("", core)
    if bare == name and core == name:
        wanted = [name, f"{name}Details", str(ClassName(component, "field_"))]
    elif "Paginated" in bare:
        wanted = [f"{noun}Page", f"{core}Page"]
    elif tail and "Request" in tail[0]:
        wanted = [f"{core}Request", core]
    else:
        wanted = [noun, core, f"{noun}Response", f"{core}Response"]
    return list(dict.fromkeys([*(_short(each) for each in wanted)]))


def _short(name: str) -> str:
    """The last words of a name that is too long."""
    words = _WORD.findall(name)[-LONGEST:]
    while len("".join(words)) > LONGEST and len(words) > 1:
        del words[0]
    return "".join(words)[:LONGEST] if len(name) > LONGEST else name


def rename(document: Json, names: Mapping[str, str], taken: Collection[str]) -> None:
    """Give the components of a document their public names, and short ones to parts that would have long ones."""
    schemas = (document.get("components") or {}).get("schemas") or {}
    if schemas:
        public: Json = {}
        for name, schema in schemas.items():
            public.setdefault(names[name], schema)
        document["components"]["schemas"] = public
    _refer(document, "document", names)
    used = {*taken, *names.values()}
    parts: Json = {}
    for name, schema in list((document.get("components") or {}).get("schemas", {}).items()):
        _shorten(schema, name, used, parts)
    for _, _, operation in operations(document):
        name = pascal_case(operation["operationId"].replace(".", "_"))
        for parameter in operation.get("parameters") or []:
            _shorten({"properties": {parameter["name"]: parameter.get("schema")}}, name, used, parts, holder=parameter)
    if parts:
        document["components"]["schemas"] |= parts


def _shorten(schema: Any, owner: str, used: set[str], parts: Json, holder: Json | None = None) -> None:
    """Make components of what the generator would name after all that is around it, where that is too long."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for key, value in (properties or {}).items():
        place, target, name = (holder, "schema", owner) if holder is not None else (properties, key, owner)
        name += pascal_case(key)
        while isinstance(value, dict) and isinstance(value.get("items"), dict):
            place, target, value, name = value, "items", value["items"], f"{name}Item"  # noqa: PLW2901
        if not isinstance(value, dict) or "$ref" in value or not (value.get("properties") or value.get("enum")):
            continue
        if len(name) > LONGEST:
            short = next(
                each for n in range(1, 10_000) if (each := _short(name)[-37:] + (str(n) if n > 1 else "")) not in used
            )
            used.add(short)
            parts[short], name = {each: inner for each, inner in value.items() if each != "title"}, short
            if isinstance(place, dict):
                place[target] = {"$ref": f"#/components/schemas/{short}"}
        _shorten(value, name, used, parts)


def _refer(node: Any, kind: str, names: Mapping[str, str]) -> None:
    if isinstance(node, list):
        for each in node:
            _refer(each, kind.removesuffix("[]"), names)
    elif isinstance(node, dict) and kind not in {"data", "examples"}:
        start, _, name = str(node.get("$ref", "")).rpartition("/")
        if start == "#/components/schemas" and name in names and not kind.endswith("*"):
            node["$ref"] = f"{start}/{names[name]}"
        for key, value in node.items():
            _refer(value, child_kind(kind, key), names)
