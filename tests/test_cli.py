"""The command line against the fake: in this process, and, killed, interrupted and piped, in processes of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_customers_client import __version__
from sequence_customers_client._cli import doctor, main
from sequence_customers_client._cli.files import Journal, flat, printable, read_aliases
from sequence_customers_client.testing import Reply, SequenceServer, example_customer

from .processes import LEAN

MAIN = "from sequence_customers_client._cli import main; main()"
RUN = [sys.executable, "-c", LEAN + MAIN]
LONG = 120
ALIASES = [f"customer-{number}" for number in range(1500)]


@pytest.fixture(scope="module")
def server() -> Iterator[SequenceServer]:
    replies = {alias: Reply(body=example_customer(label=alias)) for alias in ["acme", "b", "c", *ALIASES]}
    # Every hundredth is unknown, some are slow.
    for number in range(0, len(ALIASES), 100):
        del replies[ALIASES[number]]
    replies["slow"] = Reply(body=example_customer(), delay=60)
    replies["pole"] = Reply(body=example_customer(label="Łódź"))
    replies["bell"] = Reply(body=example_customer(label="\x1b]0;owned\x07") | {"\x1bname": "x"})
    replies["half"] = Reply(body=example_customer(label="\ud83d") | {"alias": "other", "\ud83d": "x"})
    replies["long"] = Reply(body=example_customer(label="~" * 500))
    with SequenceServer(replies) as server:
        yield server


@pytest.fixture(scope="module")
def web_page() -> Iterator[str]:
    """Where a web server is that knows nothing of Sequence."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()


class Shell:
    """Where commands run: a folder, and an environment with nothing of this machine's."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.encoding = "utf-8"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "COLUMNS": "200",
            "PYTHONPATH": str(Path(__file__).parent.parent),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "SEQUENCE_BASE_URL": base_url,
            "SEQUENCE_CLIENT_ID": "id",
            "SEQUENCE_CLIENT_SECRET": "secret",
        }

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(  # noqa: S603
            [*RUN, *arguments], cwd=self.folder, env=self.environment, text=True, **(streams | options)
        )

    def spawn(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        """Run a command in a process of its own, as a shell does."""
        process = self.start(*arguments, stdin=subprocess.PIPE)
        out, err = process.communicate(stdin, timeout=LONG)
        assert "Traceback" not in err
        return process.returncode, out, err

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command in this process: starting another takes longer than anything that a command does."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding=self.encoding, write_through=True) for _ in range(2))
        with pytest.MonkeyPatch.context() as patch, chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            patch.setattr(os, "environ", self.environment.copy())
            patch.setattr(sys, "argv", ["sequence-customers", *arguments])
            patch.setattr(sys, "stdin", io.StringIO())
            with pytest.raises(SystemExit) as ended:
                main()
        out.seek(0)
        err.seek(0)
        return int(ended.value.code or 0), out.read(), err.read()

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def records(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / name).read_text(encoding="utf-8").splitlines()]

    def aliases(self, name: str) -> list[str]:
        return [record["alias"] for record in self.records(name)]


@pytest.fixture
def shell(tmp_path: Path, server: SequenceServer) -> Shell:
    return Shell(tmp_path, server.base_url)


# --- get


def test_get_shows_a_table(shell: Shell) -> None:
    """A person reads a field a line."""
    code, out, _ = shell.run("get", "acme")

    assert 0 == code
    assert ["label", "acme"] in [line.split() for line in out.splitlines()]
    assert ["address.town", "New", "York"] in [line.split() for line in out.splitlines()]


def test_get_speaks_json(shell: Shell) -> None:
    """A program reads what the API said."""
    code, out, err = shell.run("get", "acme", "--json")

    assert (0, example_customer(label="acme"), "") == (code, json.loads(out), err)


def test_get_lets_nobody_command_the_terminal(shell: Shell) -> None:
    """Control characters of a customer's fields are not printed."""
    assert "\x1b" not in shell.run("get", "bell")[1]


def test_get_cuts_nothing_off(shell: Shell) -> None:
    """What is wider than the terminal goes on in the next line."""
    assert 500 == shell.run("get", "long")[1].count("~")


