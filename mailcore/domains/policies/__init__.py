"""What a domain publishes about mail in its name: one check for each kind of record."""
