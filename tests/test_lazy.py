"""Names that are imported when first asked for: found once, listed, and missing like any other name."""

from __future__ import annotations

import errno
import subprocess
import sys
from types import ModuleType

import pytest

import sequence_customers_client
from sequence_customers_client import APIConnectionError, _lazy
from sequence_customers_client._lazy import lazy


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module with one name that is elsewhere."""
    made = ModuleType("lazy_module")
    monkeypatch.setitem(sys.modules, "lazy_module", made)
    made.__getattr__, made.__dir__ = lazy("lazy_module", {"Fraction": "fractions"})  # type: ignore[method-assign]
    return made


def test_a_name_is_found_elsewhere_and_kept(module: ModuleType) -> None:
    """What was asked for once is an attribute like any other from then on."""
    from fractions import Fraction  # noqa: PLC0415 - what the name stands for

    assert "Fraction" not in vars(module)
    assert module.Fraction is Fraction
    assert vars(module)["Fraction"] is Fraction


def test_names_are_listed_before_they_are_imported(module: ModuleType) -> None:
    """dir(), which editors and consoles complete by, has the names that were not asked for yet."""
    assert "Fraction" in dir(module)
    assert "__name__" in dir(module)


def test_other_names_are_missing(module: ModuleType) -> None:
    """A name that is nowhere is an AttributeError that says so."""
    with pytest.raises(AttributeError, match="module 'lazy_module' has no attribute 'Fractoin'"):
        _ = module.Fractoin


def test_a_module_that_cannot_be_read_is_an_error_of_ours(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system opens no more files, the first use of a resource says so, and the next may go well."""

    def import_module(_: str) -> ModuleType:
        raise OSError(errno.EMFILE, "Too many open files", "fractions.py")

    with monkeypatch.context() as patch:
        patch.setattr(_lazy, "import_module", import_module)
        with pytest.raises(APIConnectionError, match="fractions cannot be imported: Too many open files"):
            _ = module.Fraction

    assert module.Fraction is not None


def test_models_are_imported_when_first_asked_for() -> None:
    """The package knows all its names, and imports the models with the first of them."""
    program = (
        "import sys, sequence_customers_client as package; before = 'Customer' in dir(package);"
        "lazy = 'sequence_customers_client._generated.customers' not in sys.modules;"
        "print(before, lazy, package.Customer is package.Customer)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603

    assert "True True True" == done.stdout.strip()


def test_a_model_is_where_pickles_look_for_it() -> None:
    """Models are found under the package, and under the module that version 0.1.0's pickles name."""
    from sequence_customers_client._generated import models  # noqa: PLC0415 - as pickle imports it

    assert sequence_customers_client.Customer is models.Customer
    assert "sequence_customers_client" == models.Customer.__module__
