"""The BIMI assertion record: where a domain's logo is, and the evidence that it is the domain's.

It is laid down in draft-brand-indicators-for-message-identification, 4.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from mailcore.domains.records.fault import Fault, Span
from mailcore.domains.records.tags import Tag, read_tags
from mailcore.errors import ConfigurationError

__all__ = ["BIMIAvatar", "BIMIRecord", "build_bimi", "is_bimi", "read_bimi"]

BIMIAvatar: TypeAlias = Literal["brand", "personal"]

_VERSION = re.compile(r"v[ \t]*+=[ \t]*+BIMI1[ \t]*+(?:;|$)", re.IGNORECASE)
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}+(?<!-)"
_URL = re.compile(
    rf"(?i:https)://(?:{_LABEL}\.)++(?=[A-Za-z]){_LABEL}(?::[0-9]{{1,5}})?"
    r"(?:[/?#][\x21-\x2b\x2d-\x3a\x3c-\x7e]*+)?"  # visible, without “,” and “;”
)
_KNOWN = frozenset({"v", "l", "a", "avp", "lps"})


@dataclass(frozen=True, slots=True)
class BIMIRecord:
    """An assertion. With any fault no logo is shown.

    `location` is the URL of the logo, empty where the domain wants none shown; `evidence` is that
    of a certificate for the logo, empty where there is none. `avatar` says which picture is to be
    preferred where a mail program knows one of the sender. `unknown` tags are passed over.
    """

    text: str
    location: str
    evidence: str
    avatar: BIMIAvatar
    unknown: tuple[Tag, ...]
    faults: tuple[Fault, ...]

    @property
    def is_declined(self) -> bool:
        """Whether the domain says that it wants no logo shown (4.3.1)."""
        return not self.location and not self.evidence and not self.faults


def is_bimi(text: str) -> bool:
    """Tell whether a TXT record is a BIMI record: it starts with `v=BIMI1`."""
    return _VERSION.match(text) is not None


def read_bimi(text: str) -> BIMIRecord:
    """Read a record for which `is_bimi` holds; what cannot be read is in its faults."""
    tags, faults = read_tags(text)
    values = {tag.name: tag.value for tag in tags}
    avatar = values.get("avp", "brand")
    is_avatar_known = avatar in get_args(BIMIAvatar)
    found = sorted([*faults, *_find_faults(text, tags)], key=lambda fault: fault.span)
    return BIMIRecord(
        text=text,
        location=values.get("l", ""),
        evidence=values.get("a", ""),
        avatar=cast("BIMIAvatar", avatar) if is_avatar_known else "brand",
        unknown=tuple(
            tag
            for tag in tags
            if tag.name not in _KNOWN or (tag.name == "avp" and not is_avatar_known)
        ),
        faults=tuple(found),
    )


def build_bimi(
    *, location: str = "", evidence: str = "", avatar: BIMIAvatar = "brand"
) -> BIMIRecord:
    """Give the record that has a logo shown, or without a location the one that declines.

    Both are https URLs in which “,” and “;” are encoded. Raises `ConfigurationError` for others, and
    for evidence without a logo.
    """
    for url in (location, evidence):
        if url and not _URL.fullmatch(url):
            raise ConfigurationError(f"a logo and its evidence are https URLs, not {url!r}")
    if evidence and not location:
        raise ConfigurationError("evidence needs the location of the logo that it is for")
    if avatar not in get_args(BIMIAvatar):
        raise ConfigurationError(f"the avatar preferred is brand or personal, not {avatar!r}")
    preference = "" if avatar == "brand" else f" avp={avatar};"
    return read_bimi(f"v=BIMI1; l={location}; a={evidence};{preference}")


def _find_faults(text: str, tags: tuple[Tag, ...]) -> Iterator[Fault]:
    found = {tag.name: tag for tag in tags}
    if "l" not in found:
        yield Fault("there is no location, l=", Span(0, len(text)))
    elif not found["l"].value and found.get("a", found["l"]).value:
        yield Fault("there is evidence, and no logo that it is for", found["a"].span)
    for name in ("l", "a"):
        if name in found and found[name].value and not _URL.fullmatch(found[name].value):
            yield Fault(f"{found[name].value[:40]!r} is no https URL", found[name].span)
