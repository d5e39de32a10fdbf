"""One conversation with a server: bytes and values, what is said and heard, over one connection."""
