"""The public names of models: one place decides, and openapi/names.yaml is the table that keeps what it decided.

What users have keeps its name: a component that is in the table, or in the class_overrides of generator-config.yaml, is
called what it says there. A new one is called by rule: what a framework put before and after its noun goes, where that
stays unambiguous; two that mean the same are one model.
"""

import re
from collections import Counter
from itertools import count
from typing import Final

from openapi_python_client.strings import ClassName

from .document import DocumentError
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


def class_of(name: str) -> str:
    """The class that the generator makes of a name; what it would make of that may be another."""
    return str(ClassName(name, "field_"))


def class_names(document: Json, chosen: dict[str, str], table: dict[str, str], taken: set[str]) -> dict[str, str]:
    """The public name of each component of a document.

    `chosen` are the names of generator-config.yaml, `table` those of openapi/names.yaml; those `taken` are not free.
    """
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
            line = f"`{component}: {{class_name: …}}`"
            remedy = f"choose another name in generator-config.yaml, under class_overrides: {line}"
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
