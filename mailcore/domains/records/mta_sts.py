"""MTA-STS: the record that announces a policy, and the policy itself (RFC 8461 3.1 and 3.2).

Senders look at the record whether they know the policy already, and fetch it by HTTPS if they do
not. Of a field that is repeated the first one counts, and unknown fields are passed over; any other
fault makes the record, or the policy, as good as not there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from mailcore.domains.records.fault import Fault, Span
from mailcore.domains.records.fields import read_fields
from mailcore.domains.records.tags import Tag
from mailcore.errors import ConfigurationError

__all__ = [
    "MTASTSMode",
    "MTASTSPolicy",
    "MTASTSRecord",
    "build_mta_sts",
    "build_mta_sts_policy",
    "is_mta_sts",
    "mx_patterns",
    "read_mta_sts",
    "read_mta_sts_policy",
]

MTASTSMode: TypeAlias = Literal["enforce", "testing", "none"]

LONGEST_AGE = 31557600  # seconds, about a year, RFC 8461 3.2

_VERSION = re.compile(r"v=STSv1[ \t]*+(?:;|$)")
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_LINE = re.compile(r"[^\n]++")
_AGE = re.compile(r"[0-9]{1,10}")
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}+(?<!-)"
_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*+")


@dataclass(frozen=True, slots=True)
class MTASTSRecord:
    """A record. With any fault senders take it as not there.

    `id` changes whenever the policy does; it is empty where there is none. `repeated` and `unknown`
    are passed over.
    """

    text: str
    id: str
    repeated: tuple[Tag, ...]
    unknown: tuple[Tag, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class MTASTSPolicy:
    """A policy. With any fault senders take it as not there.

    `mx` are the patterns of the hosts that mail may go to, as written; `max_age` is for how many
    seconds a sender keeps the policy. `repeated` and `unknown` are passed over.
    """

    text: str
    mode: MTASTSMode | None
    mx: tuple[str, ...]
    max_age: int | None
    repeated: tuple[Tag, ...]
    unknown: tuple[Tag, ...]
    faults: tuple[Fault, ...]

    def matches(self, host: str) -> bool:
        """Tell whether mail may go to a host: "*" stands for the whole first label (4.1)."""
        return not mx_patterns(host).isdisjoint(pattern.lower() for pattern in self.mx)


def mx_patterns(host: str) -> frozenset[str]:
    """Give the patterns that match a host, in lower case."""
    name = host.removesuffix(".").lower()
    _, dot, parent = name.partition(".")
    return frozenset({name, f"*.{parent}"} if dot else {name})


def is_mta_sts(text: str) -> bool:
    """Tell whether a TXT record is an MTA-STS record: it starts with `v=STSv1`, in this case."""
    return _VERSION.match(text) is not None


def read_mta_sts(text: str) -> MTASTSRecord:
    """Read a record for which `is_mta_sts` holds; what cannot be read is in its faults."""
    fields, faults = read_fields(text)
    ids, unknown = _of_name("id", fields), tuple(field for field in fields if field.name != "id")
    value = ids[0].value if ids else ""
    more: list[Fault] = []
    if not ids:
        more.append(Fault("there is no id", Span(0, len(text))))
    elif not _ID.fullmatch(value):
        more.append(Fault(f"the id {value[:40]!r} is not 1 to 32 letters and digits", ids[0].span))
    return MTASTSRecord(
        text=text,
        id=value,
        repeated=ids[1:],
        unknown=unknown,
        faults=_in_order([*faults, *more]),
    )


def read_mta_sts_policy(text: str) -> MTASTSPolicy:
    """Read the text of a policy; what cannot be read is in its faults, empty lines are no fault."""
    fields, faults = _read_lines(text)
    reading = _Reading(text, fields, faults)
    reading.once("version", ("STSv1",))
    mode = cast("MTASTSMode | None", reading.once("mode", get_args(MTASTSMode)))
    mx = reading.mx(is_needed=mode != "none")
    max_age = reading.max_age()
    known = {"version", "mode", "mx", "max_age"}
    return MTASTSPolicy(
        text=text,
        mode=mode,
        mx=mx,
        max_age=max_age,
        repeated=tuple(reading.repeated),
        unknown=tuple(field for field in fields if field.name not in known),
        faults=_in_order(reading.faults),
    )


def build_mta_sts(*, id: str) -> MTASTSRecord:  # noqa: A002 - the record's own word
    """Give the record that announces a policy; raises `ConfigurationError` for what is no id.

    `id` is up to 32 letters and digits, and has to change with the policy: a date and time do.
    """
    record = read_mta_sts(f"v=STSv1; id={id}")
    if record.faults or record.id != id:
        raise ConfigurationError(f"an id is 1 to 32 letters and digits, not {id!r}")
    return record


def build_mta_sts_policy(*, mode: MTASTSMode, mx: Iterable[str] = (), max_age: int) -> MTASTSPolicy:
    """Give a policy; raises `ConfigurationError` naming what is wrong.

    `mx` are names, or names with "*" in the place of their first label, in A-labels; only the mode
    "none" can do without. `max_age` is in seconds, up to `LONGEST_AGE`.
    """
    if isinstance(mx, str):
        raise ConfigurationError("mx is a list, even if there is one")
    hosts = tuple(mx)
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts)]
    policy = read_mta_sts_policy("\n".join([*lines, f"max_age: {max_age}", ""]))
    if policy.faults:
        raise ConfigurationError(f"not a policy: {policy.faults[0].message}")
    if max_age > LONGEST_AGE:
        raise ConfigurationError(f"max_age is at most {LONGEST_AGE} seconds, not {max_age}")
    if (policy.mode, policy.mx, policy.max_age) != (mode, hosts, max_age):
        raise ConfigurationError("not a policy: a value has a line end, or spaces around it")
    return policy


def _of_name(name: str, fields: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple(field for field in fields if field.name == name)


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(sorted(faults, key=lambda fault: fault.span))


def _read_lines(text: str) -> tuple[list[Tag], list[Fault]]:
    """Give the lines "key: value" of a policy, and what is no such line."""
    fields: list[Tag] = []
    faults: list[Fault] = []
    for found in _LINE.finditer(text):
        line = found[0].removesuffix("\r").rstrip(" \t")
        span = Span(found.start(), found.start() + len(line))
        key, _, value = line.partition(":")
        if value and _KEY.fullmatch(key):
            fields.append(Tag(key, value.lstrip(" \t"), span))
        elif line:
            faults.append(Fault(f"{line[:40]!r} is no “key: value”", span))
    return fields, faults


class _Reading:
    """The fields of one policy while they are read, and what is found wrong with them."""

    def __init__(self, text: str, fields: list[Tag], faults: list[Fault]) -> None:
        self.fields = fields
        self.faults = faults
        self.repeated: list[Tag] = []
        self._whole = Span(0, len(text))

    def first(self, name: str) -> Tag | None:
        """Give the field that counts."""
        found = _of_name(name, self.fields)
        self.repeated.extend(found[1:])
        if not found:
            self.faults.append(Fault(f"there is no {name}", self._whole))
            return None
        return found[0]

    def reject(self, field: Tag, what: str) -> None:
        self.faults.append(Fault(f"{field.name} {field.value[:40]!r} is not {what}", field.span))

    def once(self, name: str, values: tuple[str, ...]) -> str | None:
        """Give the value of a field that has only these."""
        field = self.first(name)
        if field is None:
            return None
        if field.value in values:
            return field.value
        self.reject(field, " or ".join(values))
        return None

    def mx(self, *, is_needed: bool) -> tuple[str, ...]:
        fields = _of_name("mx", self.fields)
        if is_needed and not fields:
            self.faults.append(Fault("there is no mx", self._whole))
        return tuple(self._patterns(fields))

    def _patterns(self, fields: Iterable[Tag]) -> Iterator[str]:
        for field in fields:
            if _PATTERN.fullmatch(field.value):
                yield field.value
            else:
                self.reject(field, "a host's name, nor “*.” and one")

    def max_age(self) -> int | None:
        field = self.first("max_age")
        if field is None:
            return None
        if _AGE.fullmatch(field.value):
            return int(field.value)
        self.reject(field, "a number of seconds")
        return None
