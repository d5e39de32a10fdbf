"""The DMARC policy record (RFC 9989 4.7), read as leniently as receivers have to (4.8).

A tag that is wrong counts as absent, an unknown one is passed over, and names can be in any case: only
the version's value cannot (RFC 9989 4.8, which is written in ABNF, RFC 5234 2.3). A record whose policy is
unusable asks for nothing more than reports, if it names anybody to send them to, and for nothing at
all otherwise.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from mailcore.domains.records.fault import Fault
from mailcore.domains.records.tags import Tag, read_tags, write_tags
from mailcore.errors import ConfigurationError

__all__ = [
    "Alignment",
    "DMARCRecord",
    "Policy",
    "PublicSuffix",
    "build_dmarc",
    "is_dmarc",
    "read_dmarc",
]

Policy: TypeAlias = Literal["none", "quarantine", "reject"]
Alignment: TypeAlias = Literal["relaxed", "strict"]
PublicSuffix: TypeAlias = Literal["y", "n", "u"]

_VERSION = re.compile(r"[vV][ \t]*+=[ \t]*+DMARC1[ \t]*+(?:;|$)")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:[^\s,!\x00-\x20\x7f]++")
_OLD_SIZE = re.compile(r"![0-9]++[kmgtKMGT]?$")  # of RFC 7489, obsolete and passed over

_ALIGNMENTS: dict[str, Alignment] = {"r": "relaxed", "s": "strict"}
_KNOWN = frozenset(["v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "psd", "t"])
_POLICIES = frozenset({"p", "sp", "np"})
_REMOVED = frozenset({"pct", "rf", "ri"})  # were in RFC 7489
_FAILURE_OPTIONS = frozenset({"0", "1", "d", "s"})


@dataclass(frozen=True, slots=True)
class DMARCRecord:
    """What a domain asks of receivers.

    `policy` is None where the record asks for nothing, and assumed where what is published cannot
    be used; ambiguous, and None, where one is published twice. `subdomain_policy` and `nonexistent_policy` are as published: where they are None, the
    one before them holds. `reports` and `failure_reports` are URIs. `psd` says whether the domain is
    a public suffix ("u": it does not say), `testing` that the policy is to act one level lower.
    """

    text: str
    policy: Policy | None
    is_policy_assumed: bool
    is_policy_ambiguous: bool
    subdomain_policy: Policy | None
    nonexistent_policy: Policy | None
    dkim_alignment: Alignment
    spf_alignment: Alignment
    reports: tuple[str, ...]
    failure_reports: tuple[str, ...]
    failure_options: tuple[str, ...]
    psd: PublicSuffix
    testing: bool
    tags: tuple[Tag, ...]
    removed: tuple[Tag, ...]
    unknown: tuple[Tag, ...]
    faults: tuple[Fault, ...]


def is_dmarc(text: str) -> bool:
    """Tell whether a TXT record is a DMARC record: it starts with `v=DMARC1`, the value in this case."""
    return _VERSION.match(text) is not None


def read_dmarc(text: str) -> DMARCRecord:
    """Read a record for which `is_dmarc` holds; what cannot be read is in its faults."""
    tags, faults = read_tags(text, folds_names=True)
    reading = _Reading({tag.name: tag for tag in tags}, list(faults))
    reports = reading.uris("rua")
    failure_reports = reading.uris("ruf")
    policy, subdomain_policy = reading.policy("p"), reading.policy("sp")
    nonexistent_policy = reading.policy("np")
    is_unusable = policy is None or not reading.spoiled.isdisjoint({"sp", "np"})
    is_ambiguous = any(fault.repeated in _POLICIES for fault in faults)
    if is_ambiguous:  # RFC 6376 3.2: receivers pass it over, or take the last
        policy = subdomain_policy = nonexistent_policy = None
    elif is_unusable:
        policy, subdomain_policy, nonexistent_policy = ("none" if reports else None), None, None
    return DMARCRecord(
        text=text,
        policy=policy,
        is_policy_assumed=is_unusable and not is_ambiguous and bool(reports),
        is_policy_ambiguous=is_ambiguous,
        subdomain_policy=subdomain_policy,
        nonexistent_policy=nonexistent_policy,
        dkim_alignment=_ALIGNMENTS[reading.choice("adkim", "rs", "r")],
        spf_alignment=_ALIGNMENTS[reading.choice("aspf", "rs", "r")],
        reports=reports,
        failure_reports=failure_reports,
        failure_options=reading.failure_options(),
        psd=cast("PublicSuffix", reading.choice("psd", "ynu", "u")),
        testing=reading.choice("t", "yn", "n") == "y",
        tags=tags,
        removed=tuple(tag for tag in tags if tag.name in _REMOVED),
        unknown=tuple(tag for tag in tags if tag.name not in _KNOWN | _REMOVED),
        faults=tuple(sorted(reading.faults, key=lambda fault: fault.span)),
    )


def build_dmarc(
    *,
    policy: Policy,
    subdomain_policy: Policy | None = None,
    nonexistent_policy: Policy | None = None,
    dkim_alignment: Alignment = "relaxed",
    spf_alignment: Alignment = "relaxed",
    reports: Iterable[str] = (),
    failure_reports: Iterable[str] = (),
    failure_options: Iterable[str] = ("0",),
    psd: PublicSuffix = "u",
    testing: bool = False,
) -> DMARCRecord:
    """Give the record that asks for this, without what holds anyway.

    The arguments are the fields of `DMARCRecord`; `reports` and `failure_reports` are URIs, such as
    "mailto:dmarc@example.com". Raises `ConfigurationError` for what a record cannot say.
    """
    if isinstance(reports, str) or isinstance(failure_reports, str):
        raise ConfigurationError("reports are a list, even if there is one")
    reports, failure_reports = tuple(reports), tuple(failure_reports)
    failure_options = tuple(failure_options)
    tags = {
        "v": "DMARC1",
        "p": policy,
        "sp": subdomain_policy,
        "np": nonexistent_policy,
        "adkim": "" if dkim_alignment == "relaxed" else dkim_alignment[:1],
        "aspf": "" if spf_alignment == "relaxed" else spf_alignment[:1],
        "rua": ",".join(reports),
        "ruf": ",".join(failure_reports),
        "fo": "" if failure_options == ("0",) else ":".join(failure_options),
        "psd": "" if psd == "u" else psd,
        "t": "y" if testing else "",
    }
    record = read_dmarc(write_tags((name, value) for name, value in tags.items() if value))
    asked = {
        "policy": policy,
        "subdomain_policy": subdomain_policy,
        "nonexistent_policy": nonexistent_policy,
        "dkim_alignment": dkim_alignment,
        "spf_alignment": spf_alignment,
        "reports": reports,
        "failure_reports": failure_reports,
        "failure_options": failure_options,
        "psd": psd,
        "testing": testing,
    }
    for name, value in asked.items():
        if getattr(record, name) != value:
            raise ConfigurationError(f"a DMARC record cannot say {name}={value!r}")
    return record


class _Reading:
    """The tags of one record while they are read, and what is found wrong with them."""

    def __init__(self, tags: dict[str, Tag], faults: list[Fault]) -> None:
        self.tags = tags
        self.faults = faults
        self.spoiled: set[str] = set()

    def reject(self, tag: Tag) -> None:
        self.spoiled.add(tag.name)
        self.faults.append(Fault(f"{tag.name}={tag.value[:40]} has no meaning", tag.span))

    def policy(self, name: str) -> Policy | None:
        tag = self.tags.get(name)
        if tag is None:
            return None
        if tag.value.lower() in get_args(Policy):
            return cast("Policy", tag.value.lower())
        self.reject(tag)
        return None

    def choice(self, name: str, letters: str, default: str) -> str:
        tag = self.tags.get(name)
        if tag is None:
            return default
        if len(tag.value) == 1 and tag.value.lower() in letters:
            return tag.value.lower()
        self.reject(tag)
        return default

    def failure_options(self) -> tuple[str, ...]:
        tag = self.tags.get("fo")
        if tag is None:
            return ("0",)
        options = tuple(option.strip().lower() for option in tag.value.split(":"))
        found = set(options)
        if found <= _FAILURE_OPTIONS and len(found) == len(options) and not {"0", "1"} <= found:
            return options
        self.reject(tag)
        return ("0",)

    def uris(self, name: str) -> tuple[str, ...]:
        tag = self.tags.get(name)
        if tag is None:
            return ()
        pieces = [_OLD_SIZE.sub("", piece.strip()) for piece in tag.value.split(",")]
        uris = tuple(piece for piece in pieces if _URI.fullmatch(piece))
        if not uris:
            self.reject(tag)
        for piece in pieces if uris else ():
            if piece not in uris:
                what = f"a part that is no URI, “{piece[:40]}”" if piece else "an empty part"
                self.faults.append(Fault(f"{name} has {what}", tag.span))
        return uris
