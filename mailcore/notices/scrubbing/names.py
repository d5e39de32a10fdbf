"""Which names sound secret, and which values are too ordinary to be one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from mailcore.secret_forms import SHORTEST

__all__ = [
    "MASK",
    "SECRET_NAMES",
    "SecretNames",
    "as_text",
    "is_common",
    "is_ordinary",
    "is_secret_name",
]

MASK = "***"

NAME_LIMIT = 200
"""Characters of a name that are looked at."""
NAMES_REMEMBERED = 1000
"""Names of which it is remembered whether they sound secret: a program has the same ones again."""

_KEYS = (
    "access|account|aes|api|app|application|auth|cert|client|consumer|deploy|encryption|fernet|gpg|hmac"
    "|licen[cs]e|master|pgp|priv|private|rsa|secret|service|session|shared|shared_access|signing|ssh"
    "|ssl|storage|subscription|tls|webhook"
)
_PASSES = (
    "admin|db|ftp|imap|ldap|login|mail|mysql|pg|proxy|redis|root|smtp|sql|ssh|sudo|user|usr|wifi"
)
_CODES = "2fa|auth|authorization|backup|mfa|one_time|otp|pin|recovery|security|totp|verification"
_SECRET = re.compile(
    r"pass(?:wor[dt](?!less)|wd|_?phrase|code|key)|pwd|secret(?!ar)|token(?!i[sz])|authori[sz]ation|bearer"
    r"|cookie(?!_?cutter)|credential|csrf|xsrf|auth(?:entication)?_header|sess(?:ion)?_?id"
    rf"|conn(?:ection)?_?str(?:ing)?(?![a-z])|(?:{_KEYS})_?key|(?:{_CODES})_?codes?|(?:{_PASSES})_?p(?:ass|w)\d*$"
    r"|key_pem|pem_key|ssh_private|(?:mnemonic|recovery|seed)_(?:phrase|words)|webhook_url|amz_signature"
    r"|client_assertion|saml_?(?:assertion|response)"
    r"|(?:^|_)(?:auth|creds?|jwt|mnemonic|otp|pass|pin|privkey|pw|sid|totp)_?\d*$"
)
_ABOUT_A_SECRET = re.compile(  # what such a name holds is no secret itself
    r"(?:^|_)(?:bad|invalid|missing|unexpected|unknown|wrong)_|^(?:no|forgot)_"
    r"|^(?:max|min|num|n|total|prompt|completion|input|output)_tokens$"
    r"|(?<!webhook)_(?:age|at|count|dir|domain|enabled|endpoint|errors?|expired|expires|expires_in|expiry|field"
    r"|file|filename|len|length|limit|names?|path|required|scopes?|size|status|timeout|ttl|types?"
    r"|uri|url|user|username|valid)$"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = str.maketrans("-. ", "___")

#: Where a name that sounds secret must have one of these in it, in lower case.
STEMS = (
    "amz_signature", "amz-signature", "assertion", "auth", "bearer", "code", "conn", "cookie", "cred", "hook",
    "jwt", "key", "mnemonic", "otp", "pass", "phrase", "pin", "priv", "pw", "saml", "secret", "seed", "sess",
    "sid", "srf", "token",
)  # fmt: skip

#: What stands where a secret could, and is none: what programs, and what people say of secrets.
_COMMON = frozenset(
    """
    admin administrator annotated anonymous any ascii basic bearer bool boolean bytes changed changeme
    class code cookie default deny denied digest disabled elastic empty enabled encrypted error example
    expected expired failed false filtered float forbidden from guest header headers hidden http https
    incorrect int integer invalid is localhost login malformed masked mismatch missing must mysql name
    negotiate never nil no none not null object omitted optional password passwords postgres postgresql
    public rabbitmq redacted redis refresh refused required reset revoked root secret secrets secretstr
    self set string str test tests text token tokens too true type undefined unexpected unknown unset
    user username utf-8 valid value values was when which will with wrong yes your
    """.split()  # noqa: SIM905 - so many are better read as words
)
_ENCLOSING = " \t\r\n*.:,;!?()[]{}<>\"'`"


@dataclass(frozen=True, slots=True)
class SecretNames:
    """Names whose values are likely to be secrets: `name in names` tells.

    `also` are words, or several joined by "_", that make a name secret, `never` names that are not.
    Upper and lower case are alike, and so are password-hint, password.hint and passwordHint.
    """

    also: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *, also: Iterable[str] = (), never: Iterable[str] = ()) -> "SecretNames":
        """Give those of words and names as people write them."""
        return cls(frozenset(map(_normalised, also)), frozenset(map(_normalised, never)))

    def __contains__(self, name: object) -> bool:
        text = as_text(name)
        if not text:
            return False
        words, sounds_secret = _judged(text[:NAME_LIMIT])
        if self.also and any(f"_{word}_" in f"_{words}_" for word in self.also):
            sounds_secret = True
        return sounds_secret and words not in self.never

    @property
    def stems(self) -> tuple[str, ...]:
        """Of which one at least is in each of the names, in lower case."""
        return _stems(self.also)


SECRET_NAMES = SecretNames()


def is_secret_name(name: object) -> bool:
    """Tell whether a value of this name is likely to be a secret."""
    return name in SECRET_NAMES


def is_ordinary(value: str) -> bool:
    """Tell whether a value is too short or too common to be masked wherever it stands."""
    core = value.strip(_ENCLOSING)
    if len(core) < (SHORTEST + 2 if core.isdigit() else SHORTEST):
        return True
    return core.lower() in _COMMON or len(set(core)) == 1


def is_common(word: str) -> bool:
    """Tell whether a word is one that stands where a secret could, and is none."""
    return word.strip(_ENCLOSING).lower() in _COMMON


def as_text(name: object) -> str:
    """Give a name as a plain str, past what its class overrides; nothing for what is no text."""
    kind = type(name)
    if kind is str:
        return name  # type: ignore[return-value] # a str
    if issubclass(kind, bytes):
        return bytes.decode(name, "latin-1")  # type: ignore[arg-type] # bytes
    return str.__getitem__(name, slice(None)) if issubclass(kind, str) else ""  # type: ignore[index] # a str


@lru_cache
def _stems(also: frozenset[str]) -> tuple[str, ...]:
    return (*STEMS, *{word.partition("_")[0] for word in also})


@lru_cache(NAMES_REMEMBERED)
def _judged(name: str) -> tuple[str, bool]:
    """Give a name's words, and whether they sound secret."""
    words = _normalised(name)
    return words, bool(_SECRET.search(words)) and not _ABOUT_A_SECRET.search(words)


def _normalised(name: str) -> str:
    """Give a name's words in lower case, joined by "_"."""
    if not (name.islower() or name.isupper()):
        name = _HUMP.sub("_", name)
    return (name if name.isidentifier() else name.translate(_SEPARATORS)).lower()
