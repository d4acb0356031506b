"""Publish the checkout to a private index, or say in one line why not.

    INDEX_URL=… python -m scripts.release.publish      (`make publish INDEX_URL=… [DRY_RUN=1]`)

uv uploads, and leaves out what the index has already: a run that was cut short is finished by another one from the
same commit. Credentials come from UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, from UV_PUBLISH_TOKEN, from their TWINE_
namesakes, or from the keyring; they travel in the environment. What can be refused is refused before anything is sent.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import keyring
import requests
from keyring.errors import KeyringError
from packaging.version import Version
from pypi_simple import PYPI_SIMPLE_ENDPOINT, ProjectPage, UnsupportedContentTypeError

from . import build, gate, smoke
from .project import ROOT, Project, read_commit, read_date, read_project
from .refusal import RefusalError, call, run

SECONDS: Final = 30.0
"""How long the index may be silent."""

_PUBLIC: Final = urlsplit(PYPI_SIMPLE_ENDPOINT).hostname or ""


def publish(root: Path, environment: Mapping[str, str]) -> None:
    """Check everything, say what will be done, and do it."""
    dry_run = environment.get("DRY_RUN", "") not in {"", "0"}
    simple, upload = read_address(environment)
    commit, project = read_commit(root), read_project(root)
    tag = environment.get("RELEASE_TAG", "")
    if tag not in {"", f"v{project.version}"}:
        raise RefusalError(f"the tag {tag} is not v{project.version}, which pyproject.toml says")
    date = read_date(root, project.version)
    credentials = find_credentials(upload, environment)
    if credentials is None and not dry_run:
        raise RefusalError("no credentials: set UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, or use the keyring")
    there = _files(simple, credentials, project)

    print(f"{'dry run: ' if dry_run else ''}{project}, of {date}, from commit {commit}")
    print(f"  to       {upload}, which is read at {simple}")
    print(f"  gate     {gate.check(root)}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        built = build.build(root, Path(temporary))
        build.check(built, root)
        digests = {path: build.sha256(path) for path in built}
        for path, digest in digests.items():
            print(f"  built    {path.name}  sha256 {digest}")
        print(f"  tried    {smoke.check(built.wheel, root)}", flush=True)
        if another := [path.name for path, digest in digests.items() if there.get(path.name, digest) != digest]:
            raise RefusalError(f"the index has another {another[0]}: take a new version")
        waiting = [path for path in built if path.name not in there]  # the wheel first: it is all that installing needs
        if dry_run:
            print(f"dry run: {' and '.join(path.name for path in waiting)} would be sent; nothing was")
            return
        user, password = credentials or ("", "")
        given = {key: value for key, value in os.environ.items() if not key.startswith("UV_PUBLISH_")}
        given |= {"UV_PUBLISH_USERNAME": user, "UV_PUBLISH_PASSWORD": password}
        options = ("--no-config", "--trusted-publishing", "never", "--publish-url", upload, "--check-url", simple)
        for path in waiting:
            try:
                call(*build.TOOL, "uv", "publish", *options, path, what=f"uploading {path.name}", cwd=root, env=given)
            except RefusalError as refusal:
                said = str(refusal).replace(password, "…")
                raise RefusalError(f"{said}; the same command finishes the job") from None
            print(f"  sent     {path.name}", flush=True)
    print(f"published {project}")


def _files(simple: str, credentials: tuple[str, str] | None, project: Project) -> dict[str, str]:
    """The files of this version that the index has, by their SHA-256; refused where it has all, or newer ones."""
    try:
        # As HTML, which every index has.
        response = requests.get(f"{simple}{project.name}/", auth=credentials, timeout=SECONDS)
    except (requests.RequestException, ValueError):
        raise RefusalError("the index cannot be reached, or hung up") from None
    # What another index has under our name, where this one sends us, is not ours.
    if response.status_code == 404 or urlsplit(response.url).netloc != urlsplit(simple).netloc:
        return {}
    if not response.ok:
        what = "does not accept the credentials" if response.status_code in {401, 403} else "answered"
        raise RefusalError(f"reading the index: the index {what} ({response.status_code})")
    try:
        packages = ProjectPage.from_response(response, project.name).packages
    except (UnsupportedContentTypeError, ValueError):
        raise RefusalError(f"{simple} is no index: what it answers is no list of files") from None
    versions = {each.filename: Version(each.version) for each in packages if each.version}
    if (newest := max(versions.values(), default=project.version)) > project.version:
        raise RefusalError(f"{project.version} is too low: the index has {newest} already")
    ours = [each for each in packages if versions.get(each.filename) == project.version]
    there = {each.filename: each.digests.get("sha256", "") for each in ours}
    if len(there) > 1:
        raise RefusalError(f"the index has {project} already: {' and '.join(sorted(there))}")
    return there


def find_credentials(upload: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """User and password from the environment or the keyring, or None where there are none."""
    for user, secret in (("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD"), ("TWINE_USERNAME", "TWINE_PASSWORD")):
        if password := environment.get(secret):
            return environment.get(user) or "__token__", password
    if token := environment.get("UV_PUBLISH_TOKEN"):
        return "__token__", token
    try:
        found = keyring.get_credential(upload, environment.get("UV_PUBLISH_USERNAME"))
    except (KeyringError, RuntimeError):  # no keyring on this machine, or a locked one
        return None
    return (found.username or "__token__", found.password) if found and found.password else None


def read_address(environment: Mapping[str, str]) -> tuple[str, str]:
    """Where to read and where to upload: INDEX_URL as pip takes it, and UPLOAD_URL where that is uncommon."""
    index = environment.get("INDEX_URL", "").strip().rstrip("/")
    if not index:
        raise RefusalError("INDEX_URL is not set: make publish INDEX_URL=https://…/simple/")
    base, simple = index.removesuffix("/+simple").removesuffix("/simple"), "+simple" * index.endswith("/+simple")
    upload = environment.get("UPLOAD_URL", "").strip() or f"{base}/"
    _check_address("INDEX_URL", index)
    _check_address("UPLOAD_URL", upload)
    return f"{base}/{simple or 'simple'}/", upload


def _check_address(name: str, url: str) -> None:
    # No message here repeats the address: it may hold what must not be shown.
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise RefusalError(f"{name} is no address: https://host/…") from None
    if parts.username is not None or parts.password is not None:
        raise RefusalError(f"{name} holds credentials: they belong in the environment, or a keyring")
    if not host or parts.scheme not in {"https", "http"} or parts.query or parts.fragment:
        raise RefusalError(f"{name} is no address: https://host/…")
    if f".{host}".endswith(f".{_PUBLIC}"):
        raise RefusalError(f"{name} is the public index: this package is private")
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme == "http" and not loopback:
        raise RefusalError(f"{name} is not https: the password would travel in the clear")


if __name__ == "__main__":
    run(lambda: publish(ROOT, os.environ))
