"""What a user says of an SMTP server, checked: each raises `ConfigurationError` for what cannot be."""

import re
from typing import Literal

from mailcore.errors import ConfigurationError
from mailcore.net.addresses import is_ip
from mailcore.net.proxy import Proxy
from mailcore.net.tls import TLS
from mailcore.sasl import Anonymous, Credentials, External, OAuth2, Password
from mailcore.smtp.timeouts import Timeouts

__all__ = [
    "PORTS",
    "Security",
    "check_auth",
    "check_local_name",
    "check_security",
    "check_source_address",
    "check_tls",
    "read_proxy",
    "read_timeouts",
]

#: How a connection becomes private: at once; by STARTTLS, or not at all; by STARTTLS if offered; never.
Security = Literal["tls", "starttls", "opportunistic", "plain"]

_LOCAL_NAME = re.compile(r"[A-Za-z0-9._-]++|\[[A-Za-z0-9:.]++\]")
PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "opportunistic": 25, "plain": 25}


def check_security(security: Security | None, port: int | None) -> Security:
    """Give the security asked for; that of the port by default."""
    if security is None:
        return "tls" if port == PORTS["tls"] else "starttls"
    if security not in PORTS:
        raise ConfigurationError(f"security is one of {', '.join(PORTS)}, not {security!r}")
    return security


def check_auth(auth: Credentials | None) -> Credentials | None:
    """Give what is one of the credentials."""
    if not isinstance(auth, Password | OAuth2 | External | Anonymous | None):
        raise ConfigurationError(
            'auth is a Password("user", "secret"), or an OAuth2("user", token)'
        )
    return auth


def check_local_name(name: str | None) -> str | None:
    """Give a name that EHLO can say."""
    if name is not None and not (isinstance(name, str) and _LOCAL_NAME.fullmatch(name)):
        raise ConfigurationError(f"local_name is a domain or an address literal, not {name!r}")
    return name


def check_source_address(address: str | None) -> str | None:
    """Give an address that can be connected from."""
    if address is not None and not is_ip(address):
        raise ConfigurationError(f"source_address is an IP address, not {address!r}")
    return address


def check_tls(tls: TLS | None) -> TLS:
    """Give how to be sure of the server."""
    if tls is not None and not isinstance(tls, TLS):
        raise ConfigurationError("tls is TLS(...) settings; how to use it is said by security=")
    return tls or TLS()


def read_proxy(proxy: Proxy | str | None) -> Proxy | None:
    """Give the proxy, by itself or by its URL."""
    if isinstance(proxy, str):
        return Proxy.from_url(proxy)
    if proxy is not None and not isinstance(proxy, Proxy):
        raise ConfigurationError("proxy is a Proxy or its URL")
    return proxy


def read_timeouts(timeout: float | Timeouts | None) -> Timeouts:
    """Give what each step may take."""
    match timeout:
        case None:
            return Timeouts()
        case Timeouts():
            return timeout
        case int() | float():
            return Timeouts().at_most(timeout)
    raise ConfigurationError("timeout is a number of seconds, or Timeouts")
