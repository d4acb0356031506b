"""A private index: what it has of us, and one more file for it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import requests
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version
from pypi_simple import DistributionPackage, NoSuchProjectError, PyPISimple, UnsupportedContentTypeError
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from twine.exceptions import TwineException
from twine.package import PackageFile
from twine.repository import Repository

from .address import Address
from .credentials import Credentials
from .refusal import RefusalError

SECONDS: Final = 30.0
"""How long the index may be silent."""


class File(NamedTuple):
    """One file that the index has."""

    name: str
    version: Version
    is_wheel: bool
    sha256: str
    yanked: bool
    package: DistributionPackage


class Index:
    """One private index, and the project's name on it."""

    def __init__(self, address: Address, credentials: Credentials | None, project: str) -> None:
        self.address = address
        self._credentials = credentials
        self._project = project

    def files(self) -> list[File]:
        """Every file that the index has of the project."""
        with self._session() as session:
            try:
                page = PyPISimple(self.address.simple, session=session).get_project_page(self._project)
            except (NoSuchProjectError, _ElsewhereError):
                return []
            except UnsupportedContentTypeError:
                raise RefusalError(f"{self.address.simple} is no index: what it answers is no list of files") from None
            except requests.HTTPError as error:
                raise self._refusal("reading the index", error) from None
            except (requests.RequestException, ValueError) as error:
                raise RefusalError(f"the index cannot be read: {_cause(error)}") from None
            return [file for package in page.packages if (file := self._file(package, session)) is not None]

    def download(self, file: File, folder: Path) -> Path:
        """Fetch one of these files, and check that it is what the index says it is."""
        with self._session() as session:
            content = self._content(file.package, session)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise RefusalError(f"{file.name} on the index is not what the index says it is")
        path = folder / file.name
        path.write_bytes(content)
        return path

    def upload(self, path: Path) -> None:
        """Send one file."""
        if self._credentials is None:
            raise RefusalError("no credentials")
        user, password, _ = self._credentials
        repository = Repository(self.address.upload, user, password, disable_progress_bar=True)
        _bound(repository.session)
        logging.getLogger("twine").setLevel(logging.CRITICAL)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                response = repository.upload(PackageFile.from_filename(str(path), None))
            response.raise_for_status()
            if response.is_redirect:
                raise RefusalError(f"uploading {path.name}: the index sends uploads elsewhere: set UPLOAD_URL to where")
        except requests.HTTPError as error:
            raise self._refusal(f"uploading {path.name}", error) from None
        except requests.RequestException as error:
            raise RefusalError(f"uploading {path.name}: {_cause(error)}") from None
        except TwineException as error:
            raise RefusalError(f"uploading {path.name}: {str(error).splitlines()[0]}") from None
        finally:
            repository.close()

    def _file(self, package: DistributionPackage, session: requests.Session) -> File | None:
        try:
            if package.filename.endswith(".whl"):
                version = parse_wheel_filename(package.filename)[1]
            else:
                version = parse_sdist_filename(package.filename)[1]
        except (InvalidWheelFilename, InvalidSdistFilename):
            return None
        digest = package.digests.get("sha256") or hashlib.sha256(self._content(package, session)).hexdigest()
        is_wheel = package.filename.endswith(".whl")
        return File(package.filename, version, is_wheel, digest, package.is_yanked, package)

    def _content(self, package: DistributionPackage, session: requests.Session) -> bytes:
        try:
            response = session.get(package.url)
            response.raise_for_status()
        except requests.HTTPError as error:
            raise self._refusal(f"downloading {package.filename}", error) from None
        except requests.RequestException as error:
            raise RefusalError(f"downloading {package.filename}: {_cause(error)}") from None
        return response.content

    def _session(self) -> requests.Session:
        session = _bound(requests.Session())
        session.auth = _OwnHostOnly(self.address, self._credentials)
        session.hooks["response"].append(_stay)
        return session

    def _refusal(self, doing: str, error: requests.HTTPError) -> RefusalError:
        response = error.response
        status = response.status_code if response is not None else 0
        if status in {401, 403}:
            whose = f"the credentials from {self._credentials.origin}" if self._credentials else "anonymous access"
            return RefusalError(f"{doing}: the index does not accept {whose} ({status})")
        if status == 409:
            return RefusalError(f"{doing}: the index has a file of this name already (409)")
        return RefusalError(f"{doing}: the index answered {status}")


class _ElsewhereError(Exception):
    """The index sends us to another one, as some do with a project that they do not have."""


def _stay(response: requests.Response, **_: Any) -> None:
    # What another index has under our name is not ours. Files may lie elsewhere; lists may not.
    target = response.headers.get("location", "")
    host = urlsplit(target).netloc
    if response.is_redirect and host and host != urlsplit(response.url).netloc and response.url.endswith("/"):
        raise _ElsewhereError


class _Bounded(HTTPAdapter):
    """What nobody gave a limit has one."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        return super().send(request, *args, **{**options, "timeout": options.get("timeout") or SECONDS})


def _bound(session: requests.Session) -> requests.Session:
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Bounded())
    return session


class _OwnHostOnly(AuthBase):
    """Credentials that go to the index, and to no other host, wherever its files may lie."""

    def __init__(self, address: Address, credentials: Credentials | None) -> None:
        self._origins = {_origin(url) for url in address}
        self._basic = HTTPBasicAuth(credentials.username, credentials.password) if credentials else None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._basic is None or _origin(request.url or "") not in self._origins:
            return request
        return self._basic(request)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _cause(error: Exception) -> str:
    """Why there was no answer, without the address, and without anybody's object reprs."""
    if isinstance(error, requests.Timeout):
        return "the index does not answer"
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate of the index is not trusted"
    if isinstance(error, requests.ConnectionError):
        return "the index cannot be reached, or hung up"
    return type(error).__name__
