"""`Limits`: how much of a message is read, whatever it holds."""

from typing import NamedTuple

__all__ = ["DEFAULT_LIMITS", "Limits"]


class Limits(NamedTuple):
    """How much of a message is read: what is beyond is left as it is, with a defect.

    `depth` is of parts in parts and of messages in messages, `parts` are those of one multipart,
    `fields` and `header_octets` are those of one header, `field_octets` those of a single value;
    `addresses`, `ids`, `uris` and `parameters` are those of fields of one name. `line_octets` are those
    of a line without its end: a longer one is read all the same, with a defect.
    """

    depth: int = 100
    parts: int = 5000
    header_octets: int = 1 << 20
    field_octets: int = 1 << 19
    addresses: int = 10_000
    fields: int = 10_000
    ids: int = 10_000
    uris: int = 1000
    parameters: int = 1000
    line_octets: int = 998  # RFC 5322 2.1.1


DEFAULT_LIMITS = Limits()
