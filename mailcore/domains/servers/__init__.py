"""The servers that a domain names: whether they can be found, reached and trusted."""