@pytest.mark.parametrize(("encoding", "label"), [("ascii", "??d?"), ("cp1252", "?ód?"), ("utf-8", "Łódź")])
def test_a_terminal_of_any_encoding_will_do(shell: Shell, encoding: str, label: str) -> None:
    """What a terminal cannot show is a question mark there; programs are told it all."""
    shell.encoding = encoding
    outputs = []
    for arguments in (["get", "pole"], ["get", "pole", "--json"], ["lookup", "--help"]):
        code, out, _ = shell.run(*arguments)
        outputs.append(out)
        assert 0 == code

    assert ["label", label] in [line.split() for line in outputs[0].splitlines()]
    assert "Łódź" == json.loads(outputs[1])["label"]


@pytest.mark.parametrize(
    ("changes", "arguments", "code", "said"),
    [
        ({}, ["get", "nobody"], 4, "No customer has this alias"),
        ({}, ["get", ""], 2, "must not be empty"),
        ({}, ["get"], 2, "Missing argument"),
        ({}, ["get", "acme", "--environment", "moon"], 2, "moon"),
        ({"SEQUENCE_CLIENT_SECRET": "hunter2"}, ["get", "acme"], 3, "401"),
        ({"SEQUENCE_CLIENT_SECRET": ""}, ["get", "acme"], 2, "SEQUENCE_CLIENT_SECRET"),
        ({"SEQUENCE_CLIENT_ID": "", "SEQUENCE_CLIENT_SECRET": ""}, ["get", "acme"], 2, "SEQUENCE_CLIENT_ID"),
        ({"SEQUENCE_BASE_URL": "http://127.0.0.1:1"}, ["get", "acme"], 1, "refused"),
    ],
)
def test_each_ending_has_its_exit_code(
    shell: Shell, changes: dict[str, str], arguments: list[str], code: int, said: str
) -> None:
    """What went wrong is said on standard error in words, and in the exit code."""
    shell.environment |= changes
    ended, out, err = shell.run(*arguments)

    assert (code, "") == (ended, out)
    assert said.lower() in err.lower()
    assert "hunter2" not in err


def test_version_and_help(shell: Shell) -> None:
    """The version is that of the package; help says what the exit codes mean."""
    assert (0, f"{__version__}\n", "") == shell.spawn("--version")
    for command in ("get", "lookup", "doctor", "serve-fake"):
        code, out, _ = shell.run(command, "--help")
        assert 0 == code
        assert "130 interrupted" in out


def test_without_the_extra_the_command_says_what_to_install(shell: Shell) -> None:
    """Where typer is not installed, there is a sentence and no traceback."""
    program = "import sys; sys.modules['typer'] = None; " + MAIN
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], env=shell.environment, capture_output=True, text=True, check=False
    )

    assert 1 == done.returncode
    assert 'pip install "sequence-customers-client[cli]"' in done.stderr
    assert "Traceback" not in done.stderr


# --- Credentials

KEYRING = """
from keyring.backend import KeyringBackend

class Keyring(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return KNOWN.get((service, username))

    def set_password(self, service, username, password):
        raise NotImplementedError
"""


def test_credentials_may_be_in_a_keyring(shell: Shell, server: SequenceServer) -> None:
    """Without variables, a keyring is asked under the name of the server."""
    service = f"sequence-customers:{server.base_url}"
    known = {(service, "client_id"): "id", (service, "client_secret"): "secret"}
    shell.write("ring.py", f"{KEYRING}\nKNOWN = {known!r}\n")
    del shell.environment["SEQUENCE_CLIENT_ID"], shell.environment["SEQUENCE_CLIENT_SECRET"]
    shell.environment["PYTHON_KEYRING_BACKEND"] = "ring.Keyring"
    shell.environment["PYTHONPATH"] += os.pathsep + str(shell.folder)

    assert 0 == shell.spawn("get", "acme")[0]


def read_all(terminal: int) -> str:
    shown = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux says so when the other side has closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(terminal)
    return shown.decode()


