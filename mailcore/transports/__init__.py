"""Ways to send that are not one server: for now, one that keeps the mail."""

from mailcore.transports.memory import AsyncMemoryTransport, MemoryTransport

__all__ = ["AsyncMemoryTransport", "MemoryTransport"]
