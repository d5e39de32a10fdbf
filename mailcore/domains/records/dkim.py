"""The DKIM key record (RFC 6376 3.6.1, RFC 8463), read and written.

What kind of key it is, and its size, is read from the DER encoding (X.690) itself, so that neither
needs any cryptography.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailcore.domains.records.fault import Fault, Span
from mailcore.domains.records.tags import Tag, read_tags, write_tags
from mailcore.errors import ConfigurationError

__all__ = ["DKIMRecord", "build_dkim_key", "is_dkim_key", "read_dkim_key", "rsa_bits"]

ED25519_OCTETS = 32  # RFC 8463 4.2
_ED25519_INFO = bytes.fromhex("302a300506032b6570032100")  # before the key, RFC 8410 4 and 10.1
_PEM = re.compile(r"\s*+-----BEGIN ([A-Z0-9 ]++)-----([A-Za-z0-9+/=\s]++)-----END \1-----\s*+")
_MEANT = re.compile(r"\W{0,3}v\s{0,3}=\s{0,3}dkim1(?![0-9a-z])", re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z0-9+/]{100}")  # more than any word has
_WORD = re.compile(r"\*|[a-z](?:[a-z0-9-]*[a-z0-9])?")
_SPACES = str.maketrans("", "", " \t\r\n")

_INTEGER, _BIT_STRING, _SEQUENCE = 0x02, 0x03, 0x30
_LONG_LENGTH = 0x80
_LENGTH_OCTETS = 4


@dataclass(frozen=True, slots=True)
class DKIMRecord:
    """A public key as it is published. With any fault, signatures that need it fail.

    `key` is what `p` decodes to, empty where the key is revoked; `bits` is the size of a key that
    can be read. `hashes` is None where all are acceptable; `services` and `flags` are as published.
    """

    text: str
    version: str
    key_type: str
    key: bytes
    bits: int | None
    hashes: tuple[str, ...] | None
    services: tuple[str, ...]
    flags: tuple[str, ...]
    notes: str
    faults: tuple[Fault, ...]

    @property
    def is_revoked(self) -> bool:
        """Whether `p` is there and empty: signatures with this key are not to be accepted."""
        return not self.key and not self.faults

    @property
    def is_testing(self) -> bool:
        """Whether receivers are to treat signed mail as if it were not signed (t=y)."""
        return "y" in self.flags

    @property
    def is_for_mail(self) -> bool:
        """Whether the key may sign mail."""
        return not {"*", "email"}.isdisjoint(self.services)


def is_dkim_key(text: str) -> bool:
    """Tell whether a text is meant as a key: a selector's name may have others, from a wildcard."""
    if _MEANT.match(text):  # though it may be broken, as by what a form has made of it
        return True
    values = {tag.name: tag.value for tag in read_tags(text)[0]}
    has_key = "p" in values or ("k" in values and _KEY.search(text) is not None)
    return "v" not in values and has_key


def read_dkim_key(text: str) -> DKIMRecord:
    """Read a key record; what cannot be read is in its faults."""
    tags, faults = read_tags(text)
    values = {tag.name: tag.value for tag in tags}
    key_type = values.get("k", "rsa").lower()
    key, bits, more = _read_key(key_type, next((tag for tag in tags if tag.name == "p"), None))
    return DKIMRecord(
        text=text,
        version=values.get("v", "DKIM1"),
        key_type=key_type,
        key=key,
        bits=bits,
        hashes=_split(values["h"]) if "h" in values else None,
        services=_split(values.get("s", "*")),
        flags=_split(values.get("t", "")),
        notes=values.get("n", ""),
        faults=(*_check_version(tags), *faults, *more),
    )


def build_dkim_key(
    key: bytes | str | None,
    *,
    hashes: Iterable[str] | None = None,
    services: Iterable[str] = ("*",),
    flags: Iterable[str] = (),
    notes: str = "",
) -> DKIMRecord:
    """Give the record that publishes a public key, RSA or Ed25519.

    `key` is what OpenSSL and `cryptography` write as a public key, in PEM or DER; None revokes the
    selector's key. The others are the fields of `DKIMRecord`. Raises `ConfigurationError` for anything
    else: a private key, and the bare octets of an Ed25519 key, as private ones look the same.
    """
    key_type, octets = _identify(key)
    tags = [("v", "DKIM1"), ("k", key_type)]
    if hashes is not None:
        tags.append(("h", _join("hashes", hashes)))
    if (services := tuple(services)) != ("*",):
        tags.append(("s", _join("services", services)))
    if flags := tuple(flags):
        tags.append(("t", _join("flags", flags)))
    if notes:
        tags.append(("n", notes))
    return read_dkim_key(write_tags([*tags, ("p", base64.b64encode(octets).decode())]))


