"""`Address` and `Group`: whom a mail is from and to (RFC 5322 3.4, RFC 6532)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    NotRequired,
    Required,
    Self,
    TypedDict,
    Unpack,
)

from pydantic import AfterValidator, BeforeValidator, Field

from mailcore.errors import ConfigurationError, InvalidAddress
from mailcore.message.addr_spec import check_addr_spec
from mailcore.message.reading.values.addresses import ReceivedAddress, spell_mailbox
from mailcore.message.refusal import check_text
from mailcore.message.value import Value

__all__ = [
    "Address",
    "AddressFields",
    "Group",
    "GroupFields",
    "flatten",
    "to_address",
    "to_mailbox",
]

# One mailbox: an optional name, bare or quoted, then <addr-spec>.
_NAMED = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<bare>[^"<>,;]*+))\s*+<(?P<email>(?:[^<>"]|"(?:[^"\\]|\\.)*+")*+)>'
)


def _check_email(email: str) -> str:
    check_addr_spec(email)
    return email


def _check_name(name: str) -> str:
    return check_text(name, error=InvalidAddress)


class AddressFields(TypedDict):
    """What an `Address` is made from."""

    email: Required[str]
    name: NotRequired[str]


class Address(Value):
    """Someone's address and, if wanted, their name.

    Both are kept as given. `addr_spec` and `domain` are what the wire has: internationalised domains
    in A-labels. Addresses are equal where their names and wire forms are, a `ReceivedAddress`
    included. Raises `InvalidAddress` for what no mail can be sent to.
    """

    _refused_as: ClassVar[type[ConfigurationError]] = InvalidAddress

    email: Annotated[str, AfterValidator(_check_email)]
    name: Annotated[str, AfterValidator(_check_name)] = ""

    if TYPE_CHECKING:

        def __init__(self, /, **fields: Unpack[AddressFields]) -> None: ...

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `fang@example.org`, `王芳 <fang@example.org>` or `"Wang, Fang" <fang@example.org>`."""
        text = check_text(text, error=InvalidAddress).strip(" \t")
        named = _NAMED.fullmatch(text)
        if named is None:
            return cls(email=_one(text))
        quoted = named["quoted"]
        name = named["bare"].strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        return cls(email=named["email"], name=name)

    @property
    def addr_spec(self) -> str:
        """The address as the wire has it: the domain in A-labels."""
        return self.email if self.email.isascii() else check_addr_spec(self.email)

    @property
    def domain(self) -> str:
        """The domain in A-labels, or the address literal in its brackets."""
        return self.addr_spec.rpartition("@")[2]

    @property
    def needs_smtputf8(self) -> bool:
        """Whether the local part is not ASCII, so that only SMTPUTF8 can carry it (RFC 6531)."""
        return not self.addr_spec.isascii()

    def __str__(self) -> str:
        """Give the readable form, which `parse` reads back."""
        return spell_mailbox(self.name, self.email)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Address | ReceivedAddress):
            return NotImplemented
        return self.name == other.name and self.addr_spec == other.addr_spec

    def __hash__(self) -> int:
        return hash((self.addr_spec, self.name))  # as a ReceivedAddress's


def to_mailbox(value: Any) -> Any:
    """Give an `Address` for each shape that one may be written in; anything else is left as it is."""
    match value:
        case str():
            return _parse(value)
        case ReceivedAddress():
            return Address(email=value.email, name=value.name)
        case Mapping():
            return Address.of(value)
        case _:
            return value


@lru_cache(maxsize=1024)
def _parse(text: str) -> Address:
    """Read an address once for many messages: most have their sender in common."""
    return Address.parse(text)


def to_address(value: Any) -> Any:
    """Give an `Address` or a `Group` for each shape that one may be written in."""
    match value:
        case {"members": _}:
            return Group.of(value)
        case _:
            return to_mailbox(value)


class GroupFields(TypedDict):
    """What a `Group` is made from."""

    name: Required[str]
    members: NotRequired[Iterable[str | Address | ReceivedAddress]]


class Group(Value):
    """Several addresses under one name, as `Team: a@example.org, b@example.org;` in To, Cc or Reply-To.

    Without members it says that there are recipients and not who: `undisclosed-recipients:;`.
    """

    _refused_as: ClassVar[type[ConfigurationError]] = InvalidAddress

    name: Annotated[str, AfterValidator(_check_name), Field(min_length=1)]
    members: tuple[Annotated[Address, BeforeValidator(to_mailbox)], ...] = ()

    if TYPE_CHECKING:

        def __init__(self, /, **fields: Unpack[GroupFields]) -> None: ...

    def __str__(self) -> str:
        """Give the readable form."""
        return f"{self.name}: {', '.join(map(str, self.members))};"


def flatten(addresses: Iterable[Address | Group]) -> Iterator[Address]:
    """Give the addresses, of groups their members."""
    for address in addresses:
        if isinstance(address, Group):
            yield from address.members
        else:
            yield address


def _one(text: str) -> str:
    """Give the text back unless it is something else, which deserves an error of its own."""
    if text.count("@") > 1 and ("," in text or ";" in text) and '"' not in text:
        raise InvalidAddress(f"{text[:254]!r} is several addresses: give them as a list")
    if text.endswith(">") and "<" in text and '"' not in text:
        raise InvalidAddress(f"{text[:254]!r}: put the name in quotes, or give Address(name=…)")
    return text
