"""What a user says of an SMTP server, checked: each raises `ConfigurationError` for what cannot be."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from mailcore.errors import ConfigurationError
from mailcore.net.addresses import is_ip
from mailcore.net.proxy import Proxy
from mailcore.net.tls import TLS
from mailcore.sasl import Anonymous, Credentials, External, OAuth2, Password
from mailcore.smtp.timeouts import Timeouts

__all__ = [
    "IDLE_SECONDS",
    "LMTP_PORT",
    "PORTS",
    "Limits",
    "Security",
    "check_auth",
    "check_limits",
    "check_local_name",
    "check_security",
    "check_source_address",
    "check_tls",
    "check_without",
    "read_proxy",
    "read_timeouts",
]

#: How a connection becomes private: at once; by STARTTLS, or not at all; by STARTTLS if offered; never.
Security = Literal["tls", "starttls", "opportunistic", "plain"]

_LOCAL_NAME = re.compile(r"[A-Za-z0-9._-]++|\[[A-Za-z0-9:.]++\]")
#: How long a connection is kept for the next message: servers close theirs after 10 s (SES) or more.
IDLE_SECONDS = 30.0

#: RFC 2033 5 only says what it is not: 25. IANA has 24 for private mail systems.
LMTP_PORT = 24

PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "opportunistic": 25, "plain": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many connections at once, how long one may lie idle, how many messages it may carry."""

    connections: int = 1
    idle: float = IDLE_SECONDS
    messages: int | None = None


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


def check_limits(connections: int, idle: float, messages: int | None) -> Limits:
    """Give the limits of a pool."""
    if not isinstance(connections, int) or connections < 1:
        raise ConfigurationError("connections is how many there can be at once, 1 or more")
    if not idle >= 0:
        raise ConfigurationError("idle is a number of seconds")
    if messages is not None and messages < 1:
        raise ConfigurationError("messages_a_connection is a number of messages, 1 or more")
    return Limits(connections=connections, idle=idle, messages=messages)


def check_without(keywords: Collection[str]) -> frozenset[str]:
    """Give the extensions not to use, as EHLO names them."""
    if isinstance(keywords, str):
        raise ConfigurationError('without is a collection of keywords, as ["CHUNKING"]')
    return frozenset(keyword.upper() for keyword in keywords)


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
