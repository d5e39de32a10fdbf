"""The one TXT record that a policy is published in, or why there is none."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mailcore.domains.check import CheckResult, dangling, failures, judge
from mailcore.domains.finding import Finding, Kind
from mailcore.net.dns import Answer, Lookup

__all__ = ["FINDING_LIMIT", "Published", "bounded"]

FINDING_LIMIT = 30  # findings of one kind about one text


class Published(NamedTuple):
    """How to tell a kind of record from other texts at its name, and what to say about it.

    `near` finds what a text has in it that was probably meant to be such a record.
    """

    belongs: Callable[[str], bool]
    near: re.Pattern[str]
    missing: Kind
    several: Kind
    near_miss: Kind

    def find(self, answer: Lookup) -> tuple[str | None, list[Finding]]:
        """Give the text of the record, or none and what stood in the way."""
        texts = answer.texts if isinstance(answer, Answer) else ()
        name = answer.query.name
        found = [text for text in texts if self.belongs(text)]
        if len(found) > 1:
            return None, [self.several.at(name, count=len(found), evidence=tuple(found))]
        if found:
            return found[0], []
        near = [text for text in texts if self.near.search(text)]
        missed = [self.near_miss.at(name, evidence=(text,)) for text in near[:FINDING_LIMIT]]
        return None, [*failures([answer]), *dangling([answer]), *missed]

    def nothing(
        self, domain: str, findings: list[Finding], *, is_needed: bool = True
    ) -> CheckResult[Any]:
        """Give the result where there is no record: absent only if nothing stood in the way."""
        status = judge(findings)
        if status != "present":
            return CheckResult(status=status, findings=tuple(findings))
        missing = (self.missing.at(domain),) if is_needed else ()
        return CheckResult(status="absent", findings=(*missing, *findings))


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give the first findings of each kind, so that no text floods a report."""
    counts: Counter[str] = Counter()
    kept: list[Finding] = []
    for finding in findings:
        counts[finding.code] += 1
        if counts[finding.code] <= FINDING_LIMIT:
            kept.append(finding)
    return tuple(kept)
