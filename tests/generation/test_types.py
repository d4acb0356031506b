"""What is generated is typed, of some of everything, and of what the vendor publishes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import Generated

USE = """
import datetime
from typing import assert_type
from {package} import AsyncSequenceClient, SequenceClient
from {package}._generated import models

def blocking(client: SequenceClient) -> None:
    assert_type(client.customers.list(must=""), list[models.Customer])
    assert_type(client.customers.create(models.CustomersCreateBody(legal_name="")), models.Customer | None)
    assert_type(client.with_raw_response.customers.get("").parsed, models.Customer)
    assert_type(client.customers.get("").seen, datetime.datetime | None)
    assert_type(client.customers.get("").null_enum, models.CustomerNullEnum | None)
    assert_type(client.customers.get("").inline_obj, models.CustomerInlineObj | None)

async def awaited(client: AsyncSequenceClient) -> None:
    assert_type(await client.customers.list(must=""), list[models.Customer])
    assert_type((await client.with_raw_response.customers.list(must="")).parsed, list[models.Customer])
"""


TOOLS = {"mypy": ("--strict", "--config-file="), "pyright": ("--pythonpath", sys.executable)}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.usefixtures("mypy_cache")
def test_types(tool: str, rich: Generated, vendors: Generated) -> None:
    """The whole of what is generated is clean under mypy --strict and pyright, and typed as the document says."""
    (rich.folder.parent / "use.py").write_text(USE.format(package=rich.name), encoding="utf-8")
    # One run for both packages: most of it goes into what they import.
    what = ["use.py", f"{rich.folder}/_generated", f"{vendors.folder}/_generated"]
    command = [sys.executable, "-m", tool, *TOOLS[tool], *what]
    done = subprocess.run(command, cwd=rich.folder.parent, capture_output=True, text=True, check=False)  # noqa: S603

    assert 0 == done.returncode, done.stdout + done.stderr
