"""A name server, as it is given: where it is, and whether it is talked to in the clear."""

import re
import socket
from ipaddress import ip_address
from typing import Any, NamedTuple

from mailcore.errors import ConfigurationError
from mailcore.net.addresses import HIGHEST_PORT, host_name, is_ip

__all__ = ["EncryptedServer", "Server", "read_server"]

PORT = 53
TLS_PORT = 853  # RFC 7858 3.1

_TLS = "tls://"
_HTTPS = re.compile(r"https://[!-~]++")


class Server(NamedTuple):
    """One that is asked by UDP and TCP."""

    address: str
    port: int = PORT

    @property
    def family(self) -> socket.AddressFamily:
        """IPv4 or IPv6."""
        return socket.AF_INET6 if ":" in self.address else socket.AF_INET

    @property
    def sockaddr(self) -> tuple[Any, ...]:
        """What a socket connects to."""
        return self.address, self.port

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


class EncryptedServer(NamedTuple):
    """One that is asked over TLS (RFC 7858), or over HTTPS where there is a `url` (RFC 8484).

    `hostname` is the name in its certificate; without one, its address is to be there.
    """

    address: str = ""
    port: int = TLS_PORT
    hostname: str | None = None
    url: str | None = None

    def __str__(self) -> str:
        name = f"#{self.hostname}" if self.hostname else ""
        return self.url or f"{_TLS}{Server(self.address, self.port)}{name}"


def read_server(text: str) -> Server | EncryptedServer:
    """Read "address", "address:port", "tls://address#hostname" or "https://host/path"."""
    if _HTTPS.fullmatch(text):
        return EncryptedServer(url=text)
    if text.startswith(_TLS):
        where, _, hostname = text.removeprefix(_TLS).partition("#")
        address, port = _read_address(where, TLS_PORT, text)
        return EncryptedServer(address, port, host_name(hostname) if hostname else None)
    return Server(*_read_address(text, PORT, text))


def _read_address(where: str, port: int, text: str) -> tuple[str, int]:
    """Read "address", "address:port", "[address]" or "[address]:port"."""
    host, colon, digits = where.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, digits = where, str(port)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not is_ip(host):
        raise ConfigurationError(f"a name server is an IP address or an https:// URL, not {text!r}")
    if not (digits.isascii() and digits.isdecimal() and 1 <= int(digits) <= HIGHEST_PORT):
        raise ConfigurationError(f"a name server's port is a number, not {text!r}")
    return host if "%" in host else str(ip_address(host)), int(digits)
