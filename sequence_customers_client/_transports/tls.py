"""TLS: which certificates a server is trusted by."""

import os
import ssl
from functools import cache
from pathlib import Path

from .._errors import ConfigurationError


def ssl_context(*, verifies: bool) -> ssl.SSLContext:
    """The context of certifi's certificates, or those that SSL_CERT_FILE or SSL_CERT_DIR names; read once."""
    return _context(verifies, os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None)


@cache
def _context(verifies: bool, file: str | None, directory: str | None) -> ssl.SSLContext:
    if not verifies:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if file is not None:
        if not Path(file).is_file():
            raise ConfigurationError(f"SSL_CERT_FILE: {file} is no file: name a file of certificates, or unset it")
        try:
            return ssl.create_default_context(cafile=file)
        except OSError:
            message = f"SSL_CERT_FILE: {file} holds no certificates that can be read: they should be in PEM format"
            raise ConfigurationError(message) from None
    if directory is not None:
        if not Path(directory).is_dir():
            raise ConfigurationError(f"SSL_CERT_DIR: {directory} is no folder: name one of certificates, or unset it")
        if not any(Path(directory).glob("[0-9a-f]" * 8 + ".[0-9]*")):
            raise ConfigurationError(
                f"SSL_CERT_DIR: {directory} holds no certificates under their hashes: run `openssl rehash {directory}`"
            )
        return ssl.create_default_context(capath=directory)
    import certifi  # noqa: PLC0415 - httpx brings it

    return ssl.create_default_context(cafile=certifi.where())
