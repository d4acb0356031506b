"""The commands and their options, and how each of them ends."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from sequence_customers_client import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    SequenceClient,
    SequenceError,
    __version__,
)

from . import credentials, doctor, lookup
from .files import flat, printable

EXIT_CODES = """Exit codes:

- `0` all is well
- `1` something failed: the call, some of the aliases, a check
- `2` wrong usage or configuration
- `3` the server refused the credentials
- `4` no customer has the alias (get)
- `130` interrupted; lookup goes on when it is called again
- `141` whoever read the output hung up
"""

CREDENTIALS = """Credentials come from SEQUENCE_CLIENT_ID and SEQUENCE_CLIENT_SECRET, or from a keyring, or they are
asked for at a terminal. `keyring set sequence-customers:PRODUCTION client_id` puts the one into a keyring, the same
with `client_secret` the other; SANDBOX, DEV or the base URL may stand in the place of PRODUCTION."""

_A_DAY = 86_400.0

app = typer.Typer(
    name="sequence-customers",
    help=f"Look up the customers of Sequence by your own ids for them.\n\n{CREDENTIALS}",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # it prints local variables
)

EnvironmentOption = Annotated[
    str | None,
    typer.Option("--environment", "-e", help="PRODUCTION, SANDBOX or DEV; else SEQUENCE_ENVIRONMENT, else PRODUCTION."),
]
BaseUrlOption = Annotated[
    str | None, typer.Option(help="A server instead of an environment; else SEQUENCE_BASE_URL.", metavar="URL")
]


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `_endings`: a console by itself ends the process with 1."""
        raise BrokenPipeError


@contextmanager
def _endings() -> Iterator[None]:
    """End as EXIT_CODES says, with a line on standard error and no traceback."""
    try:
        yield
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):  # a prompt makes the one of the other
        _end(130, "Interrupted.")
    except BrokenPipeError:
        # What is left in the buffer has nowhere to go, which the interpreter would complain about.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(141) from None
    except ConfigurationError as error:
        _end(2, str(error))
    except (AuthenticationError, PermissionDeniedError) as error:
        _end(3, str(error))
    except NotFoundError as error:
        _end(2 if lookup.is_page(error) else 4, str(error))
    except (SequenceError, OSError) as error:
        _end(1, str(error))


def _end(code: int, message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(code) from None


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog=EXIT_CODES)
@_endings()
def get(
    alias: Annotated[str, typer.Argument(help="Your own id for the customer.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Show one customer: a table for people, or JSON for programs."""
    with SequenceClient(**credentials.client_options(environment, base_url)) as sequence:
        customer = sequence.customers.get_by_alias(alias).to_dict()
    if as_json:
        typer.echo(json.dumps(customer))
        return
    table = Table(Column("field", overflow="fold"), Column("value", overflow="fold"), box=None)
    for name, value in flat(customer).items():
        table.add_row(printable(name), printable(value))
    _Console(markup=False, highlight=False).print(table)


@app.command("lookup", epilog=EXIT_CODES)
@_endings()
def look_up(  # noqa: PLR0917 - options, which typer takes as they come
    file: Annotated[
        Path,
        typer.Argument(
            help="Aliases: one a line; or *.jsonl, objects with a key `alias`; or *.csv with a column `alias`. "
            "`-` is standard input, one a line.",
            allow_dash=True,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Where customers go: *.jsonl, *.csv or *.parquet. Standard output, as JSON lines, when left out.",
        ),
    ] = None,
    failures: Annotated[
        Path | None,
        typer.Option(
            help="Where aliases that failed go, with the reason, as JSON lines that can be looked up again. "
            "OUTPUT.failures.jsonl when left out."
        ),
    ] = None,
    rate_limit: Annotated[
        str | None, typer.Option(help='As "1500/minute"; needs the extra `ratelimit`.', metavar="LIMIT")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Calls under way at a time.")] = 50,
    environment: EnvironmentOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Look up many aliases; each has one line, in the output or among the failures.

    With --output, the same command goes on where it was stopped or killed: what is in the files already is not asked
    for again. CSV and Parquet are made at the end, of OUTPUT.jsonl beside them, which is kept for that.
    """
    options: dict[str, Any] = credentials.client_options(environment, base_url)
    if rate_limit is not None:
        # A call's wait for its turn counts toward its deadline: a crowd under a low limit must not fail for that.
        options |= {"rate_limit": rate_limit, "deadline": _A_DAY}
    if lookup.run(file, output, failures, concurrency, options):
        raise typer.Exit(1)


@app.command("doctor", epilog=EXIT_CODES)
@_endings()
def diagnose(environment: EnvironmentOption = None, base_url: BaseUrlOption = None) -> None:
    """Check everything that a call needs, and say what is wrong and what to do.

    Versions, environment, credentials, proxy, DNS, TLS and the clock; at last one call. Secrets are sent to Sequence
    alone, as with every call, and never shown.
    """
    console = _Console(markup=False, highlight=False, soft_wrap=True)
    healthy = True
    for finding in doctor.examine(environment, base_url):
        console.print(f"{finding.mark:4}", style=finding.style, end=" ")
        console.print(f"{finding.what}: {printable(finding.found)}")
        if finding.advice:
            console.print(f"     {finding.advice}")
        healthy &= finding.mark != "FAIL"
    if not healthy:
        raise typer.Exit(1)


@app.command(epilog=EXIT_CODES)
@_endings()
def serve_fake(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    alias: Annotated[list[str] | None, typer.Option(help="An alias that has a customer; may be repeated.")] = None,
) -> None:
    """Serve a Sequence of its own on this machine, for trying things out, until interrupted."""
    from sequence_customers_client.testing import Reply, SequenceServer, example_customer  # noqa: PLC0415 - for this command alone

    replies = {name: Reply(body=example_customer()) for name in alias or ["acme"]}
    with SequenceServer(replies, port=port) as server:
        typer.echo(f"export SEQUENCE_BASE_URL={server.base_url} SEQUENCE_CLIENT_ID=id SEQUENCE_CLIENT_SECRET=secret")
        sys.stdout.flush()
        threading.Event().wait()
