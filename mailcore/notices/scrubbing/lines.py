"""Lines of a log, and of what a program says: cut only once they are scrubbed.

Where a line is cut, a secret may be cut as well, which nobody would know again then. So more of a line is
kept than is shown.
"""

__all__ = ["KEPT_LIMIT", "LINE_LIMIT", "keep_line", "shorten_line"]

LINE_LIMIT = 500
"""Characters of a line that are shown."""
KEPT_LIMIT = 1500
"""Characters of a line that are kept until it is scrubbed."""


def keep_line(line: str) -> str:
    """Give as much of a line as is needed to scrub it, with "…" where it is cut."""
    return line if len(line) <= KEPT_LIMIT else f"{line[:KEPT_LIMIT]}…"


def shorten_line(line: str) -> str:
    """Give as much of a line as is shown, with "…" where it is cut."""
    return line if len(line) <= LINE_LIMIT else f"{line[:LINE_LIMIT]}…"
