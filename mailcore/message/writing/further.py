"""Header fields beyond a message's own: those of a known grammar as it wants them, others as text.

An encoded-word must stand neither in an address nor in a URI nor in a signature (RFC 2047 5).
"""

import re

from mailcore.errors import InvalidAddress, InvalidHeader
from mailcore.message.addr_spec import check_addr_spec
from mailcore.message.reading.values.addresses import parse_addresses
from mailcore.message.reading.values.comments import balance, strip_comments
from mailcore.message.writing.bodies import LINE_OCTETS
from mailcore.message.writing.headers import (
    TOKEN_LIMIT,
    fold,
    mailbox,
    phrase,
    separate,
    unstructured,
)

__all__ = ["write_further"]

# Several spaces stand within a token, since they may be those of a quoted string.
_BETWEEN = re.compile(r"(?<=[^ ]) (?=[^ ])")
# What an address list looks like (RFC 5322 3.4), quoted strings and comments aside.
_ITEM = r'\s*+(?:[^,:;<>"]*+<[^<>]++>|[^\s,:;<>"][^,:;<>"]*+)\s*+'
_GROUP = rf'\s*+[^\s,:;<>"][^,:;<>"]*+:(?:{_ITEM}(?:,{_ITEM})*+|\s*+);\s*+'
_LIST = re.compile(rf"(?:{_GROUP}|{_ITEM})(?:,(?:{_GROUP}|{_ITEM}))*+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_ADDRESSES = {
    "disposition-notification-to", "errors-to", "mail-followup-to", "mail-reply-to", "resent-cc",
    "resent-from", "resent-reply-to", "resent-sender", "resent-to", "return-receipt-to",
}  # fmt: skip
_TOKENS = {
    "archived-at", "authentication-results", "auto-submitted", "autocrypt", "dkim-signature",
    "domainkey-signature", "importance", "precedence", "received", "received-spf",
    "require-recipient-valid-since", "resent-date", "resent-message-id", "return-path",
}  # fmt: skip
_TOKEN_FAMILIES = ("list-", "arc-")


def write_further(name: str, value: str) -> str:
    """Give the field with its line ends; raises `InvalidHeader` for what it can't be.

    What is ASCII stands as it is, its tokens whole.
    """
    kind = name.lower()
    is_structured = kind in _ADDRESSES or kind in _TOKENS or kind.startswith(_TOKEN_FAMILIES)
    field = _write_structured(name, value) if is_structured else unstructured(name, value)
    if any(len(line.encode()) > LINE_OCTETS for line in field.split("\r\n")):
        raise InvalidHeader(f"{name} holds a word that is too long for a line")
    return field


def _write_structured(name: str, value: str) -> str:
    kind = name.lower()
    if not value.replace("\t", " ").isprintable():
        raise InvalidHeader(f"{name} holds a control character: {value[:200]!r}")
    if kind in _ADDRESSES:
        return _write_addresses(name, value)
    if value.isascii():
        return _write_as_given(name, value)
    if kind == "list-id":
        return _write_list_id(name, value)
    raise InvalidHeader(f"{name} can only be ASCII: {value[:200]!r}")


def _write_as_given(name: str, value: str) -> str:
    value = value.replace("\t", " ").strip(" ")
    tokens = _BETWEEN.split(value)
    return fold(name, value.split() if max(map(len, tokens)) > TOKEN_LIMIT else tokens)


def _write_addresses(name: str, value: str) -> str:
    """Write what is ASCII as it is given, since its spaces, groups and comments mean something."""
    try:
        specs = [(each, check_addr_spec(each.email)) for each in parse_addresses(value.encode())]
    except InvalidAddress as flaw:
        raise InvalidHeader(f"{name}: {flaw}") from None
    bare = strip_comments(_QUOTED.sub("x", value))
    if balance(value) != value or not _LIST.fullmatch(bare):
        raise InvalidHeader(f"{name} is not a list of addresses: {value[:200]!r}")
    if value.isascii():
        return _write_as_given(name, value)
    if not specs or ";" in value:
        raise InvalidHeader(f"{name} beyond ASCII is addresses, without groups: {value[:200]!r}")
    return fold(name, separate([mailbox(each.name, spec, name) for each, spec in specs]))


def _write_list_id(name: str, value: str) -> str:
    """Write a name, and the identifier in its brackets (RFC 2919 3)."""
    label, bracket, identifier = value.rpartition("<")
    if not bracket or not identifier.isascii():
        raise InvalidHeader(f"{name} is a name and then an id in < and >: not {value[:200]!r}")
    return fold(name, [*phrase(label.strip(' "'), name), f"<{identifier.strip()}"])
