"""Whether a domain has senders insist on TLS: the MTA-STS record, and the policy (RFC 8461).

The policy is not in DNS. It is fetched only if that is asked for, by HTTPS from a host of the
domain's own, whose addresses come from the same DNS as everything else.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, Status, ask, dangling, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.published import FINDING_LIMIT, Published
from mailcore.domains.records.mta_sts import (
    LONGEST_AGE,
    MTASTSPolicy,
    MTASTSRecord,
    is_mta_sts,
    mx_patterns,
    read_mta_sts,
    read_mta_sts_policy,
)
from mailcore.domains.servers.mx import takes_mail
from mailcore.net.addresses import why_unreachable
from mailcore.net.dns import Answer, Lookup, MXRecord, NoData, Query
from mailcore.net.http import HTTPS, Fetch, Fetched, FetchFailed

__all__ = ["MTASTS", "MTASTSDeployment"]

POLICY_LIMIT = 64 * 1024  # octets, RFC 8461 3.3
_FOR_NOW = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
SHORT_AGE = 86400  # seconds; a policy that is kept for less protects little

_PATH = "/.well-known/mta-sts.txt"

MISSING = Kind(
    "mta_sts.missing",
    Severity.NOTICE,
    "there is no MTA-STS record: senders do not insist on TLS, and somebody on the way can read mail",
    "Serve a policy at https://mta-sts.{subject}/.well-known/mta-sts.txt, and then publish "
    "“_mta-sts.{subject}. TXT v=STSv1; id=1”.",
    "RFC 8461 3.1",
)
SEVERAL = Kind(
    "mta_sts.several",
    Severity.ERROR,
    "there are {count} MTA-STS records: senders pass over all of them",
    "Keep one.",
    "RFC 8461 3.1",
)
NEAR_MISS = Kind(
    "mta_sts.near-miss",
    Severity.ERROR,
    "a TXT record here does not start with “v=STSv1;” and is passed over",
    "Write “v=STSv1;” at its start, in this case.",
    "RFC 8461 3.1",
)
SYNTAX = Kind(
    "mta_sts.syntax",
    Severity.ERROR,
    "{problem}: senders take the record as not there",
    "Write it like “v=STSv1; id=20260101T120000”.",
    "RFC 8461 3.1",
)
FIELD_REPEATED = Kind(
    "mta_sts.field-repeated",
    Severity.WARNING,
    "{field} is there again: only the first one counts",
    "Remove it.",
    "RFC 8461 3.2",
)
FIELD_UNKNOWN = Kind(
    "mta_sts.field-unknown",
    Severity.INFO,
    "there is no field {field}; it is passed over",
    "Look for a typing error, or remove it.",
    "RFC 8461 3.2",
)
HOST_MISSING = Kind(
    "mta_sts.host-missing",
    Severity.ERROR,
    "the policy's host has no address: senders find no policy",
    "Publish an A or AAAA record for {subject}, and serve the policy there.",
    "RFC 8461 3.3",
)
POLICY_UNREACHABLE = Kind(
    "mta_sts.policy-unreachable",
    Severity.WARNING,
    "the policy could not be fetched: {reason}",
    "Check again later; if it stays, look at the web server of {subject}.",
    "RFC 8461 3.3",
)
POLICY_TLS = Kind(
    "mta_sts.policy-tls",
    Severity.ERROR,
    "senders cannot trust the policy's host: {reason}",
    "Have {subject} speak TLS 1.2 or newer, with a certificate for this name, by an authority that "
    "browsers know, with its chain.",
    "RFC 8461 3.3",
)
POLICY_REFUSED = Kind(
    "mta_sts.policy-refused",
    Severity.ERROR,
    "senders cannot get the policy: {reason}",
    "Serve it at https://{subject}/.well-known/mta-sts.txt, with the status 200, in 64 KiB or less.",
    "RFC 8461 3.3",
)
POLICY_REDIRECTED = Kind(
    "mta_sts.policy-redirected",
    Severity.ERROR,
    "the policy's place redirects ({status}), and senders do not follow",
    "Serve it at https://{subject}/.well-known/mta-sts.txt itself, with the status 200.",
    "RFC 8461 3.3",
)
CONTENT_TYPE = Kind(
    "mta_sts.content-type",
    Severity.WARNING,
    "the policy's media type is {type}, and senders may want text/plain",
    "Have the web server say “Content-Type: text/plain”.",
    "RFC 8461 3.2",
)
POLICY_SYNTAX = Kind(
    "mta_sts.policy-syntax",
    Severity.ERROR,
    "{problem}: senders take the policy as not there",
    "Write it as lines of “version: STSv1”, “mode: enforce”, “mx: mx.example.com” and “max_age: 604800”.",
    "RFC 8461 3.2",
)
POLICY_UNANNOUNCED = Kind(
    "mta_sts.policy-unannounced",
    Severity.WARNING,
    "a policy is served, and no record says so: senders do not look for it",
    "Publish “_mta-sts.{domain}. TXT v=STSv1; id=1”.",
    "RFC 8461 3.1",
)
MODE_NONE = Kind(
    "mta_sts.mode-none",
    Severity.NOTICE,
    "the mode is none: senders act as if there were no policy",
    "Say “mode: enforce”; or, if MTA-STS is given up, remove record and policy when max_age is over.",
    "RFC 8461 8.3",
)
MODE_TESTING = Kind(
    "mta_sts.mode-testing",
    Severity.NOTICE,
    "the mode is testing: senders report what fails, and deliver all the same",
    "When the reports show no failures, say “mode: enforce”, and change the record's id.",
    "RFC 8461 5",
)
AGE_SHORT = Kind(
    "mta_sts.max-age-short",
    Severity.WARNING,
    "senders keep the policy for {seconds} seconds, less than a day: it is easily kept from them",
    "Say “max_age: 604800”, a week, or more.",
    "RFC 8461 3.2",
)
AGE_LONG = Kind(
    "mta_sts.max-age-long",
    Severity.WARNING,
    "max_age is {seconds} seconds, and {most} is the most that there is",
    "Say “max_age: {most}”, or less.",
    "RFC 8461 3.2",
)
MX_REFUSED = Kind(
    "mta_sts.mx-refused",
    Severity.ERROR,
    "no pattern of the policy covers this exchange: senders do not deliver to it",
    "Add “mx: {subject}” to the policy, and then change the record's id.",
    "RFC 8461 4.1",
)
MX_UNCOVERED = Kind(
    "mta_sts.mx-uncovered",
    Severity.WARNING,
    "no pattern of the policy covers this exchange: in the mode enforce it gets no mail",
    "Add “mx: {subject}” to the policy, and then change the record's id.",
    "RFC 8461 4.1",
)
PATTERN_UNUSED = Kind(
    "mta_sts.pattern-unused",
    Severity.NOTICE,
    "“mx: {pattern}” covers no exchange of the domain",
    "Look for a typing error; else remove it, unless the exchange is yet to come.",
    "RFC 8461 4.1",
)

_PUBLISHED = Published(
    is_mta_sts, re.compile(r"\bv\W*sts|stsv", re.IGNORECASE), MISSING, SEVERAL, NEAR_MISS
)


class MTASTSDeployment(BaseModel, frozen=True):
    """The record and the policy; None for what is not there, or was not fetched."""

    record: MTASTSRecord | None
    policy: MTASTSPolicy | None

    def __str__(self) -> str:
        announced = f"id {self.record.id}" if self.record else "no record"
        if self.policy is None:
            return announced
        return f"{announced}, mode {self.policy.mode}, mx {', '.join(self.policy.mx) or 'none'}"


class MTASTS:
    """Checks the record; with `fetch`, the policy too, and whether it covers the MX hosts.

    Fetching needs urllib3, the extra `http`. `https` says how to: `HTTPS(ca_file=…)` trusts
    authorities of your own. Nothing is fetched from private addresses, unless `private` says so:
    anybody can publish an address of your network.
    """

    name = "mta_sts"

    def __init__(
        self, *, fetch: bool = False, https: HTTPS | None = None, private: bool = False
    ) -> None:
        self.fetch: bool = fetch
        self.https: HTTPS = https or HTTPS()
        self.private: bool = private
        if fetch:
            self.https.load()

    def inquire(self, domain: str) -> Inquiry[CheckResult[MTASTSDeployment]]:
        """Ask for the record, the exchanges and the policy's host together; then fetch."""
        query = ask(f"_mta-sts.{domain}", "TXT")
        if isinstance(query, Finding):
            return _PUBLISHED.nothing(domain, [query])
        if not self.fetch:
            answers = yield [query]
            return (yield from _inspect_record(domain, answers[query]))
        host, exchanges = f"mta-sts.{domain}", Query(domain, "MX")
        addresses = [Query(host, kind) for kind in ("A", "AAAA")]
        answers = yield [query, exchanges, *addresses]
        announced = yield from _inspect_record(domain, answers[query])
        found = [answers[query] for query in addresses]
        policy, findings = _read_policy(host, found, (yield from self._fetch(host, found)))
        if announced.value is None:
            return _add_unannounced(domain, announced, policy)
        if policy is not None and not policy.faults:
            findings.extend(_judge_policy(host, policy, answers[exchanges]))
        findings = [*announced.findings, *findings]
        value = MTASTSDeployment(record=announced.value.record, policy=policy)
        return CheckResult(status=_status(findings), value=value, findings=tuple(findings))

    def _fetch(self, host: str, lookups: list[Lookup]) -> Inquiry[Fetched | FetchFailed | None]:
        """Get what is at the policy's place, if its host is anywhere."""
        addresses = tuple(text for lookup in lookups for text in _texts(lookup))
        if not addresses:
            return None
        if not self.private:
            addresses = tuple(one for one in addresses if not why_unreachable(one))
        if not addresses:
            return FetchFailed("connection", "it has no public address")
        errand = Fetch(host, _PATH, addresses, POLICY_LIMIT, self.https)
        return (yield [errand])[errand]


