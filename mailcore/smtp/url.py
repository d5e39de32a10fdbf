"""An SMTP server as one line of settings: `smtps://user:password@smtp.example.com`.

The scheme says how the connection becomes private, so that no other word has to. What is wrong is told
without the URL, which holds the password.
"""

from ipaddress import ip_address
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from mailcore.errors import ConfigurationError
from mailcore.sasl import Password
from mailcore.secret import Secret

__all__ = ["Server", "read_url"]

_Scheme = Literal["tls", "starttls", "opportunistic"]
_SECURITY: dict[str, _Scheme] = {
    "smtps": "tls",
    "smtp+starttls": "starttls",
    "smtp": "opportunistic",
}
_OTHERS_PORTS = {("smtps", 587): "smtp+starttls", ("smtp+starttls", 465): "smtps"}


class Server(NamedTuple):
    """Where a server is, how the connection becomes private, and who we are."""

    host: str
    port: int | None
    security: _Scheme
    auth: Password | None
    allow_insecure_auth: bool


def read_url(url: str, *, password: str | Secret | None = None) -> Server:
    """Read the URL of a server: smtps:// is TLS, smtp+starttls:// STARTTLS, smtp:// STARTTLS if offered.

    User and password are percent-encoded; the `password` can be given apart. Over a connection that is
    not private they are sent only to this machine, or with `?insecure=1`. Raises `ConfigurationError`.
    """
    parts, port = _split(url)
    if parts.scheme not in _SECURITY or not parts.hostname:
        raise ConfigurationError(
            "a server's URL is smtps://user:password@host, smtp+starttls://… or smtp://…"
        )
    if parts.path.strip("/") or parts.fragment:
        raise ConfigurationError(
            "the URL goes on after the host: percent-encode / ? # @ in user and password"
        )
    if other := _OTHERS_PORTS.get((parts.scheme, port or 0)):
        raise ConfigurationError(
            f"port {port} and {parts.scheme}:// disagree: that port is for {other}://"
        )
    return Server(
        host=parts.hostname,
        port=port,
        security=_SECURITY[parts.scheme],
        auth=_read_user(parts, password),
        allow_insecure_auth=_read_insecure(parts.query) or _is_loopback(parts.hostname),
    )


def _split(url: str) -> tuple[SplitResult, int | None]:
    if not isinstance(url, str):
        raise ConfigurationError(f"a URL is a text, not a {type(url).__name__}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError(
            "the URL has no readable host and port: percent-encode / ? # @ in user and password"
        ) from None  # the cause shows what it could not read
    return parts, port


def _read_user(parts: SplitResult, password: str | Secret | None) -> Password | None:
    if not parts.username:
        if parts.password or password:
            raise ConfigurationError("there is a password without a user: user:password@host")
        return None
    if bool(parts.password) == bool(password):
        raise ConfigurationError(
            "there are two passwords: one in the URL, and one apart"
            if password
            else "there is a user without a password: user:password@host"
        )
    return Password(unquote(parts.username), password or unquote(parts.password or ""))


def _read_insecure(query: str) -> bool:
    options = dict(parse_qsl(query, keep_blank_values=True))
    insecure = options.pop("insecure", "0")
    if options:
        raise ConfigurationError("the URL has an option that is not known: there is insecure=1")
    if insecure not in {"0", "1"}:
        raise ConfigurationError("insecure is 1 or 0")
    return insecure == "1"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
