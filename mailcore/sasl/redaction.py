"""What we prove who we are with, taken out of what a server says: some repeat the command that they refuse."""

import re

from mailcore.secret import Secret
from mailcore.secret_forms import SHORTEST, encodings, forms

__all__ = ["Redaction"]


class Redaction:
    """Gives texts without the secrets that were added, as they are or in a usual encoding. It shows none."""

    __slots__ = ("_pattern", "_texts")

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, *secrets: Secret) -> None:
        """Have secrets taken out from now on; short ones only as they are, since their encodings are anywhere."""
        for secret in secrets:
            value = secret.reveal()
            others = forms(value) | encodings(value) if len(value) >= SHORTEST else set()
            self._texts |= {value} | {text for text in others if len(text) >= SHORTEST}
        self._texts.discard("")
        longest_first = sorted(self._texts, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if self._texts else None

    def clean(self, text: str) -> str:
        """Give the text without them."""
        return text if self._pattern is None else self._pattern.sub("***", text)