def _texts(lookup: Lookup) -> tuple[str, ...]:
    return lookup.texts if isinstance(lookup, Answer) else ()


def _status(findings: list[Finding]) -> Status:
    """Judge as always, but that a policy which may only be out of reach is as unknown as a lookup."""
    if any(finding.code == POLICY_UNREACHABLE.code for finding in findings):
        return "unknown"
    return judge(findings)


def _inspect_record(domain: str, answer: Lookup) -> Inquiry[CheckResult[MTASTSDeployment]]:
    """Give the result of the record alone; where there is none, ask whether it is needed."""
    text, findings = _PUBLISHED.find(answer)
    if text is None:
        is_needed = yield from takes_mail(domain)
        return _PUBLISHED.nothing(domain, findings, is_needed=is_needed)
    name, record = answer.query.name, read_mta_sts(text)
    findings = [
        SYNTAX.at(name, problem=fault.message, span=fault.span)
        for fault in record.faults[:FINDING_LIMIT]
    ]
    findings.extend(_judge_fields(name, record))
    value = MTASTSDeployment(record=record, policy=None)
    return CheckResult(status=judge(findings), value=value, findings=tuple(findings))


def _judge_fields(name: str, read: MTASTSRecord | MTASTSPolicy) -> Iterator[Finding]:
    for field in read.repeated[:FINDING_LIMIT]:
        yield FIELD_REPEATED.at(name, field=field.name, span=field.span)
    for field in read.unknown[:FINDING_LIMIT]:
        yield FIELD_UNKNOWN.at(name, field=field.name, span=field.span)


