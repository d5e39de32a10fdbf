"""Who may send for a domain (RFC 7208): the check, and the flat form of a record."""
