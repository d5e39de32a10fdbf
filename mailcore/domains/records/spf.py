"""The SPF record: `v=spf1` and its terms, with positions (RFC 7208 4.6 and 12), read and written.

Domain specifications are kept as they are written: their macros are checked here and expanded only
where a message is evaluated.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import islice
from typing import Literal, TypeAlias, cast, get_args

from mailcore.domains.records.fault import Fault, Span
from mailcore.errors import ConfigurationError

__all__ = ["Mechanism", "Modifier", "Qualifier", "SPFRecord", "build_spf", "is_spf", "read_spf"]

Qualifier: TypeAlias = Literal["+", "-", "~", "?"]
MechanismName: TypeAlias = Literal["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"]

VERSION = "v=spf1"
TERM_LIMIT = (
    5000  # terms that are read of one record: as many addresses as a DNS answer has room for
)
IPV4_BITS = 32
IPV6_BITS = 128
LOOKUP_MECHANISMS = frozenset({"include", "a", "mx", "ptr", "exists"})  # RFC 7208 4.6.4

_LABEL = re.compile(r".{1,63}")
_PIECE = re.compile(r"[^ ]++")
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*+)(.*)", re.DOTALL)
_PREFIXES = re.compile(r"(.*?)(?:/(0|[1-9][0-9]?))?(?://(0|[1-9][0-9]{0,2}))?", re.DOTALL)
_MACRO = re.compile(r"%(?:\{([A-Za-z])([0-9]*+)[rR]?[-.+,/_=]*+\}|[%_-])")
_LITERAL = re.compile(r"[\x21-\x24\x26-\x7e]*+")  # visible, and no "%"
_TOP_LABEL = re.compile(r"(?!-)(?![0-9]+$)[A-Za-z0-9-]++(?<!-)")
_MACRO_LETTERS = frozenset("slodiphv")  # c, r and t are for explanations only, RFC 7208 7.2


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A term that can match: what it gives, its name, and what it looks at.

    `domain` is the domain specification with its macros, `network` the address of ip4 and ip6; the
    prefix lengths are of a, mx, ip4 and ip6.
    """

    qualifier: Qualifier
    name: MechanismName
    domain: str | None
    network: str | None
    prefix4: int | None
    prefix6: int | None
    span: Span

    @property
    def costs_lookup(self) -> bool:
        """Whether it counts towards the limit of ten (RFC 7208 4.6.4)."""
        return self.name in LOOKUP_MECHANISMS


@dataclass(frozen=True, slots=True)
class Modifier:
    """A term that does not match: redirect, exp, or one that this version does not know."""

    name: str
    value: str
    span: Span

    @property
    def costs_lookup(self) -> bool:
        """Whether it counts towards the limit of ten (RFC 7208 4.6.4)."""
        return self.name == "redirect"


@dataclass(frozen=True, slots=True)
class SPFRecord:
    """A record: its terms in order. With any fault it is a permanent error (RFC 7208 4.6)."""

    text: str
    terms: tuple[Mechanism | Modifier, ...]
    faults: tuple[Fault, ...]

    @property
    def mechanisms(self) -> tuple[Mechanism, ...]:
        """The mechanisms, in order."""
        return tuple(term for term in self.terms if isinstance(term, Mechanism))

    @property
    def is_for_nobody(self) -> bool:
        """Whether it is `-all` alone: no server sends mail for the domain."""
        terms = [(term.qualifier, term.name) for term in self.mechanisms]
        return terms == [("-", "all")] and len(self.terms) == 1 and not self.faults

    def modifier(self, name: str) -> Modifier | None:
        """Give the modifier of that name, if there is one."""
        modifiers = (term for term in self.terms if isinstance(term, Modifier))
        return next((modifier for modifier in modifiers if modifier.name == name), None)


class _FaultyTerm(Exception):
    """Ends the reading of one term; its message becomes a fault."""


def is_spf(text: str) -> bool:
    """Tell whether a TXT record is an SPF record: the version, then a space or the end (4.5)."""
    return f"{text} "[: len(VERSION) + 1].lower() == f"{VERSION} "


