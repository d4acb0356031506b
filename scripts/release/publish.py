"""Publish the checkout to a private index, or say in one line why not.

    INDEX_URL=… python -m scripts.release.publish      (`make publish INDEX_URL=… [DRY_RUN=1]`)

uv uploads, and leaves out what the index has already: a run that was cut short is finished by another one from the
same commit. Credentials come from UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, from UV_PUBLISH_TOKEN, from their TWINE_
namesakes, or from the keyring; they travel in the environment. What can be refused is refused before anything is sent.
"""

from __future__ import annotations

import ipaddress
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import keyring
import requests
from keyring.errors import KeyringError
from packaging.version import Version
from pypi_simple import PYPI_SIMPLE_ENDPOINT, ProjectPage, UnsupportedContentTypeError

from . import build, changelog, gate, smoke
from .project import ROOT, Project, read_commit, read_project
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
    if tag and tag != f"v{project.version}":
        raise RefusalError(f"the tag {tag} is not v{project.version}, which pyproject.toml says")
    section = changelog.check(root, project.version)
    credentials = find_credentials(upload, environment)
    if credentials is None and not dry_run:
        raise RefusalError("no credentials: set UV_PUBLISH_USERNAME and UV_PUBLISH_PASSWORD, or use the keyring")
    there = _files(simple, credentials, project)

    print(f"{'dry run: ' if dry_run else ''}{project}, of {section.date}, from commit {commit}")
    print(f"  to       {upload}, which is read at {simple}")
    print(f"  gate     {gate.check(root)}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        built = build.build(root, Path(temporary))
        build.check(built, root)
        for path in built:
            print(f"  built    {path.name}  sha256 {build.sha256(path)}")
        print(f"  tried    {smoke.check(built.wheel, root)}", flush=True)
        for path in built:
            if there.get(path.name, build.sha256(path)) != build.sha256(path):
                raise RefusalError(f"the index has another {path.name}: take a new version")
        waiting = [path for path in built if path.name not in there]
        if dry_run:
            print(f"dry run: {' and '.join(path.name for path in waiting)} would be sent; nothing was")
            return
        user, password = credentials or ("", "")
        given = {**os.environ, "UV_PUBLISH_USERNAME": user, "UV_PUBLISH_PASSWORD": password}
        given.pop("UV_PUBLISH_TOKEN", None)
        uv: list[str | Path] = [sys.executable, "-m", "uv", "publish", "--no-config", "--trusted-publishing", "never"]
        uv += ["--publish-url", upload, "--check-url", simple]
        for path in waiting:  # the wheel first: whoever installs needs no more than that
            try:
                call([*uv, path], what=f"uploading {path.name}", cwd=root, env=given)
            except RefusalError as refusal:
                raise RefusalError(
                    f"{str(refusal).replace(password, '…')}; the same command finishes the job"
                ) from None
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
        page = ProjectPage.from_response(response, project.name)
    except (UnsupportedContentTypeError, ValueError):
        raise RefusalError(f"{simple} is no index: what it answers is no list of files") from None
    versions = {package.filename: Version(package.version) for package in page.packages if package.version}
    if newer := [version for version in versions.values() if version > project.version]:
        raise RefusalError(f"{project.version} is too low: the index has {max(newer)} already")
    there = {
        package.filename: package.digests.get("sha256", "")
        for package in page.packages
        if versions.get(package.filename) == project.version
    }
    if len(there) > 1:
        raise RefusalError(f"the index has {project} already: {' and '.join(sorted(there))}")
    return there


def find_credentials(upload: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """User and password from the environment or the keyring, or None where there are none."""
    for prefix in ("UV_PUBLISH", "TWINE"):
        if password := environment.get(f"{prefix}_PASSWORD"):
            return environment.get(f"{prefix}_USERNAME") or "__token__", password
    if token := environment.get("UV_PUBLISH_TOKEN"):
        return "__token__", token
    try:
        found = keyring.get_credential(upload, environment.get("UV_PUBLISH_USERNAME"))
    except (KeyringError, RuntimeError):  # no keyring on this machine, or a locked one
        return None
    return (found.username or "__token__", found.password) if found and found.password else None


def read_address(environment: Mapping[str, str]) -> tuple[str, str]:
    """Where to read and where to upload: INDEX_URL as pip takes it, and UPLOAD_URL where that is uncommon."""
    index = environment.get("INDEX_URL", "").strip()
    if not index:
        raise RefusalError("INDEX_URL is not set: make publish INDEX_URL=https://…/simple/")
    base, _, last = index.rstrip("/").rpartition("/")
    base = base if last in {"simple", "+simple"} else index.rstrip("/")
    upload = environment.get("UPLOAD_URL", "").strip() or f"{base}/"
    for name, url in (("INDEX_URL", index), ("UPLOAD_URL", upload)):
        _check_address(name, url)
    return f"{base}/{last if last == '+simple' else 'simple'}/", upload


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
    if host == _PUBLIC or host.endswith(f".{_PUBLIC}"):
        raise RefusalError(f"{name} is the public index: this package is private")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme == "http" and not loopback:
        raise RefusalError(f"{name} is not https: the password would travel in the clear")


def main() -> None:
    """Publish this checkout, as the environment says."""
    publish(ROOT, os.environ)


if __name__ == "__main__":
    run(main)
