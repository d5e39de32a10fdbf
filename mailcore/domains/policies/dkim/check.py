"""A domain's DKIM keys (RFC 6376, RFC 8301, RFC 8463): those of given selectors, or of likely ones.

DNS cannot list selectors. That there is no key at all is known only where the name above all of them
does not exist; that none was found says nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, Status, ask, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.dkim.keys import REVOKED, judge_keys
from mailcore.domains.policies.dkim.selectors import guess_selectors
from mailcore.domains.policies.published import bounded
from mailcore.domains.policies.spf.tree import spf_texts, target
from mailcore.domains.records.dkim import DKIMRecord, is_dkim_key, read_dkim_key
from mailcore.domains.records.spf import read_spf
from mailcore.domains.servers.mx import is_null
from mailcore.errors import ConfigurationError
from mailcore.net.dns import Answer, Lookup, LookupFailed, MXRecord, NoData, NxDomain, Query

__all__ = ["DKIM", "DKIMKey", "DKIMKeys"]

GUESS_LIMIT = 8  # selectors that are tried beside those given

_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")

NO_SELECTORS = Kind(
    "dkim.no-selectors",
    Severity.INFO,
    "no selector was given, and DNS cannot list them: nothing is known",
    "Give the selector: “s=” in the DKIM-Signature of a mail from here.",
    "RFC 6376 3.1",
)
NONE = Kind(
    "dkim.none",
    Severity.WARNING,
    "there is no DKIM key: the name above all selectors does not exist",
    "Have the mail server sign, and publish its key; a domain that sends no mail needs none.",
    "RFC 8020 2",
)
NOT_FOUND = Kind(
    "dkim.not-found",
    Severity.INFO,
    "there is no key at the {count} likeliest selectors, and DNS cannot list them: nothing is known",
    "Give the selector: “s=” in the DKIM-Signature of a mail from here.",
    "RFC 6376 3.1",
)
WILDCARD = Kind(
    "dkim.wildcard",
    Severity.NOTICE,
    "every selector gives one and the same record",
    "Publish a key at its selector alone; for a domain that sends no mail, nothing has to be done.",
    "RFC 6376 3.6.2.1",
)
DANGLING = Kind(
    "dkim.dangling",
    Severity.WARNING,
    "the selector is an alias of {canonical_name}, where there is no key",
    "Publish the key there, or switch signing on at the provider; else remove the alias.",
    "RFC 6376 3.6.2",
)
MISSING = Kind(
    "dkim.missing",
    Severity.ERROR,
    "there is no key for the selector",
    "Publish the key that the mail server signs with, or correct the selector.",
    "RFC 6376 3.6.2",
)
ONLY_ED25519 = Kind(
    "dkim.only-ed25519",
    Severity.NOTICE,
    "there are only Ed25519 keys, which many verifiers do not know",
    "Sign with an RSA key of 2048 bits too, under a selector of its own.",
    "RFC 8463 6",
)


class DKIMKey(BaseModel, frozen=True):
    """The key of one selector, as published in `text`.

    `bits` is None for a key that cannot be read. `hashes` is None where all are acceptable.
    """

    selector: str
    text: str
    key_type: str
    bits: int | None
    hashes: tuple[str, ...] | None
    services: tuple[str, ...]
    flags: tuple[str, ...]
    is_revoked: bool

    def __str__(self) -> str:
        size = f" {self.bits}" if self.bits and self.key_type == "rsa" else ""
        return f"{self.selector}: {'revoked' if self.is_revoked else self.key_type + size}"


class DKIMKeys(BaseModel, frozen=True):
    """The keys that were found."""

    keys: tuple[DKIMKey, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.keys))


class DKIM:
    """Checks the keys of the given selectors, and of likely ones, unless it is not to `guess`.

    What is likely is what the domain's MX and SPF records tell of its providers, and what is common.
    """

    name = "dkim"

    def __init__(self, selectors: Iterable[str] = (), *, guess: bool = True) -> None:
        if isinstance(selectors, str):
            raise ConfigurationError("selectors are a list, even if there is one")
        self.selectors: tuple[str, ...] = tuple(dict.fromkeys(map(str.lower, selectors)))
        self.guess: bool = guess
        for selector in self.selectors:
            if not _SELECTOR.fullmatch(selector):
                raise ConfigurationError(f"not a selector: {selector!r}")

    def inquire(self, domain: str) -> Inquiry[CheckResult[DKIMKeys]]:
        """Ask for the keys that there should be, and whether there can be any; then for likely ones."""
        if not self.selectors and not self.guess:
            return CheckResult(status="unknown", findings=(NO_SELECTORS.at(domain),))
        found = _Keys(domain, self.selectors)
        asked = {name: _ask(name, domain) for name in self.selectors}
        above = ask(f"_domainkey.{domain}", "TXT") if self.guess else None
        answers = yield [query for query in (*asked.values(), above) if isinstance(query, Query)]
        for name, query in asked.items():
            if isinstance(query, Finding):
                found.findings.append(query)
            else:
                found.take(name, answers[query])
        if isinstance(above, Finding):
            found.take_absence(above)
        elif above:
            yield from _look_around(found, answers[above])
        return found.result()


def _ask(selector: str, domain: str) -> Query | Finding:
    return ask(f"{selector}._domainkey.{domain}", "TXT")


def _look_around(found: "_Keys", above: Lookup) -> Inquiry[None]:
    """Look for keys at likely selectors, unless what is `above` them says that there are none."""
    if isinstance(above, LookupFailed):
        found.doubts.extend(failures([above]))
        return
    if isinstance(above, NxDomain) and above.canonical_name == above.query.name:
        found.is_absent = True
        if not found.given:
            found.findings += yield from _judge_absence(found.domain)
        return
    signs = [Query(found.domain, "MX"), Query(found.domain, "TXT")]
    answers = yield signs
    exchanges, texts = (answers[query] for query in signs)
    found.doubts.extend(failures([exchanges, texts]))
    likely = guess_selectors(_exchanges(exchanges), _includes(found.domain, texts))
    new = [name for name in likely if name not in found.given]
    asked = {name: _ask(name, found.domain) for name in new[:GUESS_LIMIT]}
    queries = {name: query for name, query in asked.items() if isinstance(query, Query)}
    answers = yield queries.values()
    found.take_guesses({name: answers[query] for name, query in queries.items()})


def _judge_absence(domain: str) -> Inquiry[list[Finding]]:
    """Judge that there is no key: a domain needs none that sends no mail, by null MX or SPF for nobody."""
    signs = [Query(domain, "MX"), Query(domain, "TXT")]
    answers = yield signs
    exchanges, texts = (answers[query] for query in signs)
    is_for_nobody = [read_spf(text).is_for_nobody for text in spf_texts(texts)] == [True]
    if is_null(exchanges) or is_for_nobody:
        return []
    return failures([exchanges, texts]) or [NONE.at(domain)]


def _exchanges(answer: Lookup) -> list[str]:
    records = answer.of(MXRecord) if isinstance(answer, Answer) else ()
    return [record.exchange for record in sorted(records)]


def _includes(domain: str, answer: Lookup) -> Iterator[str]:
    """Give the names of the SPF records that the domain's own leads to."""
    for text in spf_texts(answer):
        for term in read_spf(text).terms:
            if term.name in {"include", "redirect"} and (name := target(domain, term)):
                yield name


