"""What a domain asks of receivers (RFC 9989)."""