def _join(name: str, words: Iterable[str]) -> str:
    """Write a list with colons."""
    listed = tuple(words)
    if not listed or not all(map(_WORD.fullmatch, listed)):
        raise ConfigurationError(f"{name} are words in lower case, not {listed!r}")
    return ":".join(listed)


def _identify(key: bytes | str | None) -> tuple[str, bytes]:
    """Give a key's type, and what is published of it."""
    if key is None:
        return "rsa", b""
    der = _read_pem(key) if isinstance(key, str) or key.lstrip().startswith(b"-----") else key
    if der.startswith(_ED25519_INFO) and len(der) == len(_ED25519_INFO) + ED25519_OCTETS:
        return "ed25519", der.removeprefix(_ED25519_INFO)
    try:
        rsa_bits(der)
    except ValueError as error:
        raise ConfigurationError("not a public key, neither RSA nor Ed25519") from error
    return "rsa", der


def _read_pem(key: bytes | str) -> bytes:
    """Give the DER of a PEM text; no part of it gets into an error, for it may be private."""
    text = key if isinstance(key, str) else key.decode("latin-1")
    found = _PEM.fullmatch(text)
    if found is None:
        raise ConfigurationError("not a public key in PEM")
    if not found[1].endswith("PUBLIC KEY"):
        raise ConfigurationError("only a public key may be published, and this is something else")
    try:
        return base64.b64decode("".join(found[2].split()), validate=True)
    except binascii.Error:
        raise ConfigurationError("the PEM text is not base64") from None


def _split(value: str) -> tuple[str, ...]:
    """Give the parts of a list with colons."""
    parts = (part.strip().lower() for part in value.split(":"))
    return tuple(part for part in parts if part)


def _check_version(tags: tuple[Tag, ...]) -> tuple[Fault, ...]:
    """Find fault with a version: it may be left out; else it is the first tag, and DKIM1."""
    for position, tag in enumerate(tags):
        if tag.name == "v" and (position or tag.value != "DKIM1"):
            return (Fault("the version has to be the first tag, v=DKIM1", tag.span),)
    return ()


def _read_key(key_type: str, tag: Tag | None) -> tuple[bytes, int | None, tuple[Fault, ...]]:
    """Give the key's octets, its size in bits, and what is wrong with it."""
    if tag is None:
        return b"", None, (Fault("there is no key, p=", Span(0, 0)),)
    try:
        key = base64.b64decode(tag.value.translate(_SPACES), validate=True)
    except (binascii.Error, ValueError):
        return b"", None, (Fault("the key is not base64", tag.span),)
    try:
        return key, _size(key_type, key) if key else None, ()
    except ValueError as error:
        return key, None, (Fault(str(error), tag.span),)


def _size(key_type: str, key: bytes) -> int | None:
    match key_type:
        case "rsa":
            return rsa_bits(key)
        case "ed25519" if len(key) != ED25519_OCTETS:
            raise ValueError(f"an Ed25519 key has {ED25519_OCTETS} octets, not {len(key)}")
        case "ed25519":
            return 8 * ED25519_OCTETS
        case _:
            return None


def rsa_bits(der: bytes) -> int:
    """Give the size of an RSA public key, a SubjectPublicKeyInfo or a bare RSAPublicKey.

    Raises `ValueError` for anything else.
    """
    fields = _read_sequence(der)
    kind, modulus, after = _read_element(fields)
    if kind == _SEQUENCE:  # RFC 5280 4.1: the algorithm, then the key in a bit string
        kind, bit_string, _ = _read_element(after)
        if kind != _BIT_STRING or bit_string[:1] != b"\0":
            raise ValueError("the key is no RSA key: no key in it")
        kind, modulus, after = _read_element(_read_sequence(bit_string[1:]))
    exponent, _, rest = _read_element(after)
    # RFC 8017 A.1.1: n and e; what goes on after them would be a private key (A.1.2).
    if (kind, exponent, rest) != (_INTEGER, _INTEGER, b""):
        raise ValueError("the key is no RSA key: not a modulus and an exponent")
    return int.from_bytes(modulus, "big").bit_length()


def _read_sequence(der: bytes) -> bytes:
    kind, contents, rest = _read_element(der)
    if kind != _SEQUENCE or rest:
        raise ValueError("the key is no RSA key: not one sequence")
    return contents


def _read_element(der: bytes) -> tuple[int, bytes, bytes]:
    """Give the tag, the contents and what follows them."""
    if len(der) < 2:  # noqa: PLR2004 - a tag and a length
        raise ValueError("the key is no RSA key: cut short")
    length, start = der[1], 2
    if length & _LONG_LENGTH:
        octets = length ^ _LONG_LENGTH
        if not 1 <= octets <= _LENGTH_OCTETS:
            raise ValueError("the key is no RSA key: a length of no sensible size")
        start += octets
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise ValueError("the key is no RSA key: cut short")
    return der[0], der[start : start + length], der[start + length :]
