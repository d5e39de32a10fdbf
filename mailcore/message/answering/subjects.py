"""The subject of an answer: one "Re: " or "Fwd: ", whatever other clients had put there (RFC 5322 3.6.5)."""

import re

__all__ = ["forward_subject", "reply_subject"]

# As clients write them. "VS" is an answer in Finnish, though in Danish a forwarded mail. What begins
# subjects of its own is left out, such as the Italian "R" and "I" and the French "Ref".
_REPLY = (
    "re",  # English, and most others
    "aw", "antw", "antwort", "antwoord", "sv", "svar", "vs",  # German, Dutch, Nordic
    "rif", "res", "odp", "vá", "atb", "ynt", "bls",  # it, pt, pl, hu, lv, tr, id
    "отв", "ответ", "відп", "απ", "σχετ", "תגובה", "השב", "رد",  # ru, uk, el, he, ar
    "回复", "答复", "回信", "回覆", "答覆", "返信", "답장", "회신",  # zh, ja, ko
)  # fmt: skip
_FORWARD = (
    "fwd", "fw",  # English, and most others
    "wg", "doorst", "vb", "vl",  # German, Dutch, Swedish, Finnish
    "tr", "rv", "enc", "pd", "ilt", "trs",  # fr, es, pt, pl, tr, id
    "пересл", "πρθ", "הועבר", "إعادة توجيه",  # ru, el, he, ar
    "转发", "轉寄", "轉發", "転送", "전달",  # zh, ja, ko
)  # fmt: skip


def _prefixes(names: tuple[str, ...]) -> re.Pattern[str]:
    """Give what finds any row of these, with the counts that some clients add: Re[2]:, Re^2:, Re(2):."""
    name = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(
        rf"(?:\s*+(?:{name})\s*+(?:\[\d{{1,4}}\]|\^\d{{1,4}}|\(\d{{1,4}}\))?+\s*+[:：])*+\s*+",
        re.IGNORECASE,
    )


_REPLIES = _prefixes(_REPLY)
_FORWARDS = _prefixes(_FORWARD)


def reply_subject(subject: str | None) -> str:
    """Give the subject of a reply: "Re: " and the subject without such a prefix, in any language."""
    return _prefix("Re:", _REPLIES, subject)


def forward_subject(subject: str | None) -> str:
    """Give the subject of a forwarded mail: "Fwd: " and the subject, a "Re: " in it left there."""
    return _prefix("Fwd:", _FORWARDS, subject)


def _prefix(prefix: str, known: re.Pattern[str], subject: str | None) -> str:
    subject = subject or ""
    found = known.match(subject)
    rest = subject[found.end() :] if found else subject
    return f"{prefix} {rest.rstrip()}".rstrip()
