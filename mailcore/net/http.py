"""One page by HTTPS: for what a check has to know and DNS does not tell.

A `Fetch` is a value that says whom to ask for what, at addresses that are known already. It follows
no redirect, knows no proxy, cache or cookie, reads no more than its limit, and has done by its
deadline, however slowly a server trickles. The wire is urllib3's (the extra `http`); it is loaded
with the first fetch.
"""

import math
import re
import ssl
import time
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from mailcore.errors import ConfigurationError
from mailcore.net.addresses import check_port, host_name
from mailcore.net.backend import Backend

if TYPE_CHECKING:
    from urllib3.connection import HTTPSConnection
    from urllib3.response import BaseHTTPResponse

__all__ = ["HTTPS", "Cause", "Fetch", "FetchFailed", "Fetched"]

HTTPS_PORT = 443
TIMEOUT = 15.0  # seconds for one page, every address included
ADDRESS_LIMIT = 4  # addresses of a host that are tried

_loading = Lock()
_NEEDS_URLLIB3 = "fetching by HTTPS needs an extra: pip install 'mailcore[http]'"
_PATH = re.compile(r"/[\x21-\x7e]*+")

Cause: TypeAlias = Literal["connection", "TLS", "time", "protocol", "size"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """The server answered.

    `content_type` is without parameters, in lower case. `body` is that of the status 200; of what was
    got, no other is read.
    """

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """There is no answer; `reason` says why, for people."""

    cause: Cause
    reason: str

    @property
    def is_failure(self) -> bool:
        """True: another try may give an answer."""
        return True

    @property
    def is_temporary(self) -> bool:
        """Whether another try may succeed: a network has moods, a certificate has none."""
        return self.cause in {"connection", "time"}


@dataclass(frozen=True, kw_only=True)
class HTTPS:
    """How to fetch: whom to trust, where the server listens, and for how long to try.

    `ca_file` has authorities of your own, in place of the system's. `timeout` is in seconds, for one
    page.
    """

    ca_file: str | Path | None = None
    port: int = HTTPS_PORT
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        check_port(self.port)
        if not 0 < self.timeout < math.inf:
            raise ConfigurationError(f"a page needs a finite time: not {self.timeout} seconds")

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The context to use, made once; raises `ConfigurationError` if `ca_file` cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            context.hostname_checks_common_name = False  # RFC 9525 2
        except OSError as error:
            raise ConfigurationError(f"ca_file cannot be used: {error}") from error
        context.sslsocket_class = _PunctualSocket
        return context

    def load(self) -> None:
        """Raise `ConfigurationError` now for what would fail with the first page."""
        _load_urllib3()
        _ = self.context


@dataclass(frozen=True, slots=True)
class Fetch:
    """A page to get: `path` from `host`, at the first of `addresses` that takes the connection.

    The certificate has to be the host's. A body of more than `limit` octets is a failure. With a `form`,
    as urllib.parse.urlencode makes it, that is posted, and the body read whatever the status.
    """

    host: str
    path: str
    addresses: tuple[str, ...]
    limit: int
    https: HTTPS
    form: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        host_name(self.host)
        if not _PATH.fullmatch(self.path):
            raise ConfigurationError(f"not the path of a page: {self.path!r}")
        if not self.addresses:
            raise ConfigurationError(f"{self.host} needs an address to be fetched from")

    async def run(self, backend: Backend, *, deadline: float) -> Fetched | FetchFailed:
        """Fetch it; raises `ConfigurationError` only where urllib3, or the CA file, is missing."""
        until = min(deadline, backend.now() + self.https.timeout)
        return await backend.call(_fetch, self, until)


class _PunctualSocket(ssl.SSLSocket):
    """Reads until its deadline, and not until a server has been silent for long enough."""

    deadline: float

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(_remaining(self.deadline))
        return super().recv_into(*arguments, **options)


def _remaining(deadline: float) -> float:
    """Give the seconds that are left, by the backends' clock; raises `TimeoutError` where none are."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _load_urllib3() -> None:
    """Load it wholly, by one thread: where several begin at once, one may see half of it."""
    try:
        with _loading:
            import_module("urllib3.connection")
            import_module("urllib3.exceptions")
    except ModuleNotFoundError:
        raise ConfigurationError(_NEEDS_URLLIB3) from None


def _fetch(fetch: Fetch, deadline: float) -> Fetched | FetchFailed:
    _load_urllib3()
    from http.client import HTTPException  # noqa: PLC0415 - it loads much, and urllib3 does anyway

    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - an extra

    try:
        with closing(_connect(fetch, deadline)) as connection:
            return _ask(fetch, connection)
    except (OSError, HTTPException, HTTPError) as error:
        return _explain(error)


def _connect(fetch: Fetch, deadline: float) -> "HTTPSConnection":
    """Connect to the first address that can be; a failure of TLS is not tried elsewhere."""
    from urllib3.connection import HTTPSConnection  # noqa: PLC0415 - an extra
    from urllib3.exceptions import ConnectTimeoutError  # noqa: PLC0415 - as above

    addresses = fetch.addresses[:ADDRESS_LIMIT]
    for left in range(len(addresses), 0, -1):
        connection = HTTPSConnection(
            addresses[-left],
            fetch.https.port,
            timeout=_remaining(deadline) / (2 * left),  # once to connect, and once more for TLS
            ssl_context=fetch.https.context,
            server_hostname=fetch.host,
        )
        try:
            connection.connect()
        except BaseException as error:
            connection.close()
            if left > 1 and isinstance(error, ConnectTimeoutError):  # or refused, a kind of it
                continue
            raise
        break
    cast("_PunctualSocket", connection.sock).deadline = deadline
    return connection


def _ask(fetch: Fetch, connection: "HTTPSConnection") -> Fetched | FetchFailed:
    port = "" if fetch.https.port == HTTPS_PORT else f":{fetch.https.port}"
    headers = {
        "Host": f"{fetch.host}{port}",
        "Accept-Encoding": "identity",
        "User-Agent": "mailcore",
    }
    if fetch.form is None:
        connection.request("GET", fetch.path, headers=headers, preload_content=False)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        headers["Accept"] = "application/json"
        connection.request("POST", fetch.path, fetch.form, headers, preload_content=False)
    with closing(connection.getresponse()) as response:
        is_wanted = response.status == HTTPStatus.OK or fetch.form is not None
        body = _read(response, fetch.limit + 1) if is_wanted else b""
    if len(body) > fetch.limit:
        return FetchFailed("size", f"the page has more than {fetch.limit} octets")
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Fetched(response.status, content_type, body)


def _read(response: "BaseHTTPResponse", most: int) -> bytes:
    """Read a body up to so many octets; only a read that gives nothing tells a cut one from its end."""
    body = b""
    while piece := response.read(most - len(body), decode_content=False):
        body += piece
    return body


def _explain(error: Exception) -> FetchFailed:
    """Give the failure that an exception means, of the system, of TLS or of urllib3."""
    from urllib3 import exceptions  # noqa: PLC0415 - an extra

    cause: Cause = "connection"
    match error:
        case exceptions.NewConnectionError(__cause__=OSError() as refusal):
            reason = _words(refusal)
        case TimeoutError() | exceptions.TimeoutError():
            cause, reason = "time", "no answer in time"
        case ssl.SSLCertVerificationError():
            cause, reason = "TLS", f"the certificate does not hold: {error.verify_message}"
        case ssl.SSLError() if not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            cause, reason = "TLS", f"the TLS handshake failed: {_words(error)}"
        case OSError():
            reason = _words(error)
        case exceptions.ProtocolError() | exceptions.SSLError():
            reason = "the connection broke"
        case _:
            cause, reason = "protocol", "the server does not speak HTTP"
    return FetchFailed(cause, reason)


def _words(error: OSError) -> str:
    """Give what the system says, or OpenSSL."""
    reason = getattr(error, "reason", None) or error.strerror or "the connection was closed"
    return str(reason).replace("_", " ").lower()
