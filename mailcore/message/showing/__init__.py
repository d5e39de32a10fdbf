"""A received mail for people to look at: as text in a terminal, and as HTML in a browser."""
