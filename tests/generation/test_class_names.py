"""The names of classes, where the generator would write them in another way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.generate.document import DocumentError, read_document
from scripts.generate.generation import Sources, public_names
from tests.generation.conftest import Document, Generated

NAMED = {"foo_bar": "FooBar", "C191ccbB": "C191CcbB", "A" * 30 + "xx" + "B" * 30: "AxxBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"}


@pytest.fixture(scope="module")
def package(generate_client: Callable[..., Generated]) -> Generated:
    """A client of a document whose components, with a class in each, have such names."""

    def add(document: Document) -> None:
        inner = {"type": "object", "properties": {"a": {"type": "string"}}}
        for name in NAMED:
            document["components"]["schemas"][name] = {"type": "object", "properties": {name: inner}}

    return generate_client(add)


@pytest.mark.parametrize("component", NAMED)
def test_class_of_a_component(component: str, package: Generated) -> None:
    """Such a component is one class, which holds the class of its part."""
    model = getattr(package.models, NAMED[component])
    parsed = model.from_dict({component: {"a": "x"}})

    assert {component: {"a": "x"}} == parsed.to_dict()
    assert [] == list(parsed.additional_properties)


@pytest.mark.parametrize("content", ["State: foo bar", "State: 'x): pass'", "- State", "5"])
def test_a_table_that_gives_no_names_is_refused(tmp_path: Path, content: str) -> None:
    """The message names the file that is wrong: it is ours, and not the source."""
    table = tmp_path / "names.yaml"
    table.write_text(content)

    with pytest.raises(DocumentError, match=r"^names\.yaml: gives each component a name of Python$"):
        public_names(read_document(Sources().document), Sources(names=table))
