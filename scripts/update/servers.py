"""Servers of a source beside ours: an environment is ours to keep, and whatever a source says of one is told."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from scripts.generate.facts import is_environment
from scripts.generate.meaning import Json
from scripts.generate.naming import environment_name

from .sources import Source

_OURS = "openapi/environments.yaml"


def follow(vendored: list[Json], sources: Sequence[Source]) -> tuple[list[Json], list[str]]:
    """The vendored servers, moved where a source has another URL, with its new ones; and what is to be told."""
    servers, told = copy.deepcopy(vendored), []
    listed = {(each["url"], _name(each)): each for source in sources for each in source.document.get("servers") or []}
    for server in listed.values():
        url, name = server["url"], _name(server)
        moved = [each for each in servers if _name(each) == name]
        if any(_url(each) == _url(server) for each in servers):
            continue
        if not is_environment(server):
            told.append(f"{url} is ignored: no plain https URL with a name; to call it, add one to {_OURS}")
        elif moved:
            told.append(f"{name} moved from {moved[0]['url']} to {url}; to follow, change it in {_OURS}")
            moved[0]["url"] = url
        else:
            told.append(f"{name} is new: {url}")
            servers.append(copy.deepcopy(server))
    urls, names = {_url(each) for each in listed.values()}, {_name(each) for each in listed.values()}
    gone = [each for each in vendored if _url(each) not in urls and _name(each) not in names]
    told += [f"{_name(each)} is not listed any more, and stays: {each['url']} is in {_OURS}" for each in gone]
    return servers, told


def _name(server: Json) -> str:
    return environment_name(server.get("description") or "")


def _url(server: Json) -> str:
    return str(server["url"]).rstrip("/")
