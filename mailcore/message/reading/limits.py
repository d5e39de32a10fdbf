"""`Limits`: how much of a message is read, whatever it holds."""

from typing import NamedTuple

__all__ = ["DEFAULT_LIMITS", "Limits"]


class Limits(NamedTuple):
    """How much of a message is read: what is beyond is left as it is, with a defect.

    `depth` is of multiparts in multiparts, `parts` are those of one multipart, `addresses` those of
    one field; octets are those of a whole header, and of a single field's value.
    """

    depth: int = 100
    parts: int = 10_000
    header_octets: int = 1 << 20
    field_octets: int = 1 << 19
    addresses: int = 10_000


DEFAULT_LIMITS = Limits()