def _add_unannounced(
    domain: str, announced: CheckResult[MTASTSDeployment], policy: MTASTSPolicy | None
) -> CheckResult[MTASTSDeployment]:
    """Give the result where no record counts: a policy that is served all the same is worth a word."""
    if announced.status != "absent" or policy is None or policy.faults:
        return announced
    findings = (*announced.findings, POLICY_UNANNOUNCED.at(f"mta-sts.{domain}", domain=domain))
    value = MTASTSDeployment(record=None, policy=policy)
    return CheckResult(status="absent", value=value, findings=findings)


def _read_policy(
    host: str, lookups: list[Lookup], fetched: Fetched | FetchFailed | None
) -> tuple[MTASTSPolicy | None, list[Finding]]:
    """Give the policy, if one is served, and what hinders senders from reading it."""
    failed = failures(lookups)
    match fetched:
        case None:
            return None, failed or [HOST_MISSING.at(host), *dangling(lookups[:1])]
        case FetchFailed():
            return None, [*failed, _judge_failure(host, fetched)]
        case Fetched(status=HTTPStatus.OK):
            policy = read_mta_sts_policy(fetched.body.decode(errors="replace"))
            return policy, [*failed, *_judge_text(host, fetched, policy)]
        case Fetched():
            return None, [*failed, _judge_refusal(host, fetched.status)]


