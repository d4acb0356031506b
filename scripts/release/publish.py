"""Publish what is in dist/ to a private index, or say in one line why not.

`make publish` builds and tries it first. uv uploads, and leaves out what the index has already: a run that was cut
short is finished by another one from the same commit. Credentials travel in the environment.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import quote

import keyring
from keyring.errors import KeyringError
from packaging.version import Version

from .gate import NAME, RefusalError, read_changelog, read_version, refuse_if
from .snapshot import ROOT

_ADDRESS: Final = re.compile(r"(https?)://([^/@]*@)?(\[[\da-f:]+\]|[^/:?#@]+?)\.?(:\d+)?(/[^?#]*)?")
_call = partial(subprocess.run, capture_output=True, text=True, check=False)


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
    publish(ROOT, os.environ)