def start_without_credentials(shell: Shell) -> tuple[subprocess.Popen[str], int]:
    """A look-up that has to ask for them, and our end of its terminal."""
    del shell.environment["SEQUENCE_CLIENT_ID"], shell.environment["SEQUENCE_CLIENT_SECRET"]
    ours, theirs = pty.openpty()
    process = shell.start("get", "acme", stdin=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    return process, ours


def wait_until_it_reads(process: subprocess.Popen[str]) -> None:
    """A prompt is shown a moment before its answer is waited for."""
    ends = time.monotonic() + LONG
    with suppress(OSError):  # Linux tells, where it may
        while Path(f"/proc/{process.pid}/syscall").read_text().split()[0] not in {"0", "63"}:
            assert time.monotonic() < ends
            time.sleep(0.01)
        return
    time.sleep(1)


def test_credentials_may_be_typed_in(shell: Shell) -> None:
    """At a terminal both are asked for, and the secret is not shown."""
    process, ours = start_without_credentials(shell)
    shown = b""
    for asked, typed in ((b"client_id", b"id\n"), (b"client_secret", b"secret\n")):
        while asked not in shown:
            shown += os.read(ours, 4096)
        wait_until_it_reads(process)  # what is typed before its echo is turned off is thrown away
        os.write(ours, typed)
    out = process.communicate(timeout=LONG)[0]

    assert 0 == process.returncode
    assert "legalName" in out
    assert "secret" not in (shown.decode() + read_all(ours)).replace("client_secret", "")


def test_ctrl_c_ends_a_prompt(shell: Shell) -> None:
    """An interruption is one wherever it comes."""
    process, ours = start_without_credentials(shell)
    shown = b""
    while b"client_id" not in shown:
        shown += os.read(ours, 4096)
    wait_until_it_reads(process)  # a signal a moment before it is heard by Python when something has been typed
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LONG)

    assert 130 == process.returncode
    assert "Interrupted." in read_all(ours)


# --- lookup


def test_each_alias_is_in_one_file_once(shell: Shell) -> None:
    """Found ones in the output, failed ones in a file of their own, repeated ones once."""
    shell.write("a.txt", "acme\nb\n\nnobody\nacme\n")
    code, out, err = shell.run("lookup", "a.txt", "-o", "out.jsonl")

    assert (1, "") == (code, out)
    assert "2 found, 1 failed: out.jsonl.failures.jsonl" in err
    assert ["acme", "b"] == sorted(shell.aliases("out.jsonl"))
    assert example_customer(label="b") in [record["customer"] for record in shell.records("out.jsonl")]
    (failure,) = shell.records("out.jsonl.failures.jsonl")
    assert ("nobody", "NotFoundError", 404) == (failure["alias"], failure["error"], failure["status"])


def test_failures_can_be_looked_up_again(shell: Shell, server: SequenceServer) -> None:
    """The file of failures is a file of aliases, and the output goes on."""
    shell.write("a.txt", "acme\nlate\n")
    assert 1 == shell.run("lookup", "a.txt", "-o", "out.jsonl", "--failures", "failed.jsonl")[0]
    server.replies["late"] = Reply(body=example_customer())

    assert 0 == shell.run("lookup", "failed.jsonl", "-o", "out.jsonl", "--failures", "again.jsonl")[0]
    assert ["acme", "late"] == shell.aliases("out.jsonl")
    assert not (shell.folder / "again.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'name,alias\nx,acme\ny,"b"\n'),
        ("a.jsonl", '{"alias": "acme"}\n\n{"alias": "b"}\n'),
        ("A.CSV", "alias\nacme\nb\n"),
        ("A.JSONL", '{"alias": "acme"}\n{"alias": "b"}\n'),
    ],
)
def test_aliases_may_be_in_a_table(shell: Shell, name: str, text: str) -> None:
    """CSV by its column, JSON lines by their key."""
    shell.write(name, text)

    assert 0 == shell.run("lookup", name, "-o", "out.jsonl")[0]
    assert ["acme", "b"] == sorted(shell.aliases("out.jsonl"))


def read_table(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".parquet":
        return list(pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist())
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_customers_may_go_into_a_table(shell: Shell, suffix: str) -> None:
    """A row for each, a column for each field; called again it is made again, with what is new."""
    name = f"out{suffix}"
    for aliases in ("acme\nb\n", "acme\nb\nc\n"):
        shell.write("a.txt", aliases)
        assert 0 == shell.run("lookup", "a.txt", "-o", name)[0]
        rows = read_table(shell.folder / name)

        assert sorted(aliases.split()) == sorted(row["alias"] for row in rows)
        assert all((row["label"], row["address.town"]) == (row["alias"], "New York") for row in rows)


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".parquet"])
def test_a_table_takes_what_json_can_hold(shell: Shell, suffix: str) -> None:
    """Half a character is a question mark, and the alias is the one that was asked for."""
    name = f"out{suffix}"
    shell.write("a.txt", "half\n")

    assert 0 == shell.run("lookup", "a.txt", "-o", name)[0]
    (row,) = read_table(shell.folder / name)
    assert ("half", "?", "x") == (row["alias"], row["label"], row["?"])


