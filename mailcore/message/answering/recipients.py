"""Who answers a received mail, and who gets the answer (RFC 5322 3.6.3).

Received addresses were never validated: those that no mail can be sent to are passed over.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from mailcore.errors import InvalidAddress, InvalidMessage
from mailcore.message.address import Address
from mailcore.message.reading.values.addresses import ReceivedAddress, parse_addresses
from mailcore.message.received import ReceivedMessage

__all__ = ["Recipients", "find_answerer", "find_author", "find_everybody"]

# Where servers write down whom a mail was for: Postfix, Exim, and after all aliases Postfix and qmail.
_DELIVERED = ("x-original-to", "envelope-to", "delivered-to")
_LIST = ("list-id", "list-post", "mailing-list")


class Recipients(NamedTuple):
    """Who gets an answer, and who gets a copy of it; nobody is in both."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...] = ()


def find_answerer(mail: ReceivedMessage) -> Address:
    """Give the address that the mail came to, by the name that To or Cc has for it.

    Where no server wrote it down it is the first in To, but of a mailing list, since that is the list.
    Raises `InvalidMessage` if nothing tells.
    """
    to, delivered = _usable(mail.to), _usable(_deliveries(mail))
    named = {_key(address): address for address in (*_usable(mail.cc), *reversed(to))}
    for address in delivered:
        if _key(address) in named:
            return named[_key(address)]
    for address in delivered or (() if _came_by_list(mail) else to):
        return address
    raise InvalidMessage("from_: the mail does not tell whom it came to, so say who answers")


def find_author(mail: ReceivedMessage, *, answerer: Address) -> Recipients:
    """Give whom a reply goes to: Reply-To, or else the authors.

    Who answers a mail of their own goes on writing to its recipients.
    """
    authors = _usable(mail.from_all)
    is_own = _key(answerer) in map(_key, authors)
    asked_for = _without([answerer], _usable(mail.reply_to))
    found = asked_for or (_usable(mail.to) if is_own else authors) or authors
    return Recipients(_without([answerer], found) or _without([], found))


def find_everybody(
    mail: ReceivedMessage, *, answerer: Address, named: Iterable[Address] = ()
) -> Recipients:
    """Give whom a reply to all goes to: also the others in To, and in copy those in Cc.

    Not the answerer, unless there is nobody else, nor the others whom the caller has `named`.
    """
    first = find_author(mail, answerer=answerer).to
    known = [answerer, *named, *first]
    to = (*_without([answerer], first), *_without(known, _usable(mail.to)))
    cc = _without([*known, *to], _usable(mail.cc))
    return Recipients(to, cc) if to or cc else Recipients(first)


def _deliveries(mail: ReceivedMessage) -> Iterator[ReceivedAddress]:
    """Give whom servers delivered to, list servers aside, which deliver to the list."""
    posts = mail.headers.get("list-post") or ""
    for name in _DELIVERED:
        for text in mail.headers.get_all(name):
            if not text.lower().startswith("mailing list "):  # QUIRK(ezmlm)
                found = parse_addresses(text.encode())
                yield from (address for address in found if f":{address.email}" not in posts)


def _came_by_list(mail: ReceivedMessage) -> bool:
    precedence = mail.headers.get("precedence") or ""
    return precedence.strip().lower() == "list" or any(name in mail.headers for name in _LIST)


def _usable(addresses: Iterable[ReceivedAddress]) -> tuple[Address, ...]:
    """Give those that mail can be sent to."""
    usable: list[Address] = []
    for address in addresses:
        with suppress(InvalidAddress):
            usable.append(Address(email=address.email, name=address.name))
    return tuple(usable)


def _without(excluded: Iterable[Address], addresses: Iterable[Address]) -> tuple[Address, ...]:
    """Give each address once, and none of the excluded ones."""
    seen = set(map(_key, excluded))
    unique = {_key(address): address for address in reversed(tuple(addresses))}
    return tuple(address for key, address in reversed(unique.items()) if key not in seen)


def _key(address: Address) -> str:
    """Give what two spellings of one mailbox have in common: nobody tells people apart by case."""
    return address.addr_spec.casefold()
