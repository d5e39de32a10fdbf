"""Header fields of a notice: machines don't answer it, filters find it, and an issue is one thread."""

import re
from collections.abc import Iterable
from hashlib import blake2b

from mailcore.notices.counting.table import Batch
from mailcore.notices.exceptions.snapshot import Severity

__all__ = ["list_id", "notice_headers", "severity_of", "thread_id"]

FINGERPRINT_LIMIT = 50
"""Fingerprints that are listed in a header."""
WORD_LIMIT = 64
"""Characters of a fingerprint or the program's name in a header."""

_SEVERITIES: tuple[Severity, ...] = ("critical", "error", "warning", "info")
_NOT_IN_WORDS = re.compile(r"[^!-~]++")
_NOT_IN_LABELS = re.compile(r"[^a-z0-9]++")


def notice_headers(batch: Batch, app: str, domain: str) -> dict[str, str]:
    """Give what is in the header beside who, when and the subject.

    There is no Precedence: Auto-Submitted (RFC 3834) has replaced it, and some filters take "bulk" for
    advertising.
    """
    reports = batch.reports[:FINGERPRINT_LIMIT]
    return {
        "Auto-Submitted": "auto-generated",  # RFC 3834 5
        "X-Auto-Response-Suppress": "All",  # QUIRK(Exchange): it goes by this one
        "List-Id": list_id(app, domain),
        "X-Mailcore-Fingerprint": " ".join(_words(report.fingerprint for report in reports))
        or "none",
        "X-Mailcore-Count": str(batch.count),
        "X-Mailcore-Severity": severity_of(batch),
    }


def thread_id(app: str, fingerprint: str, domain: str) -> str:
    """Give the id of the mail, never sent, that all mails about an issue refer to."""
    key = f"{app}\0{fingerprint}".encode(errors="backslashreplace")
    return f"<{blake2b(key, digest_size=12).hexdigest()}@{domain}>"


def list_id(app: str, domain: str) -> str:
    """Give the name of the list that the notices of a program are, for filters (RFC 2919)."""
    label = _NOT_IN_LABELS.sub("-", app.lower()[:WORD_LIMIT]).strip("-")
    if not label:
        label = blake2b(app.encode(errors="backslashreplace"), digest_size=4).hexdigest()
    managed = domain.isascii() and not domain.startswith("[")
    return f"<notices.{label}.{domain if managed else 'localhost'}>"


def severity_of(batch: Batch) -> str:
    """Give the gravest of the severities."""
    found = {report.snapshot.severity for report in batch.reports}
    return next((severity for severity in _SEVERITIES if severity in found), "error")


def _words(texts: Iterable[str]) -> Iterable[str]:
    return (_NOT_IN_WORDS.sub("_", text)[:WORD_LIMIT] for text in texts if text)