def test_a_table_of_nothing_has_its_header(shell: Shell) -> None:
    """Where nobody was found, there is a table all the same."""
    shell.write("a.txt", "nobody\n")

    assert 1 == shell.run("lookup", "a.txt", "-o", "out.csv")[0]
    assert "alias\n" == (shell.folder / "out.csv").read_text().replace("\r", "")


def test_a_file_that_can_be_read_once_will_do(shell: Shell) -> None:
    """A pipe that has a name is not read to be counted."""
    code, out, _ = shell.spawn("lookup", "/dev/stdin", stdin="acme\n")

    assert (0, "acme") == (code, json.loads(out)["alias"])


def test_input_that_cannot_be_read_ends_it(shell: Shell) -> None:
    """Nobody waits for a line that will never come."""
    with Path(os.devnull).open("w") as unreadable:
        process = shell.start("lookup", "-", stdin=unreadable)
        err = process.communicate(timeout=LONG)[1]

    assert (2, True) == (process.returncode, "- cannot be read" in err)


def test_lines_go_through_a_pipe(shell: Shell) -> None:
    """Aliases from standard input, customers to standard output while the next is waited for, failures to a file."""
    process = shell.start("lookup", "-", "--failures", "f.jsonl", stdin=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    for alias in ("acme", "b"):
        process.stdin.write(f"{alias}\n")
        process.stdin.flush()

        assert alias == json.loads(process.stdout.readline())["alias"]
    out, err = process.communicate("nobody\n", timeout=LONG)

    assert (1, "", ["nobody"]) == (process.returncode, out, shell.aliases("f.jsonl"))
    assert "2 found, 1 failed" in err


def test_head_ends_it_quietly(shell: Shell) -> None:
    """When whoever reads has enough, there is no complaint."""
    shell.write("a.txt", "\n".join(ALIASES))
    process = shell.start("lookup", "a.txt")
    assert process.stdout
    assert process.stderr
    with process:
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()

    assert (141, "") == (process.returncode, err)


@pytest.mark.parametrize("arguments", [["get", "acme"], ["doctor"]])
def test_a_table_that_nobody_reads_ends_as_lines_do(shell: Shell, arguments: list[str]) -> None:
    """Whoever hangs up before the first line is told from a failure."""
    reader, writer = os.pipe()
    os.close(reader)
    process = shell.start(*arguments, stdout=writer)
    os.close(writer)
    err = process.communicate(timeout=LONG)[1]

    assert (141, "") == (process.returncode, err)


def test_ctrl_c_ends_it_and_the_same_command_goes_on(shell: Shell) -> None:
    """An interruption says so in a word, and what was done is kept."""
    shell.write("a.txt", "acme\nslow\n")
    process = shell.start("lookup", "a.txt", "-o", "out.jsonl")
    wait_for_lines(shell.folder / "out.jsonl", 1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LONG)

    assert (130, "", "Interrupted.\n") == (process.returncode, out, err)
    assert ["acme"] == shell.aliases("out.jsonl")


def test_two_runs_do_not_write_one_file(shell: Shell) -> None:
    """The second says so, and leaves the file to the first."""
    shell.write("a.txt", "acme\nslow\n")
    first = shell.start("lookup", "a.txt", "-o", "out.jsonl")
    wait_for_lines(shell.folder / "out.jsonl", 1)
    code, _, err = shell.run("lookup", "a.txt", "-o", "out.jsonl")
    first.kill()
    first.communicate()

    assert 2 == code
    assert "another run" in err
    assert ["acme"] == shell.aliases("out.jsonl")


def count_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_lines(path: Path, lines: int) -> None:
    for _ in range(LONG * 100):
        if count_lines(path) >= lines:
            return
        time.sleep(0.01)
    raise AssertionError(f"{path.name} has not {lines} lines")


def test_killed_at_random_it_loses_and_doubles_nothing(shell: Shell) -> None:
    """Killed five times on its way, the same command ends with each alias once."""
    chance = random.Random(18)  # noqa: S311
    shell.write("a.txt", "\n".join(ALIASES))
    command = ["lookup", "a.txt", "-o", "out.jsonl", "--concurrency", "20"]
    output = shell.folder / "out.jsonl"
    for _ in range(5):
        process = shell.start(*command)
        wait_for_lines(output, count_lines(output) + chance.randint(1, 200))
        process.kill()
        process.communicate()
    code, _, err = shell.run(*command)
    unknown = ALIASES[::100]

    assert (1, Counter(unknown)) == (code, Counter(shell.aliases("out.jsonl.failures.jsonl")))
    assert Counter(ALIASES) == Counter(shell.aliases("out.jsonl") + unknown)
    assert f"{len(ALIASES) - len(unknown):,} found, {len(unknown)} failed" in err
    assert all(record["customer"]["label"] == record["alias"] for record in shell.records("out.jsonl"))


def test_a_rate_limit_is_kept(shell: Shell) -> None:
    """Thirty aliases at twenty a second take more than one."""
    shell.write("a.txt", "\n".join(ALIASES[1:31]))
    started = time.monotonic()

    assert 0 == shell.run("lookup", "a.txt", "-o", "out.jsonl", "--rate-limit", "20/second")[0]
    assert time.monotonic() - started > 1
    assert 30 == len(shell.aliases("out.jsonl"))
    assert 2 == shell.run("lookup", "a.txt", "-o", "new.jsonl", "--rate-limit", "many")[0]


def test_refused_credentials_are_no_failure_of_an_alias(shell: Shell) -> None:
    """With the right ones the same command looks everything up."""
    shell.write("a.txt", "acme\nb\n")
    shell.environment["SEQUENCE_CLIENT_SECRET"] = "wrong"
    assert 3 == shell.run("lookup", "a.txt", "-o", "out.jsonl")[0]
    shell.environment["SEQUENCE_CLIENT_SECRET"] = "secret"

    assert 0 == shell.run("lookup", "a.txt", "-o", "out.jsonl")[0]
    assert ["acme", "b"] == sorted(shell.aliases("out.jsonl"))


def test_a_web_page_is_no_failure_of_an_alias(shell: Shell, web_page: str) -> None:
    """With the right base URL the same command looks everything up."""
    shell.write("a.txt", "acme\nb\n")
    right = shell.environment["SEQUENCE_BASE_URL"]
    shell.environment["SEQUENCE_BASE_URL"] = web_page
    code, _, err = shell.run("lookup", "a.txt", "-o", "out.jsonl")
    shell.environment["SEQUENCE_BASE_URL"] = right

    assert (2, True) == (code, "404" in err)
    assert 0 == shell.run("lookup", "a.txt", "-o", "out.jsonl")[0]
    assert ["acme", "b"] == sorted(shell.aliases("out.jsonl"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.txt", "-o", "out.jsonl"], "cannot be read"),
        (["a.txt", "-o", "out.xlsx"], "use .jsonl, .csv or .parquet"),
        (["a.txt", "-o", "a.txt"], "use .jsonl"),
        (["a.jsonl", "-o", "a.jsonl"], "files of their own"),
        (["a.jsonl", "-o", "out.jsonl", "--failures", "./a.jsonl"], "files of their own"),
        (["a.jsonl", "-o", "link.jsonl"], "files of their own"),
        (["a.jsonl", "-o", "folder/../a.jsonl"], "files of their own"),
        (["a.csv", "-o", "a.csv"], "files of their own"),
        (["a.txt", "-o", "out.jsonl", "--failures", "out.jsonl"], "files of their own"),
        (["a.txt", "-o", "nowhere/out.jsonl"], "nowhere/out.jsonl cannot be written"),
        (["a.txt", "-o", "folder.csv"], "folder.csv cannot be written"),
        (["a.txt", "-o", "out.jsonl", "--failures", "nowhere/f.jsonl"], "nowhere/f.jsonl cannot be written"),
        (["bad.jsonl", "-o", "out.jsonl"], "line 2 of bad.jsonl"),
        (["bad.csv", "-o", "out.jsonl"], "no column named alias"),
        (["short.csv", "-o", "out.jsonl"], "line 3 of short.csv has no alias"),
        (["long.csv", "-o", "out.jsonl"], "line 2 of long.csv cannot be read: field larger than field limit"),
        (["wide.txt", "-o", "out.jsonl"], "wide.txt is no text in UTF-8"),
        (["a.txt", "-o", "other.jsonl"], "line 1 of other.jsonl"),
        (["a.txt", "-o", "a.jsonl"], "line 1 of a.jsonl is no JSON object with an alias and a customer"),
        (["a.txt", "--concurrency", "0"], "concurrency"),
    ],
)
def test_what_cannot_be_used_is_refused(shell: Shell, arguments: list[str], said: str) -> None:
    """A mistake is said before anything is sent, and changes no file."""
    files = {
        "a.txt": "acme\n",
        "a.jsonl": '{"alias": "acme"}\n',
        "a.csv": "alias\nacme\n",
        "bad.jsonl": '{"alias": "acme"}\n[]\n',
        "bad.csv": "name\nacme\n",
        "short.csv": "name,alias\nAcme,acme\nAcme\n",
        "long.csv": f"alias\n{'x' * 200_000}\n",
        "wide.txt": "acme\n".encode("utf-16-le").decode(),
        "other.jsonl": '{"something": "else"}\n',
    }
    for name, text in files.items():
        shell.write(name, text)
    for name in ("folder", "folder.csv"):
        (shell.folder / name).mkdir()
    (shell.folder / "link.jsonl").symlink_to("a.jsonl")
    code, _, err = shell.run("lookup", *arguments)

    assert 2 == code
    assert said in err
    left = {path.name: path.read_text() for path in shell.folder.iterdir() if path.is_file()}
    assert files | {"link.jsonl": files["a.jsonl"]} == left


def test_a_terminal_has_a_bar(shell: Shell) -> None:
    """With the rate and the time left, on standard error."""
    shell.write("a.txt", "\n".join(ALIASES[:300]))
    shell.environment["TERM"] = "xterm"
    ours, theirs = pty.openpty()
    process = shell.start("lookup", "a.txt", "-o", "out.jsonl", stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = read_all(ours)

    assert 1 == process.wait(LONG)
    assert "300/300" in shown
    assert "a second" in shown
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in shown


# --- Files


def test_an_end_of_line_within_a_field_stays_as_it_is(tmp_path: Path) -> None:
    """A quoted field of CSV is what it is, to the letter."""
    path = tmp_path / "a.csv"
    path.write_bytes(b'alias\r\n"a\r\nb"\r\nc\r\n')

    assert ["a\r\nb", "c"] == list(read_aliases(path))


@given(aliases=st.lists(st.text(st.characters(codec=None)), max_size=6), cut=st.integers(0, 400))
def test_a_journal_keeps_whole_lines(tmp_path_factory: pytest.TempPathFactory, aliases: list[str], cut: int) -> None:
    """Cut off anywhere, it has the aliases before, and goes on after them."""
    path = tmp_path_factory.mktemp("journal") / "journal"
    journal = Journal(path)
    for alias in aliases:
        journal.write({"alias": alias, "customer": {}})
    journal.close()
    content = path.read_bytes() if aliases else b""
    path.write_bytes(content[:cut])
    whole = content[:cut].count(b"\n")

    journal = Journal(path)
    assert aliases[:whole] == list(journal.recover())
    journal.write({"alias": "next"})
    journal.close()
    assert [*aliases[:whole], "next"] == list(Journal(path).recover())


def test_what_is_nested_is_one_row() -> None:
    """Objects by dotted names, lists as JSON, null not at all."""
    value = {"a": "x", "b": {"c": 1, "d": {"e": True}}, "f": [1], "g": None}

    assert {"a": "x", "b.c": "1", "b.d.e": "true", "f": "[1]"} == flat(value)
    assert "a\N{REPLACEMENT CHARACTER}b" == printable("a\x1bb")


# --- doctor


def lines(out: str) -> dict[str, str]:
    """What doctor said of each piece, without its advice."""
    return {
        what: f"{mark} {found}"
        for line in out.splitlines()
        if not line.startswith("     ")
        for mark, (what, _, found) in [(line[:4].strip(), line[5:].partition(": "))]
    }


def test_doctor_finds_nothing_wrong(shell: Shell) -> None:
    """Where all is well, every line says so, and the exit code."""
    code, out, _ = shell.run("doctor")

    assert 0 == code
    # Not every server says what time it is, which is no fault of the machine.
    assert {"ok"} == {said[:2] for what, said in lines(out).items() if what != "clock"}
    assert {"versions", "variables", "environment", "credentials", "proxy", "DNS", "TLS", "clock", "call"} == {
        *lines(out)
    }


ELSEWHERE = {"SEQUENCE_BASE_URL": "https://sequence.invalid"}
"""Not on this machine, where no proxy is used."""


@pytest.mark.parametrize(
    ("changes", "piece", "found"),
    [
        ({"SEQUENCE_CLIENT_SECRET": "hunter2"}, "call", "401"),
        ({"SEQUENCE_CLIENT_SECRET": " hunter2"}, "credentials", "white space"),
        ({"SEQUENCE_ENVIRONMENT": "DEV"}, "environment", "both given"),
        ({"SEQUENCE_BASE_URL": "http://127.0.0.1:1"}, "connection", "refused"),
        ({**ELSEWHERE, "HTTPS_PROXY": "http://user:hunter2@127.0.0.1:1"}, "connection", "refused"),
        ({**ELSEWHERE, "ALL_PROXY": "http://user:hunter2@127.0.0.1:1"}, "connection", "refused"),
        ({**ELSEWHERE, "HTTPS_PROXY": "http://hunter2:port"}, "proxy", "no proxy URL"),
        ({**ELSEWHERE, "SSL_CERT_FILE": "missing.pem"}, "TLS", "missing.pem"),
    ],
)
def test_doctor_names_what_is_wrong(shell: Shell, changes: dict[str, str], piece: str, found: str) -> None:
    """The piece that fails, with what to do, and without a secret."""
    shell.environment |= changes
    code, out, err = shell.run("doctor")

    assert 1 == code
    assert lines(out)[piece].startswith("FAIL")
    assert found.lower() in lines(out)[piece].lower()
    assert "\n     " in out
    assert "hunter2" not in out + err


def test_doctor_knows_a_web_page(shell: Shell, web_page: str) -> None:
    """That a server does not know the address says nothing of the credentials."""
    shell.environment["SEQUENCE_BASE_URL"] = web_page
    code, out, _ = shell.run("doctor")

    assert (1, "FAIL") == (code, lines(out)["call"][:4])


def test_doctor_warns_of_a_variable_that_nothing_reads(shell: Shell) -> None:
    """A name that is spelled wrong is the commonest fault of all."""
    shell.environment["SEQUENCE_CLIENT_SECERT"] = "hunter2"
    code, out, _ = shell.run("doctor")

    assert 0 == code
    assert "SEQUENCE_CLIENT_SECERT" in lines(out)["variables"]
    assert "hunter2" not in out


def test_doctor_knows_bad_tls(shell: Shell, server: SequenceServer) -> None:
    """What does not speak TLS, or has no certificate that is trusted, is told apart from what does not answer."""
    shell.environment["SEQUENCE_BASE_URL"] = server.base_url.replace("http", "https")
    code, out, _ = shell.run("doctor")

    assert 1 == code
    assert lines(out)["TLS"].startswith("FAIL")


def test_doctor_sends_secrets_to_the_api_alone(shell: Shell) -> None:
    """One request has credentials: the call itself. Those of a netrc file stay where they are."""
    requests: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append((self.path, self.headers.get("Authorization")))
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
            pass

    netrc = shell.folder / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hunter2\n")
    netrc.chmod(0o600)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        shell.environment["SEQUENCE_BASE_URL"] = f"http://127.0.0.1:{listening.server_address[1]}/api"
        shell.run("doctor")
        listening.shutdown()

    assert [("/api", None), ("/api/customers/by-alias/sequence-customers-doctor", "Basic aWQ6c2VjcmV0")] == requests


@pytest.mark.parametrize(("seconds", "mark"), [(0, "ok"), (30, "ok"), (600, "FAIL"), (-600, "FAIL")])
def test_doctor_compares_clocks(seconds: int, mark: str) -> None:
    """Ten minutes off is too much, in either direction."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)

    assert mark == doctor._clock(date).mark
    assert "warn" == doctor._clock("yesterday").mark


# --- serve-fake


def test_the_fake_serves_until_interrupted(shell: Shell) -> None:
    """It says what to set, answers, and ends as a command does."""
    fake = shell.start("serve-fake", "--alias", "mine")
    assert fake.stdout
    settings = dict(part.split("=", 1) for part in fake.stdout.readline().split()[1:])
    shell.environment |= settings

    assert [0, 4] == [shell.run("get", alias)[0] for alias in ("mine", "acme")]

    fake.send_signal(signal.SIGINT)
    assert ("", "Interrupted.\n") == fake.communicate(timeout=LONG)
    assert 130 == fake.returncode
