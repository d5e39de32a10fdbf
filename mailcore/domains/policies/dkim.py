"""The DKIM keys of given selectors, for DNS cannot list them (RFC 6376, RFC 8301, RFC 8463)."""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, Status, ask, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.records.dkim import DKIMRecord, read_dkim_key
from mailcore.errors import ConfigurationError
from mailcore.net.dns import Answer, LookupFailed, Query

__all__ = ["DKIM", "DKIMKey", "DKIMKeys"]

KEY_BITS = 1024  # fewer must not be used, RFC 8301 3.2
GOOD_KEY_BITS = 2048  # fewer should not be used, as above

_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")

NO_SELECTORS = Kind(
    "dkim.no-selectors",
    Severity.INFO,
    "no selector was given, and DNS cannot list them: nothing is known",
    "Give the selector: “s=” in the DKIM-Signature of a mail from here.",
    "RFC 6376 3.1",
)
MISSING = Kind(
    "dkim.missing",
    Severity.ERROR,
    "there is no key for the selector",
    "Publish the key that the mail server signs with, or correct the selector.",
    "RFC 6376 3.6.2",
)
SEVERAL = Kind(
    "dkim.several",
    Severity.ERROR,
    "there are {count} TXT records, and a verifier takes any one of them",
    "Keep the key that the mail server signs with; a further key needs a selector of its own.",
    "RFC 6376 3.6.2.2",
)
SYNTAX = Kind(
    "dkim.syntax",
    Severity.ERROR,
    "the key cannot be used: {problem}",
    "Publish the record again, as the mail server's tool gives it.",
    "RFC 6376 3.6.1",
)
REVOKED = Kind(
    "dkim.revoked",
    Severity.WARNING,
    "the key is revoked: mail that is signed with it fails",
    "Nothing has to be done, if no server signs with this selector.",
    "RFC 6376 3.6.1",
)
KEY_TYPE = Kind(
    "dkim.key-type",
    Severity.ERROR,
    "verifiers do not know the key type {key_type}",
    "Use k=rsa or k=ed25519.",
    "RFC 8463 4.1",
)
KEY_SHORT = Kind(
    "dkim.key-short",
    Severity.ERROR,
    "an RSA key of {bits} bits is not accepted",
    "Make a key of 2048 bits, under a new selector.",
    "RFC 8301 3.2",
)
KEY_WEAK = Kind(
    "dkim.key-weak",
    Severity.WARNING,
    "an RSA key of {bits} bits is weak",
    "Make a key of 2048 bits, under a new selector.",
    "RFC 8301 3.2",
)
HASH = Kind(
    "dkim.hash",
    Severity.ERROR,
    "the key is only for {hashes}, and verifiers take only sha256",
    "Remove h=, or write h=sha256.",
    "RFC 8301 3.1",
)
SERVICE = Kind(
    "dkim.service",
    Severity.ERROR,
    "the key is for {services}, not for mail",
    "Remove s=, or write s=email.",
    "RFC 6376 3.6.1",
)
TESTING = Kind(
    "dkim.testing",
    Severity.NOTICE,
    "the domain is only testing DKIM: receivers may treat its mail as unsigned",
    "Remove t=y when signing works.",
    "RFC 6376 3.6.1",
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
    """Checks the keys of the given selectors; without any, nothing can be known."""

    name = "dkim"

    def __init__(self, selectors: Iterable[str] = ()) -> None:
        if isinstance(selectors, str):
            raise ConfigurationError("selectors are a list, even if there is one")
        self.selectors: tuple[str, ...] = tuple(dict.fromkeys(map(str.lower, selectors)))
        for selector in self.selectors:
            if not _SELECTOR.fullmatch(selector):
                raise ConfigurationError(f"not a selector: {selector!r}")

    def inquire(self, domain: str) -> Inquiry[CheckResult[DKIMKeys]]:
        """Ask for all keys together."""
        if not self.selectors:
            return CheckResult(status="unknown", findings=(NO_SELECTORS.at(domain),))
        asked = {name: ask(f"{name}._domainkey.{domain}", "TXT") for name in self.selectors}
        queries = {name: query for name, query in asked.items() if isinstance(query, Query)}
        answers = yield queries.values()
        findings = [finding for finding in asked.values() if isinstance(finding, Finding)]
        findings += failures(answers[query] for query in queries.values())
        keys: list[DKIMKey] = []
        for selector, query in queries.items():
            answer = answers[query]
            if isinstance(answer, Answer):
                found = [read_dkim_key(text) for text in answer.texts]
                keys.extend(_key(selector, record) for record in found)
                findings.extend(_judge_records(query.name, found))
            elif not isinstance(answer, LookupFailed):
                findings.append(MISSING.at(query.name))
        value = DKIMKeys(keys=tuple(keys)) if keys else None
        return CheckResult(status=_status(keys, findings), value=value, findings=tuple(findings))


def _status(keys: list[DKIMKey], findings: list[Finding]) -> Status:
    """Judge by the keys that there are; a selector without one is absent if all are."""
    if keys:
        return judge(finding for finding in findings if finding.code != MISSING.code)
    return "unknown" if judge(findings) == "unknown" else "absent"


def _judge_records(name: str, records: list[DKIMRecord]) -> Iterator[Finding]:
    if len(records) > 1:
        yield SEVERAL.at(name, count=len(records))
    for record in records:
        yield from _judge_record(name, record)


def _judge_record(name: str, record: DKIMRecord) -> Iterator[Finding]:
    """Find what keeps a key from being used, or should."""
    for fault in record.faults:
        yield SYNTAX.at(name, problem=fault.message, span=fault.span)
    if record.is_revoked:
        yield REVOKED.at(name)
    if record.key_type not in {"rsa", "ed25519"}:
        yield KEY_TYPE.at(name, key_type=record.key_type)
    if record.key_type == "rsa" and record.bits and record.bits < GOOD_KEY_BITS:
        yield (KEY_SHORT if record.bits < KEY_BITS else KEY_WEAK).at(name, bits=record.bits)
    if record.hashes is not None and "sha256" not in record.hashes:
        yield HASH.at(name, hashes=", ".join(record.hashes) or "no hash")
    if not record.is_for_mail:
        yield SERVICE.at(name, services=", ".join(record.services) or "nothing")
    if record.is_testing:
        yield TESTING.at(name)


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