class _Keys:
    """The keys of one domain while they are gathered, and what is found about them."""

    def __init__(self, domain: str, given: Sequence[str]) -> None:
        self.domain = domain
        self.given = given
        self.is_absent = False  # a selector without key proves nothing of the others
        self.keys: list[DKIMKey] = []
        self.findings: list[Finding] = []
        self.doubts: list[Finding] = []  # of guessing, which count where no given key is found

    def take(self, selector: str, answer: Lookup) -> None:
        """Take what is at a selector that there should be."""
        self.findings.extend(failures([answer]))
        if isinstance(answer, Answer):
            self._add(selector, [read_dkim_key(text) for text in answer.texts])
        elif not isinstance(answer, LookupFailed):
            name, alias = answer.query.name, answer.canonical_name
            self.findings.append(MISSING.at(name, evidence=() if alias == name else (alias,)))

    def take_absence(self, finding: Finding) -> None:
        """Take it that there is no key; of given selectors, that is said already."""
        self.is_absent = True
        self.findings.extend(() if self.given else (finding,))

    def take_guesses(self, answers: dict[str, Lookup]) -> None:
        """Take what is at likely selectors; where there is nothing, that says nothing."""
        self.doubts.extend(failures(answers.values()))
        records = {
            selector: found
            for selector, answer in answers.items()
            if isinstance(answer, Answer)
            if (found := [read_dkim_key(text) for text in answer.texts if is_dkim_key(text)])
        }
        texts = {tuple(record.text for record in found) for found in records.values()}
        if len(answers) == len(records) > len(texts) == 1:
            records = {"*": next(iter(records.values()))}
            self.findings.append(WILDCARD.at(f"_domainkey.{self.domain}", evidence=texts.pop()))
        for selector, found in records.items():
            self._add(selector, found)
        self.findings.extend(_judge_aliases(answers.values()))
        if not self.keys and not self.given:
            known = [name for name, it in answers.items() if not isinstance(it, LookupFailed)]
            if known:
                finding = NOT_FOUND.at(self.domain, count=len(known), evidence=tuple(known))
                self.findings.append(finding)

    def _add(self, selector: str, records: list[DKIMRecord]) -> None:
        self.keys.extend(_key(selector, record) for record in records)
        name = f"{selector}._domainkey.{self.domain}"
        found = judge_keys(name, records, is_used=selector in self.given)
        self.findings.extend(bounded(found))

    def _status_without_key(self) -> Status:
        """Judge that there is no key, or none but revoked ones, which is the same (RFC 6376 6.1.2)."""
        if any(key.selector in self.given for key in self.keys):
            return "invalid"
        return "absent" if self.is_absent else "unknown"

    def result(self) -> CheckResult[DKIMKeys]:
        """Give the result; without any key, what was not asked may be there."""
        usable = [key for key in self.keys if not key.is_revoked]
        if usable and all(key.key_type == "ed25519" for key in usable):
            self.findings.append(ONLY_ED25519.at(self.domain))
        if not any(key.selector in self.given for key in self.keys):
            self.findings.extend(self.doubts)
        # A selector without key does not make the others' keys invalid, nor does a revoked one.
        lack = {MISSING.code, REVOKED.code}
        status = judge(finding for finding in self.findings if finding.code not in lack)
        if not usable and status != "unknown":
            status = self._status_without_key()
        value = DKIMKeys(keys=tuple(self.keys)) if self.keys else None
        return CheckResult(status=status, value=value, findings=tuple(self.findings))


def _judge_aliases(answers: Iterable[Lookup]) -> Iterator[Finding]:
    """Find aliases that lead to no key, where they are of this selector, and not of all there could be.

    A wildcard for web sites leads them all to one name; a DNAME leads each of them elsewhere.
    """
    known = [answer for answer in answers if not isinstance(answer, LookupFailed)]
    aliases = [answer for answer in known if answer.canonical_name != answer.query.name]
    uses = Counter(answer.canonical_name for answer in aliases)
    if len(known) == len(aliases) > 1:
        return
    for answer in aliases:
        if isinstance(answer, NoData | NxDomain) and uses[answer.canonical_name] == 1:
            yield DANGLING.at(answer.query.name, canonical_name=answer.canonical_name)


def _key(selector: str, record: DKIMRecord) -> DKIMKey:
    return DKIMKey(
        selector=selector,
        text=record.text,
        key_type=record.key_type,
        bits=record.bits,
        hashes=record.hashes,
        services=record.services,
        flags=record.flags,
        is_revoked=record.is_revoked,
    )
