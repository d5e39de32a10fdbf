"""The keys that a domain signs with (RFC 6376)."""