def read_spf(text: str) -> SPFRecord:
    """Read a record for which `is_spf` holds; what cannot be read is in its faults."""
    terms: list[Mechanism | Modifier] = []
    faults: list[Fault] = []
    pieces = [*islice(_PIECE.finditer(text, len(VERSION)), TERM_LIMIT + 1)]
    for piece in pieces[:TERM_LIMIT]:
        try:
            terms.append(_read_term(piece[0], Span(*piece.span())))
        except _FaultyTerm as fault:
            faults.append(Fault(str(fault), Span(*piece.span())))
    faults.extend(_repeated(terms))
    if len(pieces) > TERM_LIMIT:
        rest = Span(pieces[-1].start(), len(text))
        faults.append(Fault(f"there are more than {TERM_LIMIT} terms", rest))
    return SPFRecord(text, tuple(terms), tuple(faults))


def build_spf(
    *,
    terms: Iterable[str] = (),
    ip4: Iterable[str | IPv4Address | IPv4Network] = (),
    ip6: Iterable[str | IPv6Address | IPv6Network] = (),
    a: bool | Iterable[str] = False,
    mx: bool | Iterable[str] = False,
    exists: Iterable[str] = (),
    include: Iterable[str] = (),
    all: Qualifier | None = None,  # noqa: A002 - the mechanism's name
    redirect: str | None = None,
    exp: str | None = None,
) -> SPFRecord:
    """Give the record that says so, its terms in the order that costs receivers least.

    `a` and `mx` are True for the domain itself, or domains. `terms` are written as they are, before
    all others: for qualifiers, and for an order of one's own. Raises `ConfigurationError` for what
    is no term, and for terms that would never be looked at.
    """
    pieces = [
        *_listed("terms", "", terms),
        *_listed("ip4", "ip4:", ip4),
        *_listed("ip6", "ip6:", ip6),
        *(["a"] if a is True else _listed("a", "a:", a or ())),
        *(["mx"] if mx is True else _listed("mx", "mx:", mx or ())),
        *_listed("exists", "exists:", exists),
        *_listed("include", "include:", include),
        *([f"{all}all"] if all else []),
        *([f"redirect={redirect}"] if redirect else []),
        *([f"exp={exp}"] if exp else []),
    ]
    record = read_spf(" ".join([VERSION, *pieces]))
    for fault in record.faults:
        raise ConfigurationError(f"“{record.text[slice(*fault.span)][:80]}”: {fault.message}")
    if [record.text[slice(*term.span)] for term in record.terms] != pieces:
        raise ConfigurationError("a term is not empty and has no spaces in it")
    for term in record.terms:
        name = term.value if isinstance(term, Modifier) else term.domain
        if name and "%" not in name and None in map(_LABEL.fullmatch, name.rstrip(".").split(".")):
            raise ConfigurationError(f"there can be no name {name[:80]!r}")
    names = [mechanism.name for mechanism in record.mechanisms]
    if "all" in names[:-1] or ("all" in names and record.modifier("redirect")):
        raise ConfigurationError("no term is looked at after all, and no redirect beside it")
    return record


def _listed(name: str, prefix: str, values: Iterable[object]) -> list[str]:
    """Write one term for each value."""
    if isinstance(values, str):
        raise ConfigurationError(f"{name} is a list, even if there is one")
    return [f"{prefix}{value}" for value in values]


def _repeated(terms: list[Mechanism | Modifier]) -> Iterator[Fault]:
    """Find what may be there only once (RFC 7208 6)."""
    for name in ("redirect", "exp"):
        same = [term for term in terms if isinstance(term, Modifier) and term.name == name]
        for term in same[1:]:
            yield Fault(f"{name} is there twice", term.span)


def _read_term(text: str, span: Span) -> Mechanism | Modifier:
    found = _TERM.fullmatch(text)
    if found is None:
        raise _FaultyTerm("is no term")
    qualifier, name, rest = found.groups()
    name = name.lower()
    if rest.startswith("=") and not qualifier:
        return _read_modifier(name, rest[1:], span)
    if name not in get_args(MechanismName):
        hint = ": it takes “=”, not “:”" if name in {"redirect", "exp"} else ""
        raise _FaultyTerm(f"{name[:40]} is no mechanism{hint}")
    return _read_mechanism(
        cast("Qualifier", qualifier or "+"), cast("MechanismName", name), rest, span
    )


