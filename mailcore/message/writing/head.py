"""The header of a message but for the fields of MIME, in the order people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mailcore.errors import InvalidHeader
from mailcore.message.address import Address, Group
from mailcore.message.writing.further import write_further
from mailcore.message.writing.headers import date as write_date
from mailcore.message.writing.headers import (
    fold,
    mailbox,
    phrase,
    separate,
    unstructured,
)

if TYPE_CHECKING:
    from mailcore.message.composed import Message

__all__ = ["write_head"]

# What readers go by: X-Priority is older than RFC 2156's Importance, and still the most widely read.
_X_PRIORITY = {"high": "1 (Highest)", "normal": "3 (Normal)", "low": "5 (Lowest)"}


def write_head(message: Message, *, date: datetime, message_id: str) -> str:
    """Give the header fields of a message, ended by CRLF; what it does not say is left out."""
    senders = () if message.sender is None else (message.sender,)
    lists = (
        ("From", message.from_all),
        ("Sender", senders),
        ("Reply-To", message.reply_to),
        ("To", message.to),
        ("Cc", message.cc),
    )
    fields = [_address_field(name, addresses) for name, addresses in lists if addresses]
    if message.subject:
        fields.append(unstructured("Subject", message.subject))
    fields.append(f"Date: {write_date(date)}\r\n")
    fields.append(f"Message-ID: {message_id}\r\n")
    if message.in_reply_to:
        fields.append(f"In-Reply-To: {message.in_reply_to}\r\n")
    if message.references:
        fields.append(fold("References", message.references))
    if message.priority:
        fields.append(f"Importance: {message.priority}\r\n")
        fields.append(f"X-Priority: {_X_PRIORITY[message.priority]}\r\n")
    if message.unsubscribe:
        fields += [write_further(name, value) for name, value in message.unsubscribe.fields()]
    fields += [write_further(name, value) for name, value in message.headers]
    return _join(fields)


def _join(fields: Sequence[str]) -> str:
    """Give the head, unless what got past the checks of the values, by `model_construct`, would inject."""
    head = "".join(fields)
    ends = head.count("\r\n")
    are_whole = ends == head.count("\n") == head.count("\r") and "\0" not in head
    if not are_whole or ends - head.count("\r\n ") != len(fields):
        raise InvalidHeader("a field holds a CR, LF or NUL: it was made without being checked")
    return head


def _address_field(name: str, addresses: Iterable[Address | Group]) -> str:
    return fold(name, separate([_tokens(address, name) for address in addresses]))


def _tokens(address: Address | Group, field: str) -> list[str]:
    if isinstance(address, Address):
        return mailbox(address.name, address.addr_spec, field)
    name = phrase(address.name, field)
    if name[-1].endswith("?="):  # an encoded-word touches no special (RFC 2047 5)
        name.append("")
    name[-1] += ":"
    if not address.members:
        return [*name[:-1], f"{name[-1]};"]
    members = separate([_tokens(member, field) for member in address.members])
    return [*name, *members, ";"]  # on its own: some readers take it for a part of a bare address