def _judge_failure(host: str, failed: FetchFailed) -> Finding:
    if failed.is_temporary:
        return POLICY_UNREACHABLE.at(host, reason=failed.reason)
    kind = POLICY_TLS if failed.cause == "TLS" else POLICY_REFUSED
    return kind.at(host, reason=failed.reason)


def _judge_refusal(host: str, status: int) -> Finding:
    is_final = HTTPStatus.OK <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if status in _FOR_NOW or not is_final:
        return POLICY_UNREACHABLE.at(host, reason=f"the server says {status}")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return POLICY_REDIRECTED.at(host, status=status)
    return POLICY_REFUSED.at(host, reason=f"the server says {status}")


def _judge_text(host: str, fetched: Fetched, policy: MTASTSPolicy) -> Iterator[Finding]:
    if fetched.content_type != "text/plain":
        yield CONTENT_TYPE.at(host, type=fetched.content_type[:80] or "not given")
    for fault in policy.faults[:FINDING_LIMIT]:
        yield POLICY_SYNTAX.at(host, problem=fault.message, span=fault.span)


def _judge_policy(host: str, policy: MTASTSPolicy, exchanges: Lookup) -> Iterator[Finding]:
    """Find what is wrong with a policy that senders can read."""
    yield from _judge_fields(host, policy)
    age = policy.max_age or 0
    if age > LONGEST_AGE:
        yield AGE_LONG.at(host, seconds=age, most=LONGEST_AGE)
    if policy.mode == "none":
        yield MODE_NONE.at(host)
        return
    if policy.mode == "testing":
        yield MODE_TESTING.at(host)
    if age < SHORT_AGE:
        yield AGE_SHORT.at(host, seconds=age)
    yield from failures([exchanges])
    yield from _compare(host, policy, _exchanges(exchanges))


def _exchanges(lookup: Lookup) -> list[str]:
    """Give where mail goes: without MX records, to the domain itself (RFC 5321 5.1)."""
    match lookup:
        case Answer():
            names = (record.exchange for record in lookup.of(MXRecord))
            return [name for name in dict.fromkeys(names) if name != "."]
        case NoData():
            return [lookup.query.name]
        case _:
            return []


def _compare(host: str, policy: MTASTSPolicy, exchanges: list[str]) -> Iterator[Finding]:
    """Find exchanges without a pattern, and patterns without an exchange."""
    patterns = dict.fromkeys(pattern.lower() for pattern in policy.mx)
    uncovered = [name for name in exchanges if patterns.keys().isdisjoint(mx_patterns(name))]
    kind = MX_REFUSED if policy.mode == "enforce" else MX_UNCOVERED
    for name in uncovered[:FINDING_LIMIT]:
        yield kind.at(name)
    covering = {pattern for name in exchanges for pattern in mx_patterns(name)}
    unused = [pattern for pattern in patterns if exchanges and pattern not in covering]
    for pattern in unused[:FINDING_LIMIT]:
        yield PATTERN_UNUSED.at(host, pattern=pattern)
