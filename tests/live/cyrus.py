"""An SMTP server that authenticates by Cyrus SASL, bound to its TLS connection: what no packaged mail server does.

Cyrus SASL's library judges; the server around it only carries its words (RFC 4954).
"""

import base64
import ctypes
import hashlib
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from mailcore.sasl import Password
from tests.certificates import Certificates
from tests.peers import Peer, read_line

LIBRARY = "libsasl2.so.2"
HOST = b"mx.example.test"

_OK, _CONTINUE = 0, 1
_GETOPT, _LIST_END = 1, 0
_SET_CREATE = 1
_CHANNEL_BINDING = 21


class _Callback(ctypes.Structure):
    _fields_: ClassVar[list[tuple[str, Any]]] = [  # type: ignore[mutable-override] # as ctypes has it
        ("id", ctypes.c_ulong),
        ("proc", ctypes.c_void_p),
        ("context", ctypes.c_void_p),
    ]


class _Binding(ctypes.Structure):
    _fields_: ClassVar[list[tuple[str, Any]]] = [  # type: ignore[mutable-override] # as ctypes has it
        ("name", ctypes.c_char_p),
        ("critical", ctypes.c_int),
        ("len", ctypes.c_ulong),
        ("data", ctypes.c_char_p),
    ]


_GetOption = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.POINTER(ctypes.c_char_p),
    ctypes.POINTER(ctypes.c_uint),
)


class CyrusSASL:
    """The library, with one user in its database; one for a process."""

    def __init__(self, folder: Path, who: Password) -> None:
        self._options = {
            b"pwcheck_method": b"auxprop",
            b"auxprop_plugin": b"sasldb",
            b"sasldb_path": str(folder / "sasldb2").encode(),
        }
        self._library = ctypes.CDLL(LIBRARY)
        self._get_option = _GetOption(self._tell)
        pointer = ctypes.cast(self._get_option, ctypes.c_void_p)
        self._callbacks = (_Callback * 2)(
            _Callback(_GETOPT, pointer, None), _Callback(_LIST_END, None, None)
        )
        self._check(self._library.sasl_server_init(self._callbacks, b"mailcore"))
        secret = who.secret.reveal().encode()
        self._check(
            self._library.sasl_setpass(
                self._connect(), who.user.encode(), secret, len(secret), None, 0, _SET_CREATE
            )
        )

    def judge(
        self, mechanism: str, first: bytes | None, binding: tuple[str, bytes] | None, ask: Any
    ) -> bool:
        """Hold a conversation by `ask`, which gives the client's answer to each challenge."""
        connection = self._connect()
        if binding is not None:
            name, data = binding
            bound = _Binding(name.encode(), 0, len(data), data)
            self._check(
                self._library.sasl_setprop(connection, _CHANNEL_BINDING, ctypes.byref(bound))
            )
        out, length = ctypes.c_void_p(), ctypes.c_uint()
        code = self._library.sasl_server_start(
            connection,
            mechanism.encode(),
            first,
            len(first or b""),
            ctypes.byref(out),
            ctypes.byref(length),
        )
        while code == _CONTINUE:
            answer = ask(ctypes.string_at(out, length.value) if out.value else b"")
            code = self._library.sasl_server_step(
                connection, answer, len(answer), ctypes.byref(out), ctypes.byref(length)
            )
        return bool(code == _OK)

    def _connect(self) -> ctypes.c_void_p:
        connection = ctypes.c_void_p()
        self._check(
            self._library.sasl_server_new(
                b"smtp", HOST, None, None, None, None, 0, ctypes.byref(connection)
            )
        )
        return connection

    def _tell(self, _: Any, __: Any, option: bytes, result: Any, length: Any) -> int:
        value = self._options.get(option)
        if value is None:
            return -1
        result[0] = value
        if length:
            length[0] = len(value)
        return _OK

    def _check(self, code: int) -> None:
        if code != _OK:
            raise RuntimeError(f"Cyrus SASL fails: {code}")


class BoundServer:
    """Speaks TLS from the start, offers `mechanisms`, and takes who is let in; `binding` names the kind, if any."""

    def __init__(
        self, sasl: CyrusSASL, certificates: Certificates, mechanisms: str, binding: str | None
    ) -> None:
        self._sasl = sasl
        self._mechanisms = mechanisms
        self._binding = binding
        self._certificate = certificates.good
        self._context = certificates.server_context(certificates.good)
        if binding == "tls-unique":
            self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.used: list[str] = []
        self._peer = Peer(self._converse)
        self.port: int = self._peer.port

    def close(self) -> None:
        self._peer.close()

    def _converse(self, client: socket.socket) -> None:
        with suppress(ssl.SSLError), self._context.wrap_socket(client, server_side=True) as private:
            private.sendall(b"220 bound\r\n")
            while (words := read_line(private).decode().split())[0] != "QUIT":
                private.sendall(self._answer(private, words))

    def _answer(self, private: ssl.SSLSocket, words: list[str]) -> bytes:
        match words:
            case ["EHLO", *_]:
                return f"250-bound\r\n250 AUTH {self._mechanisms}\r\n".encode()
            case ["AUTH", mechanism, *first]:
                self.used.append(mechanism)
                return self._authenticate(private, mechanism, first)
            case ["DATA"]:
                private.sendall(b"354 go on\r\n")
                while read_line(private) != b".\r\n":
                    pass
        return b"250 ok\r\n"

    def _authenticate(self, private: ssl.SSLSocket, mechanism: str, first: list[str]) -> bytes:
        def ask(challenge: bytes) -> bytes:
            private.sendall(b"334 " + base64.b64encode(challenge) + b"\r\n")
            return base64.b64decode(read_line(private))

        response = base64.b64decode(first[0]) if first else None
        is_in = self._sasl.judge(mechanism, response, self._channel(private), ask)
        return b"235 2.7.0 welcome\r\n" if is_in else b"535 5.7.8 not you\r\n"

    def _channel(self, private: ssl.SSLSocket) -> tuple[str, bytes] | None:
        if self._binding is None:
            return None
        if self._binding == "tls-unique":
            return self._binding, private.get_channel_binding("tls-unique") or b""
        pem = self._certificate.read_text(encoding="ascii")
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        first = begin + pem.partition(begin)[2].partition(end)[0] + end
        return self._binding, hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).digest()
