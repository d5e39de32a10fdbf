"""Header fields beyond a message's own: those of a known grammar as it wants them, others as text.

An encoded-word must stand neither in an address nor in a URI nor in a signature (RFC 2047 5).
"""

from mailcore.errors import InvalidHeader
from mailcore.message.addr_spec import check_addr_spec
from mailcore.message.reading.addresses import parse_addresses
from mailcore.message.writing.headers import fold, mailbox, phrase, separate, unstructured

__all__ = ["write_further"]

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
    """Give the field with its line ends; raises `InvalidHeader` or `InvalidAddress` for what it can't be."""
    kind = name.lower()
    if kind in _ADDRESSES:
        return _write_addresses(name, value)
    if kind == "list-id" and not value.isascii():
        return _write_list_id(name, value)
    if kind in _TOKENS or kind.startswith(_TOKEN_FAMILIES):
        if not value.isascii():
            raise InvalidHeader(f"{name} can only be ASCII: {value[:200]!r}")
        return fold(name, value.split() or [""])
    return unstructured(name, value)


def _write_addresses(name: str, value: str) -> str:
    addresses = parse_addresses(value.encode())
    if not addresses:
        raise InvalidHeader(f"{name} holds no address: {value[:200]!r}")
    items = [mailbox(each.name, check_addr_spec(each.email), name) for each in addresses]
    return fold(name, separate(items))


def _write_list_id(name: str, value: str) -> str:
    """Write a name, and the identifier in its brackets (RFC 2919 3)."""
    label, bracket, identifier = value.rpartition("<")
    if not bracket or not identifier.isascii():
        raise InvalidHeader(f"{name} is a name and then an id in < and >: not {value[:200]!r}")
    return fold(name, [*phrase(label.strip(' "'), name), f"<{identifier.strip()}"])
