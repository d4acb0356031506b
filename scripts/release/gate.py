"""The gate: whether a checkout may be the version that it says, and, if so, its way to a private index.

The rule is Semantic Versioning, before 1.0.0 as well: what breaks calls for a new major version, what is new for a
minor one. A user's `>=0.1,<1` then means what it says. `make check-api` compares with the last record, and
`make release-record` (--record) writes one. `make publish` (--publish) sends what it has built and tried into dist/: uv
uploads, and leaves out what the index has already, so that a run that was cut short is finished by another one from the
same commit. Credentials travel in the environment.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import keyring
from keyring.errors import KeyringError
from packaging.version import Version

from .snapshot import PACKAGE, ROOT, Change, Json, Level, compare, level, snapshot

NAME: Final = "sequence-customers-client"

_SECTION: Final = r"(?m)^## \[?(\d+\.\d+\.\d+)\]?(?:\(\S*\))?(?: - (.*))?$((?s:.*?))(?=^## |\Z)"
_RULE: Final = {
    Level.MAJOR: "what breaks calls for a new major version",
    Level.MINOR: "what is new calls for a new minor version",
    Level.PATCH: "a version follows the one before it",
}
_ADDRESS: Final = re.compile(r"(https?)://([^/@]*@)?(\[[\da-f:]+\]|[^/:?#@]+?)\.?(:\d+)?(/[^?#]*)?")
_call = partial(subprocess.run, capture_output=True, text=True, check=False)


class RefusalError(SystemExit):
    """Something is in the way of a release; the message is one line, and holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.code = f"refused: {why}"


def refuse_if(problem: object, why: str) -> None:
    """Refuse a release with a problem."""
    if problem:
        raise RefusalError(why)


def read_version(root: Path) -> Version:
    """What pyproject.toml says; the package itself must say the same."""
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    is_plain = re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version)
    refuse_if(not is_plain, f"pyproject.toml: version {version!r} is not of the form X.Y.Z")
    same = f'\n__version__ = "{version}"\n' in (root / PACKAGE / "_version.py").read_text(encoding="utf-8")
    refuse_if(not same, f"{PACKAGE}/_version.py does not say {version}, as pyproject.toml does: set both")
    return Version(version)


def read_changelog(root: Path) -> dict[Version, tuple[str, str]]:
    """Date and text of the sections of CHANGELOG.md that name a version."""
    sections = re.findall(_SECTION, (root / "CHANGELOG.md").read_text(encoding="utf-8"))
    return {Version(version): (date.strip(), text) for version, date, text in sections}


def read_record(root: Path, version: Version | None = None) -> tuple[Version, Json] | None:
    """The last release on record, or the last up to a version, and its public API."""
    paths = {Version(path.stem.removeprefix("api-")): path for path in root.glob("scripts/release/api-*.json")}
    last = max((each for each in paths if version is None or each <= version), default=None)
    return None if last is None else (last, json.loads(paths[last].read_text(encoding="utf-8")))


