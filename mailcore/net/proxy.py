"""Getting through a proxy: SOCKS5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110 9.3.6).

The proxy is told the host's name, so that nothing about the mail shows in local DNS.
"""

import base64
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from mailcore.errors import ConfigurationError, ConnectionLost, ProtocolBroken, ProxyRefused
from mailcore.net.addresses import check_port, host_name, is_ip
from mailcore.net.stream import SocketStream
from mailcore.secret import Secret

__all__ = ["Proxy", "traverse"]

#: How long an HTTP proxy's answer may be.
HTTP_ANSWER_LIMIT = 16 * 1024

_DEFAULT_PORTS = {"socks5": 1080, "http": 8080}
_SOCKS = 5
_SOCKS_LONGEST = 255
# RFC 1928 5: IPv4, a name behind its length, IPv6; with the octets of each.
_ADDRESS_KINDS = {1: 4, 3: 0, 4: 16}
_NO_AUTHENTICATION, _USER_PASSWORD = 0, 2
_SOCKS_REFUSALS = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}
_FOR_NOW = {1, 3, 4, 5, 6}


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is, and who we are to it."""

    kind: Literal["socks5", "http"]
    host: str
    port: int
    user: str | None = None
    password: Secret | None = None

    def __post_init__(self) -> None:
        if self.kind not in _DEFAULT_PORTS:
            raise ConfigurationError(f"a proxy is {' or '.join(_DEFAULT_PORTS)}, not {self.kind!r}")
        host_name(self.host)
        check_port(self.port)
        if self.password is not None:
            object.__setattr__(self, "password", Secret(self.password))
            if self.user is None:
                raise ConfigurationError("a proxy's password needs a user")

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `socks5://user:password@host:1080` or `http://host:8080`; the password percent-encoded."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigurationError(
                "the proxy's URL has no readable host and port: percent-encode / ? # @ in the password"
            ) from None  # the cause shows what it could not read
        match parts.scheme:
            case "socks5" | "http" as kind if parts.hostname:
                return cls(
                    kind=kind,
                    host=parts.hostname,
                    port=_DEFAULT_PORTS[kind] if port is None else port,
                    user=unquote(parts.username) if parts.username else None,
                    password=Secret(unquote(parts.password)) if parts.password else None,
                )
        raise ConfigurationError("a proxy is socks5://host:port or http://host:port")


async def traverse(
    stream: SocketStream, proxy: Proxy, host: str, port: int, *, deadline: float
) -> None:
    """Have the proxy connect the stream to the host; raises `ProxyRefused`."""
    host = host_name(host)
    match proxy.kind:
        case "socks5":
            await _socks5(_Reader(stream, deadline), stream, proxy, host, port, deadline)
        case "http":
            await _http_connect(_Reader(stream, deadline), stream, proxy, host, port, deadline)


class _Reader:
    """Reads an exact part of a stream; what came in behind it goes back."""

    def __init__(self, stream: SocketStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    async def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += await self._more()
        self._stream.push_back(data[count:])
        return data[:count]

    async def until(self, end: bytes, *, limit: int) -> bytes:
        data = b""
        while end not in data:
            if len(data) > limit:
                raise ProtocolBroken("the proxy's answer has no end", host=self._stream.host)
            data += await self._more()
        head, _, rest = data.partition(end)
        self._stream.push_back(rest)
        return head

    async def _more(self) -> bytes:
        data = await self._stream.receive(deadline=self._deadline)
        if not data:
            raise ConnectionLost("the proxy closed the connection", host=self._stream.host)
        return data


async def _socks5(
    reader: _Reader, stream: SocketStream, proxy: Proxy, host: str, port: int, deadline: float
) -> None:
    methods = bytes([_NO_AUTHENTICATION, *([_USER_PASSWORD] if proxy.user is not None else [])])
    await stream.send(bytes([_SOCKS, len(methods)]) + methods, deadline=deadline)
    version, method = await reader.exactly(2)
    if version != _SOCKS:
        raise ProtocolBroken("the proxy does not speak SOCKS5", host=stream.host)
    if method not in methods:
        raise ProxyRefused("the proxy wants another kind of authentication", host=stream.host)
    if method == _USER_PASSWORD:
        await stream.send(memoryview(_socks5_credentials(proxy)), deadline=deadline)
        _, refused = await reader.exactly(2)
        if refused:
            raise ProxyRefused("the proxy did not accept the user and password", host=stream.host)
    target = _socks5_address(host) + port.to_bytes(2, "big")
    await stream.send(b"\x05\x01\x00" + target, deadline=deadline)
    version, refused, _, kind = await reader.exactly(4)
    if version != _SOCKS or kind not in _ADDRESS_KINDS:
        raise ProtocolBroken("the proxy does not speak SOCKS5", host=stream.host)
    if refused:
        reason = _SOCKS_REFUSALS.get(refused, f"code {refused}")
        raise ProxyRefused(
            f"the proxy did not connect: {reason}",
            host=stream.host,
            retryable=refused in _FOR_NOW,
        )
    bound_length = _ADDRESS_KINDS[kind] or (await reader.exactly(1))[0]
    await reader.exactly(bound_length + 2)


def _socks5_credentials(proxy: Proxy) -> bytes:
    """RFC 1929 2: version 1, then user and password, each behind its length."""
    password = proxy.password.reveal() if proxy.password else ""
    return b"\x01" + _counted(proxy.user or "") + _counted(password)


def _socks5_address(host: str) -> bytes:
    """RFC 1928 5: type 1 is IPv4, 4 is IPv6, 3 is a name."""
    if not is_ip(host):
        return b"\x03" + _counted(host)
    if "%" in host:
        raise ConfigurationError(f"SOCKS5 cannot carry the scope of {host}")
    address = ip_address(host)
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed  # noqa: PLR2004 - IPv4


def _counted(text: str) -> bytes:
    data = text.encode()
    if len(data) > _SOCKS_LONGEST:
        raise ConfigurationError("SOCKS5 takes names and passwords of at most 255 bytes")
    return bytes([len(data)]) + data


async def _http_connect(
    reader: _Reader, stream: SocketStream, proxy: Proxy, host: str, port: int, deadline: float
) -> None:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    await stream.send(_connect_request(target, proxy), deadline=deadline)
    answer = await reader.until(b"\r\n\r\n", limit=HTTP_ANSWER_LIMIT)
    status_line = answer.partition(b"\r\n")[0].decode("latin-1")
    version, _, status = status_line.partition(" ")
    if not version.startswith("HTTP/"):
        raise ProtocolBroken("the proxy does not speak HTTP", host=stream.host)
    if not status.startswith("2"):
        raise ProxyRefused(
            f"the proxy did not connect: {status}",
            host=stream.host,
            retryable=status.startswith("5"),
        )


def _connect_request(target: str, proxy: Proxy) -> memoryview:
    """Write the request, as a view: its repr does not show the credentials."""
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.user is not None:
        password = proxy.password.reveal() if proxy.password else ""
        token = base64.b64encode(f"{proxy.user}:{password}".encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {token}")
    return memoryview("\r\n".join([*lines, "", ""]).encode())
