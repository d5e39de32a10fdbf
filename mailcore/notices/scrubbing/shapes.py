"""Secrets that give themselves away by where they stand, or by what they look like.

Each function finds the spans of secrets in a text. Every expression is linear, and is only tried where
what it can't do without is in the text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailcore.notices.scrubbing.names import MASK, SECRET_NAMES, SecretNames

__all__ = [
    "Span",
    "distinct_words",
    "find_keys",
    "find_parameters",
    "find_user_info",
    "mask_spans",
    "mask_urls",
]

SHORTEST_KEY = 15
"""Characters of the shortest key that is known by its form: one of Slack's."""


class Span(NamedTuple):
    """Where a secret stands, and the name before it, if there is one.

    It is `loose` if it stands in prose, where what follows a name may be any word.
    """

    start: int
    end: int
    name: str = ""
    loose: bool = False


_USER_INFO = re.compile(r"://((?:[^\s/?#@'\"<>]*+@)++)")  # RFC 3986 section 3.2.1
_PARAMETER = re.compile(r"[?&;#]([^\s=?&;#]++)=([^\s&;#'\"<>]*+)")
_SIGNATURE = re.compile(r"(?i)(?:sig|.*signature)")
# RFC 7468; the end may be cut off.
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]++ )*?PRIVATE KEY(?: BLOCK)?-----([^-]*+)")

#: Keys by their form: what is in each of them as it stands, and their expression.
_KEYS = (
    (("eyJ",), re.compile(r"\beyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)*+")),  # RFC 7519: a JWT
    (("AKIA", "ASIA"), re.compile(r"\bA[KS]IA[A-Z2-7]{16}\b")),  # AWS
    (
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        re.compile(r"\b(?:gh[pousr]_|github_pat_)\w{16,}+"),
    ),
    (("glpat-", "gldt-", "glrt-", "glcbt-"), re.compile(r"\bgl(?:pat|dt|rt|cbt)-[\w.-]{16,}+")),
    (("xox", "xapp-"), re.compile(r"\bx(?:ox[a-z]|app)-[\w-]{10,}+")),  # Slack
    (("hooks.slack.com/",), re.compile(r"hooks\.slack\.com/\w++/([\w/]++)")),
    (("_live_", "_test_"), re.compile(r"\b[prs]k_(?:live|test)_\w{10,}+")),  # Stripe
    (("whsec_",), re.compile(r"\bwhsec_[\w+/=]{16,}+")),
    (("AIza",), re.compile(r"\bAIza[\w-]{35,}+")),  # Google
    (("GOCSPX-", "ya29."), re.compile(r"\b(?:GOCSPX-|ya29\.)[\w-]{16,}+")),
    (("sk-",), re.compile(r"\bsk-(?=[\w-]{0,200}?\d)[\w-]{20,}+")),  # OpenAI, Anthropic
    (("npm_",), re.compile(r"\bnpm_\w{30,}+")),
    (("pypi-",), re.compile(r"\bpypi-[\w-]{16,}+")),
    (("SG.",), re.compile(r"\bSG\.[\w-]{16,}+\.[\w-]{16,}+")),  # SendGrid
    (("SK", "AC"), re.compile(r"\b(?:SK|AC)[0-9a-f]{32}\b")),  # Twilio
    ((":AA",), re.compile(r"(?<!\d)\d{8,10}:AA[\w-]{32,}+")),  # Telegram
    (("hf_",), re.compile(r"\bhf_[A-Za-z]{30,}+")),  # Hugging Face
    (("dop_v1_", "shpat_", "key-"), re.compile(r"\b(?:dop_v1_|shpat_|key-)[0-9a-f]{32,}+")),
)
_HINTS = tuple((hint, expression) for hints, expression in _KEYS for hint in hints)


def find_user_info(text: str) -> Iterator[Span]:
    """Find what stands before the host in URLs."""
    if "@" in text and "://" in text:
        for found in _USER_INFO.finditer(text):
            yield Span(found.start(1), found.end(1) - 1, "userinfo")


def find_parameters(text: str, names: SecretNames) -> Iterator[Span]:
    """Find parameters of queries, fragments and forms whose names sound secret, and signatures."""
    if "=" in text:
        for found in _PARAMETER.finditer(text):
            if found[1] in names or _SIGNATURE.fullmatch(found[1]):
                yield Span(*found.span(2), found[1])


def find_keys(text: str, words: str) -> Iterator[Span]:
    """Find what looks like a well-known kind of key, with no name before it; `words` are the text's."""
    if len(text) < SHORTEST_KEY:
        return
    if "PRIVATE KEY" in text:
        for found in _PRIVATE_KEY.finditer(text):
            yield Span(*found.span(1))
    for expression in {expression for hint, expression in _HINTS if hint in words}:
        for found in expression.finditer(text):
            yield Span(*found.span(found.lastindex or 0))


def distinct_words(text: str) -> str:
    """Give each word once: as notices repeat themselves, what is not in a text shows soon there."""
    return " ".join(set(text.split()))


def mask_spans(text: str, spans: list[Span]) -> str:
    """Give the text with a mask in place of each span; those that overlap share one."""
    pieces: list[str] = []
    done = 0
    masked_to = -1
    for start, end, *_ in sorted(spans):
        if end <= start:
            continue
        if start >= masked_to:
            pieces += (text[done:start], MASK)
        done = masked_to = max(end, masked_to)
    pieces.append(text[done:])
    return "".join(pieces)


def mask_urls(text: str) -> str:
    """Give the text with the secrets of its URLs masked, and no others."""
    if "@" not in text and "=" not in text:
        return text
    spans = [*find_user_info(text), *find_parameters(text, SECRET_NAMES)]
    return mask_spans(text, spans) if spans else text
