"""Ways to send that are not one server: one that keeps the mail; and the one that the environment names."""

from mailcore.transports.environment import transport_from_environment
from mailcore.transports.memory import AsyncMemoryTransport, MemoryTransport

__all__ = ["AsyncMemoryTransport", "MemoryTransport", "transport_from_environment"]
