"""Publish the checkout to a private index, or say in one line why not.

    INDEX_URL=… python -m scripts.release.publish      (`make publish INDEX_URL=… [DRY_RUN=1]`)

Credentials come from TWINE_USERNAME and TWINE_PASSWORD, from their UV_PUBLISH_ namesakes, or from the keyring. What can
be refused is refused before anything is sent. The wheel goes first: whoever installs needs no more than that. A run
that was cut short is finished by another one from the same commit, which sends only what is not there yet.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from . import changelog, contents, gate, smoke
from .address import read_address
from .build import Distributions, build, sha256
from .compatibility import compare, describe
from .credentials import find_credentials
from .index import File, Index
from .project import ROOT, Project, read_commit, read_project
from .record import read_record
from .refusal import RefusalError, run
from .surface import read_surface


def publish(root: Path, environment: Mapping[str, str]) -> None:
    """Check everything, say what will be done, and do it."""
    dry_run = environment.get("DRY_RUN", "") not in {"", "0"}
    address = read_address(environment)
    commit = read_commit(root)
    project = read_project(root)
    _check_tag(project.version, environment)
    section = changelog.check(root, project.version)
    credentials = find_credentials(address, environment)
    if credentials is None and not dry_run:
        raise RefusalError("no credentials: set TWINE_USERNAME and TWINE_PASSWORD, or store them in the keyring")
    index = Index(address, credentials, project.name)
    files = index.files()
    there = [file for file in files if file.version == project.version]
    former = _former(files, project.version)
    if {file.is_wheel for file in there} == {True, False}:
        raise RefusalError(f"the index has {project} already: {_names(there)}")

    print(f"{'dry run: ' if dry_run else ''}{project}, of {section.date}, from commit {commit}")
    print(f"  to       {address.upload}, which is read at {address.simple}")
    print(
        f"  with     {f'credentials from {credentials.origin}' if credentials else 'no credentials: none were found'}"
    )
    print(f"  after    {former.version if former else 'no other release'} on that index")
    print("  first    build, check what is in it, compare the API, try it in a fresh environment", flush=True)

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        built = build(root, folder)
        for path in built:
            print(f"  built    {path.name}  sha256 {sha256(path)}")
        _refuse_other_content(there, built)
        contents.check(*built, root)
        _compare(index, former, built, project, folder)
        _check_record(root, built, project)
        print(f"  tried    {smoke.check(built.wheel, root)}", flush=True)
        waiting = [path for path in built if path.name not in {file.name for file in there}]
        for file in there:
            print(f"  there    {file.name}, from a run that was cut short")
        if dry_run:
            print(f"dry run: {' and '.join(path.name for path in waiting)} would be sent; nothing was")
            return
        _send(index, waiting, project)
    print(f"published {project}")


def _check_tag(version: Version, environment: Mapping[str, str]) -> None:
    tag = environment.get("RELEASE_TAG", "")
    if tag and tag != f"v{version}":
        raise RefusalError(f"the tag {tag} is not v{version}, which pyproject.toml says")


def _former(files: list[File], version: Version) -> File | None:
    """The newest wheel on the index but that of this version, which must not be newer."""
    wheels = [
        file
        for file in files
        if file.is_wheel and not file.yanked and not file.version.is_prerelease and file.version != version
    ]
    newest = max(wheels, key=lambda file: file.version, default=None)
    if newest is not None and newest.version > version:
        raise RefusalError(f"{version} is too low: the index has {newest.version} already")
    return newest


def _refuse_other_content(there: list[File], built: Distributions) -> None:
    hashes = {path.name: sha256(path) for path in built}
    for file in there:
        if hashes.get(file.name) != file.sha256:
            raise RefusalError(
                f"the index has another {file.name} (sha256 {file.sha256[:12]}…): publish from the commit that it was "
                "made from, or take a new version"
            )


def _compare(index: Index, former: File | None, built: Distributions, project: Project, folder: Path) -> None:
    if former is None:
        return
    older = folder / "former"
    older.mkdir()
    changes = compare(read_surface(index.download(former, older)), read_surface(built.wheel))
    gate.refuse_small_bump(former.version, changes, project.version)
    print(f"  changes  {len(changes)} of the API since {former.version}")
    for line in describe(changes):
        print(f"         {line}")


def _check_record(root: Path, built: Distributions, project: Project) -> None:
    record = read_record(root)
    if record is not None and record.version != project.version:
        gate.check(record, built.wheel, project.version, root=root)


def _send(index: Index, waiting: list[Path], project: Project) -> None:
    for path in waiting:
        try:
            index.upload(path)
        except RefusalError as refusal:
            raise RefusalError(f"{refusal}; {_what_is_there(index, project)}") from None
        print(f"  sent     {path.name}", flush=True)


def _what_is_there(index: Index, project: Project) -> str:
    """What the index has after an upload that failed."""
    try:
        there = [file for file in index.files() if file.version == project.version]
    except RefusalError:
        return "what the index has now cannot be read; the same command again finishes the job"
    if not there:
        return "nothing was published"
    return f"the index has {_names(there)} and no more; the same command again finishes the job"


def _names(files: list[File]) -> str:
    return " and ".join(sorted((file.name for file in files), reverse=True))


def main() -> None:
    """Publish this checkout, as the environment says."""
    publish(ROOT, os.environ)


if __name__ == "__main__":
    run(main)
