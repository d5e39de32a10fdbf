"""An SMTP reply as a value: three digits, lines of text, an enhanced code in them (RFC 5321 4.2, RFC 3463).

Replies appear in receipts and in errors, so that callers decide by number and people read the text.
"""

import re
from typing import NamedTuple

__all__ = ["EnhancedCode", "Reply"]

# RFC 3463 2: class "." subject "." detail; at the start of the reply's text (RFC 2034 4).
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")


class EnhancedCode(NamedTuple):
    """An enhanced mail system status code, such as 5.1.1 (RFC 3463)."""

    category: int
    subject: int
    detail: int

    def __str__(self) -> str:
        """Give the dotted form."""
        return f"{self.category}.{self.subject}.{self.detail}"


class Reply(NamedTuple):
    """What a server answered to one command: the code, and the text of each line without its code."""

    code: int
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lines, joined by newlines."""
        return "\n".join(self.lines)

    @property
    def enhanced_code(self) -> EnhancedCode | None:
        """The status code that opens the text, if it agrees with the reply's class (RFC 2034 4)."""
        found = _ENHANCED.match(self.lines[0].lstrip()) if self.lines else None
        if found is None or int(found[1]) != self.code // 100:
            return None
        return EnhancedCode(int(found[1]), int(found[2]), int(found[3]))

    @property
    def is_positive(self) -> bool:
        """2yz: done."""
        return self.code // 100 == 2  # noqa: PLR2004 - the first digit, RFC 5321 4.2.1

    @property
    def is_intermediate(self) -> bool:
        """3yz: go on."""
        return self.code // 100 == 3  # noqa: PLR2004 - as above

    @property
    def is_transient(self) -> bool:
        """4yz: not now; the same command may succeed later."""
        return self.code // 100 == 4  # noqa: PLR2004 - as above

    @property
    def is_permanent(self) -> bool:
        """5yz: no; the same command will fail again."""
        return self.code // 100 == 5  # noqa: PLR2004 - as above

    @property
    def is_negative(self) -> bool:
        """4yz or 5yz: no, for now or for good."""
        return self.is_transient or self.is_permanent

    def __str__(self) -> str:
        """Give the reply as one line, as logs want it."""
        return f"{self.code} {' '.join(line.strip() for line in self.lines)}".rstrip()
