"""`Harvest`: the secrets that were found, to be masked wherever a notice has them."""

import re
from collections.abc import Iterable, Iterator

from mailcore.notices.scrubbing.names import MASK
from mailcore.notices.scrubbing.shapes import distinct_words
from mailcore.secret_forms import SHORTEST, encodings, forms

__all__ = ["Harvest"]

PART = 6
"""Characters of a secret that are masked where a text is cut in the midst of it."""

_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{4,}+={0,2}+")
_CUT = re.compile(r"[\"']?[ ]?…")


class Harvest:
    """Secrets by their values. It shows none: not in its repr, and a copy or a pickle of it is empty."""

    __slots__ = ("_encoded", "_forms", "_secrets")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        stripped = (secret.strip("*") for secret in secrets)  # so that no mask can be part of one
        self._secrets = dict.fromkeys(secret for secret in stripped if len(secret) >= SHORTEST)
        self._forms: tuple[str, ...] | None = None
        self._encoded: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self._secrets)

    def __or__(self, other: "Harvest") -> "Harvest":
        later = other._secrets
        return Harvest([*(secret for secret in self._secrets if secret not in later), *later])

    def __le__(self, other: "Harvest") -> bool:
        return self._secrets.keys() <= other._secrets.keys()

    def __repr__(self) -> str:
        return f"Harvest(<{len(self)} secrets>)"

    def __reduce__(self) -> tuple[type["Harvest"], tuple[()]]:
        return Harvest, ()

    def last(self, number: int) -> "Harvest":
        """Give so many of them, those that came last."""
        return self if len(self) <= number else Harvest([*self._secrets][-number:])

    def mask(self, text: str, words: str | None = None) -> str:
        """Give the text with a mask in place of each secret, in its usual encodings too.

        Where the text is cut, shown by "…", the beginning of a secret is masked as well. `words` are
        the text's `distinct_words`, if they are known already.
        """
        if not self._secrets or len(text) < SHORTEST:
            return text
        words = distinct_words(text) if words is None else words
        text = self._mask_encoded(self._mask_forms(text, words), words)
        return self._mask_cuts(text) if "…" in text else text

    def _mask_forms(self, text: str, words: str) -> str:
        if self._forms is None:
            every = {form for secret in self._secrets for form in forms(secret)}
            encoded = {form for secret in self._secrets for form in encodings(secret)}
            self._encoded = frozenset(encoded)
            self._forms = tuple(sorted(every, key=len, reverse=True))
        masked = text
        for form in self._forms:
            if (form in words or form.split() != [form]) and form in masked:
                masked = masked.replace(form, MASK)
        if masked != text and any(MASK in secret for secret in self._secrets):
            # Such a one may be there only now.
            return self._mask_forms(masked, distinct_words(masked))
        return masked

    def _mask_encoded(self, text: str, words: str) -> str:
        """Mask what has a secret in it in base64 or hex, whole: its neighbours are secret too."""
        hits = [form for form in self._encoded if form in words]
        if not hits:
            return text
        return _BASE64_RUN.sub(
            lambda run: MASK if any(form in run[0] for form in hits) else run[0], text
        )

    def _mask_cuts(self, text: str) -> str:
        pieces: list[str] = []
        done = 0
        candidates = self._perhaps_cut(text)
        for cut in _CUT.finditer(text):
            before = text[done : cut.start()]
            starts = [at for secret in candidates for at in _cut_short(secret, before)]
            pieces += (before[: min(starts)] + MASK if starts else before, cut[0])
            done = cut.end()
        return "".join(pieces) + text[done:]

    def _perhaps_cut(self, text: str) -> list[str]:
        """Give the secrets whose beginning stands where one could be cut, which are few if any."""
        reach = max(map(len, self._secrets))
        ends = [cut.start() for cut in _CUT.finditer(text)]
        if reach * len(ends) < len(text):
            text = "\n".join(text[max(0, end - reach) : end] for end in ends)
        return [secret for secret in self._secrets if secret[:PART] in text]


def _cut_short(secret: str, before: str) -> Iterator[int]:
    """Give where the secret begins, if it does just before the end."""
    beginning = secret[:PART]
    at = before.find(beginning, max(0, len(before) - len(secret)))
    while at >= 0:
        if secret.startswith(before[at:]):
            yield at
            return
        at = before.find(beginning, at + 1)
