"""What a mechanism may know of the connection that it is spoken over."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from mailcore.net.backend import Stream

__all__ = ["Channel"]


@dataclass(frozen=True, slots=True)
class Channel:
    """Whom it leads to, and what binds an authentication to its TLS (RFC 5929), so far as there is any.

    `unique` is the tls-unique of TLS 1.2, `end_point` the tls-server-end-point of its certificate.
    """

    host: str = ""
    port: int | None = None
    unique: bytes | None = None
    end_point: bytes | None = None

    @classmethod
    def over(cls, stream: "Stream", host: str, port: int) -> Self:
        """Give the channel that a stream is, to whom it was opened."""
        from mailcore.net.tls_binding import tls_end_point, tls_unique  # noqa: PLC0415 - loads ssl

        return cls(host, port, unique=tls_unique(stream), end_point=tls_end_point(stream))

    @property
    def binding(self) -> tuple[str, bytes] | None:
        """The name and the value to bind to: tls-unique is the one that all know (RFC 5802 6.1)."""
        if self.unique:
            return "tls-unique", self.unique
        return ("tls-server-end-point", self.end_point) if self.end_point else None
