"""SCRAM: each end proves that it knows the password, and neither shows it (RFC 5802, RFC 7677).

The -PLUS variants bind the proof to the TLS connection, so that nobody in the middle can pass it on.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from mailcore.errors import AuthenticationFailed
from mailcore.sasl.credentials import Password
from mailcore.sasl.preparation import saslprep
from mailcore.secret import Secret

__all__ = ["FEWEST_ITERATIONS", "MOST_ITERATIONS", "Scram"]

FEWEST_ITERATIONS = 4096  # RFC 7677 4; fewer would make it easy to find the password out
MOST_ITERATIONS = 2_000_000  # about a second; more would keep this end busy

_NONCE_BYTES = 24
_SERVER_FIRST = re.compile(r"r=([!-+\--~]+),s=([A-Za-z0-9+/=]+),i=([1-9][0-9]{0,9})(?:,.*)?")


class Scram:
    """One authentication by SCRAM with a hash; `binding` is the channel's, for a -PLUS variant.

    `could_bind` says that this end would have bound the channel, had the server offered that: if it did,
    and somebody has hidden it, the server finds out (RFC 5802 6).
    """

    refusal = None

    def __init__(
        self,
        credentials: Password,
        hash_name: str,
        *,
        binding: tuple[str, bytes] | None = None,
        could_bind: bool = False,
        nonce: str | None = None,
    ) -> None:
        self.name: str = f"SCRAM-{hash_name}{'-PLUS' if binding else ''}"
        self._hash = hash_name.replace("-", "").lower()
        self._password = credentials.secret
        self._nonce = nonce or b64encode(secrets.token_bytes(_NONCE_BYTES)).decode()
        flag = f"p={binding[0]}" if binding else "y" if could_bind else "n"
        self._header = f"{flag},,".encode()
        self._binding = binding[1] if binding else b""
        user = saslprep(credentials.user).replace("=", "=3D").replace(",", "=2C")
        self._first = f"n={user},r={self._nonce}"
        self._server_signature: bytes | None = None
        self.is_proven: bool = False

    def initial_response(self) -> bytes | None:
        """Give who we are, and our half of the nonce."""
        return self._header + self._first.encode()

    def respond(self, challenge: bytes) -> bytes:
        """Prove that we know the password; then check that the server does."""
        text = challenge.decode(errors="replace")
        if self.is_proven:
            raise AuthenticationFailed(f"the server asked for more than {self.name} has")
        if self._server_signature is None:
            return self._prove(text)
        self._check_server(text)
        return b""

    def check_success(self) -> None:
        """See that the server has proven itself before it let us in; raises `AuthenticationFailed`."""
        if not self.is_proven:
            raise AuthenticationFailed(
                "the server let us in without a proof that it knows the password: it may be another one"
            )

    def _prove(self, server_first: str) -> bytes:
        found = _SERVER_FIRST.fullmatch(server_first)
        if found is None:
            raise AuthenticationFailed(f"this is no challenge of SCRAM: {server_first[:80]!r}")
        nonce, salt, iterations = found[1], found[2], int(found[3])
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            raise AuthenticationFailed("the server's nonce does not go on from ours")
        if not FEWEST_ITERATIONS <= iterations <= MOST_ITERATIONS:
            raise AuthenticationFailed(
                f"the server wants {iterations} iterations of SCRAM, and from {FEWEST_ITERATIONS} to"
                f" {MOST_ITERATIONS} are done"
            )
        bound = b64encode(self._header + self._binding).decode()
        without_proof = f"c={bound},r={nonce}"
        said = f"{self._first},{server_first},{without_proof}".encode()
        proof = self._sign(_decode(salt), iterations, said)
        return f"{without_proof},p={b64encode(proof).decode()}".encode()

    def _sign(self, salt: bytes, iterations: int, said: bytes) -> bytes:
        """Give the client's proof, and keep what the server's has to be (RFC 5802 3)."""
        password = Secret(saslprep(self._password.reveal()))
        salted = hashlib.pbkdf2_hmac(self._hash, password.reveal().encode(), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", self._hash)
        stored_key = hashlib.new(self._hash, client_key).digest()
        signature = hmac.digest(stored_key, said, self._hash)
        server_key = hmac.digest(salted, b"Server Key", self._hash)
        self._server_signature = hmac.digest(server_key, said, self._hash)
        return bytes(key ^ sign for key, sign in zip(client_key, signature, strict=True))

    def _check_server(self, server_final: str) -> None:
        kind, _, value = server_final.partition(",")[0].partition("=")
        if kind == "e":
            raise AuthenticationFailed(f"the server says: {value[:80]}")
        signature = self._server_signature or b""
        if kind != "v" or not hmac.compare_digest(_decode(value), signature):
            raise AuthenticationFailed(
                "the server does not know the password: it is not the one that it says"
            )
        self.is_proven = True


def _decode(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except NotBase64:
        raise AuthenticationFailed(f"this is not base64: {text[:80]!r}") from None
