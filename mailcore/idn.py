"""Internationalised domain names in the form of the wire: A-labels (RFC 5891, UTS 46)."""

import re
from functools import lru_cache

from mailcore.errors import ConfigurationError

__all__ = ["LABEL_LIMIT", "to_a_labels"]

LABEL_LIMIT = 63  # octets, RFC 1035 2.3.4

_DOTS = re.compile("[.。．｡]")  # UTS 46 reads all four as the dot


def to_a_labels(name: str) -> str:
    """Give a name in ASCII: labels that are ASCII already stay as they are, `_dmarc` too.

    Raises `ConfigurationError` for what has no such form.
    """
    return name if name.isascii() else ".".join(map(_to_a_label, _DOTS.split(name)))


@lru_cache(maxsize=1024)
def _to_a_label(label: str) -> str:
    if label.isascii():
        return label
    if len(label) > LABEL_LIMIT:
        raise ConfigurationError(f"a label of a domain is too long: {label[:LABEL_LIMIT]}…")
    import idna  # noqa: PLC0415 - its tables are large, and few names need them

    try:
        return idna.encode(label, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ConfigurationError(f"{label!r} is not part of a domain: {error}") from error