def _read_modifier(name: str, value: str, span: Span) -> Modifier:
    if name in {"redirect", "exp"}:
        _check_domain_spec(value)
    else:
        _check_macros(value)
    return Modifier(name, value, span)


def _read_mechanism(qualifier: Qualifier, name: MechanismName, rest: str, span: Span) -> Mechanism:
    domain = network = prefix4 = prefix6 = None
    match name:
        case "all":
            if rest:
                raise _FaultyTerm("all takes nothing")
        case "ip4":
            network, prefix4 = _read_network(rest, IPv4Address, IPV4_BITS)
        case "ip6":
            network, prefix6 = _read_network(rest, IPv6Address, IPV6_BITS)
        case "a" | "mx":
            rest, prefix4, prefix6 = _split_prefixes(rest)
            domain = _read_domain(name, rest)
        case "ptr":
            domain = _read_domain(name, rest)
        case "include" | "exists":
            domain = _read_domain(name, rest or ":")
    return Mechanism(qualifier, name, domain, network, prefix4, prefix6, span)


def _read_domain(name: str, rest: str) -> str | None:
    """Read ":" and a domain specification, or nothing."""
    if not rest:
        return None
    if not rest.startswith(":"):
        raise _FaultyTerm(f"{name} takes “:” and a domain")
    _check_domain_spec(rest[1:])
    return rest[1:]


def _split_prefixes(rest: str) -> tuple[str, int | None, int | None]:
    """Cut the prefix lengths off, "/24", "//64" or "/24//64"."""
    found = _PREFIXES.fullmatch(rest)
    head, four, six = found.groups() if found else (rest, None, None)
    return head, _read_prefix(four, IPV4_BITS), _read_prefix(six, IPV6_BITS)


def _read_prefix(digits: str | None, most: int) -> int | None:
    if digits is None:
        return None
    if int(digits) > most:
        raise _FaultyTerm(f"/{digits} is more than {most} bits")
    return int(digits)


def _read_network(
    rest: str, kind: type[IPv4Address] | type[IPv6Address], bits: int
) -> tuple[str, int | None]:
    """Read ":" and an address, perhaps with a prefix length."""
    address, slash, prefix = rest[1:].partition("/")
    if not rest.startswith(":") or "%" in address:
        raise _FaultyTerm("takes “:” and an address")
    try:
        network = str(kind(address))
    except AddressValueError as error:
        raise _FaultyTerm(f"{address[:40]!r} is no address for it") from error
    if not slash:
        return network, None
    if not re.fullmatch("0|[1-9][0-9]{0,2}", prefix):
        raise _FaultyTerm(f"{prefix[:40]!r} is no prefix length")
    return network, _read_prefix(prefix, bits)


def _check_domain_spec(text: str) -> None:
    """Check a domain specification: it ends in a macro, or in a dot and a top label (7.1)."""
    tail = text[_check_macros(text) :]
    if not tail and text:
        return
    _, dot, label = tail.removesuffix(".").rpartition(".")
    if not dot or not _TOP_LABEL.fullmatch(label):
        raise _FaultyTerm(f"{text[:80]!r} is no domain")


def _check_macros(text: str) -> int:
    """Check a macro string, and tell where its last macro ends (RFC 7208 7.1)."""
    end = last = 0
    while end < len(text):
        if literal := _LITERAL.match(text, end):
            end = literal.end()
        if end == len(text):
            break
        macro = _MACRO.match(text, end)
        if macro is None:
            raise _FaultyTerm(f"{text[end : end + 10]!r} is neither a macro nor visible ASCII")
        _check_macro(macro)
        end = last = macro.end()
    return last


def _check_macro(macro: re.Match[str]) -> None:
    letter, digits = macro.groups()
    if letter is None:
        return
    if letter.lower() not in _MACRO_LETTERS:
        raise _FaultyTerm(f"there is no macro {letter!r} here")
    if digits and not digits.strip("0"):
        raise _FaultyTerm(f"{macro[0]} keeps none of the parts")
