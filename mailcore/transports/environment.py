"""The transport that the environment names, for programs that are told nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.secret import Secret
from mailcore.smtp import SMTPTransport

__all__ = ["transport_from_environment"]

_URL, _PASSWORD, _PASSWORD_FILE = "MAILCORE_URL", "MAILCORE_PASSWORD", "MAILCORE_PASSWORD_FILE"


def transport_from_environment(environment: Mapping[str, str] = os.environ) -> SMTPTransport:
    """Give the transport of the URL in MAILCORE_URL, as `SMTPTransport.from_url` reads it.

    The password can stand in MAILCORE_PASSWORD instead, or in a file that MAILCORE_PASSWORD_FILE names; of
    a file the line end is left out. Raises `ConfigurationError`.
    """
    url = environment.get(_URL)
    if not url:
        raise ConfigurationError(f"there is no transport: give one, or set {_URL} to smtps://…")
    return SMTPTransport.from_url(url, password=_read_password(environment))


def _read_password(environment: Mapping[str, str]) -> Secret | None:
    password, path = environment.get(_PASSWORD), environment.get(_PASSWORD_FILE)
    if password and path:
        raise ConfigurationError(f"set {_PASSWORD} or {_PASSWORD_FILE}, not both")
    if not path:
        return Secret(password) if password else None
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"{_PASSWORD_FILE} can't be read: {reason}") from None
    return Secret(text.rstrip("\r\n"))