def write_record(root: Path) -> Path:
    """Write down the public API of the checkout as that of its version."""
    path = root / "scripts" / "release" / f"api-{read_version(root)}.json"
    (found,) = snapshot(root)
    lines = (f"{json.dumps(each)}: {json.dumps(entry, ensure_ascii=False)}" for each, entry in found.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return path


def check(root: Path) -> str:
    """The changes since the last release, in lines; refused where version or changelog does not tell of them."""
    version = read_version(root)
    last, record = read_record(root) or (None, {})
    for told in read_changelog(root):
        missed = told < version and (last is None or told > last)
        refuse_if(missed, f"CHANGELOG.md tells of {told}, and the last release on record is {last or 'none'}")
    if last is None:
        return f"{NAME} {version}: no release is on record, so there is nothing that it could break"
    changes = compare(record, *snapshot(root))
    refuse_small_bump(last, changes, version)
    return f"{NAME} {version}: {len(changes)} changes of the API since {last}{_lines(changes)}"


def after(version: Version, size: Level) -> Version:
    """The lowest version that may follow, with a change of this size."""
    place = Level.MAJOR - size
    parts = [*version.release[:place], version.release[place] + 1, 0, 0]
    return Version(".".join(map(str, parts[:3])))


def next_version(root: Path, version: Version, size: Level, surface: Json) -> Version:
    """The lowest version that may ship a change of this size, with what else has changed since the last release."""
    last, record = read_record(root, version) or (version, surface)
    return max(after(last, max(size, level(compare(record, surface)))), version)


def refuse_small_bump(last: Version, changes: list[Change], version: Version) -> None:
    """Refuse a version that is lower than what the changes call for."""
    size = level(changes)
    is_low = version < (lowest := after(last, size)) and (changes or version < last)
    refuse_if(is_low, f"{version} is too low after {last}: {_RULE[size]}, {lowest} or higher{_lines(changes)}")


def _lines(changes: list[Change]) -> str:
    more = [f"and {len(changes) - 20} more"] if changes[20:] else []
    return "".join(f"\n  {line}" for line in [*changes[:20], *more])


def publish(root: Path, environment: Mapping[str, str]) -> None:
    """Check everything, say what will be done, and do it."""
    dry_run = environment.get("DRY_RUN", "") not in {"", "0"}
    simple, upload = read_address(environment)
    version, commit = read_version(root), read_commit(root)
    tag = environment.get("RELEASE_TAG") or f"v{version}"
    refuse_if(tag != f"v{version}", f"the tag {tag} is not v{version}, which pyproject.toml says")
    date = read_date(root, version)
    user, password = find_credentials(upload, environment)
    missing = not password and not dry_run
    refuse_if(missing, "no credentials: set UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, or use the keyring")
    print(f"{NAME} {version}, of {date}, from commit {commit}, to {upload}, which is read at {simple}", flush=True)

    given = {key: value for key, value in os.environ.items() if not key.startswith("UV_PUBLISH_")}
    given |= {"UV_PUBLISH_USERNAME": user, "UV_PUBLISH_PASSWORD": password}
    # Reading wants the credentials, too, and on a command line others would see them.
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if password else ""
    given |= {"UV_PUBLISH_URL": upload, "UV_PUBLISH_CHECK_URL": simple.replace("://", f"://{login}")}
    uv = (sys.executable, "-m", "uv", "publish", "--no-config", "--trusted-publishing", "never")
    # The wheel first: it is all that installing needs.
    files = [next((root / "dist").glob(f"*-{version}{tail}")) for tail in ("-*.whl", ".tar.gz")]
    for options in [["--dry-run"]] if dry_run else [["--dry-run"], []]:
        done = _call([*uv, *options, *files], cwd=root, env=given)
        said = done.stderr.replace(password or "\0", "…").partition(" Server says:")[0]
        what = "checking" if options else "uploading, and the same command finishes the job"
        refuse_if(done.returncode, f"{what}: {' '.join(said.split())}")
        has_all = options and said.count("already exists, skipping") == len(files)
        refuse_if(has_all, f"the index has {NAME} {version} already")
        print(said, end="")
    print("dry run: nothing was sent" if dry_run else f"published {NAME} {version}")


def read_commit(root: Path) -> str:
    """The commit that the tree is exactly, or a refusal."""
    status = _call(["git", "status", "--porcelain", "--untracked-files=all"], cwd=root)
    refuse_if(status.returncode, f"a release is made from a git commit: {status.stderr.strip()}")
    for line in status.stdout.splitlines():
        raise RefusalError(f"the tree is dirty: {line[3:]}; commit, or put it away, and try again")
    return _call(["git", "rev-parse", "--short=12", "HEAD"], cwd=root).stdout.strip()


def read_date(root: Path, version: Version) -> str:
    """When a version was made, as CHANGELOG.md says, which also has to say what changed; or a refusal."""
    sections = read_changelog(root)
    refuse_if(version not in sections, f"CHANGELOG.md has no section '## {version} - DATE': say what changed")
    date, text = sections[version]
    is_date = re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", date)
    refuse_if(not is_date, f"CHANGELOG.md: the section of {version} has no date: '## {version} - YYYY-MM-DD'")
    is_empty = not re.sub(r"(?m)^#.*$", "", text).strip()
    refuse_if(is_empty, f"CHANGELOG.md: the section of {version} is empty: say what changed")
    return date


def find_credentials(upload: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """User and password from the environment or the keyring; empty where there are none."""
    user = environment.get("UV_PUBLISH_USERNAME") or environment.get("TWINE_USERNAME")
    for name in ("UV_PUBLISH_PASSWORD", "TWINE_PASSWORD", "UV_PUBLISH_TOKEN"):
        if password := environment.get(name):
            return user or "__token__", password
    with suppress(KeyringError, RuntimeError):  # no keyring on this machine, or a locked one
        if found := keyring.get_credential(upload, user):
            return found.username or "__token__", found.password
    return "", ""


def read_address(environment: Mapping[str, str]) -> tuple[str, str]:
    """Where to read and where to upload: INDEX_URL as pip takes it, and UPLOAD_URL where that is uncommon."""
    index = environment.get("INDEX_URL", "").strip().rstrip("/")
    refuse_if(not index, "INDEX_URL is not set: make publish INDEX_URL=https://…/simple/")
    base = re.sub(r"/\+?simple$", "", index)
    upload = environment.get("UPLOAD_URL", "").strip() or f"{base}/"
    # No message here repeats the address: it may hold what must not be shown.
    for name, url in (("INDEX_URL", index), ("UPLOAD_URL", upload)):
        found = _ADDRESS.fullmatch(url.lower())
        scheme, credentials, host = found.groups("")[:3] if found else ("", "", "")
        refuse_if(not found, f"{name} is no address: https://host/…")
        refuse_if(credentials, f"{name} holds credentials: they belong in the environment, or a keyring")
        refuse_if(f".{host}".endswith(".pypi.org"), f"{name} is the public index: this package is private")
        is_plain = scheme == "http" and not re.fullmatch(r"localhost|127(\.\d+){3}|\[::1\]", host)
        refuse_if(is_plain, f"{name} is not https: the password would travel in the clear")
    return f"{index if index != base else f'{base}/simple'}/", upload


if __name__ == "__main__":
    if "--publish" in sys.argv:
        publish(ROOT, os.environ)
    else:
        print(f"wrote {write_record(ROOT).relative_to(ROOT)}: commit it" if "--record" in sys.argv else check(ROOT))
