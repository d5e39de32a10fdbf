"""Whether mail programs find a domain's servers by themselves: SRV records (RFC 6186, RFC 8314 5.1).

Besides, many programs look for a host `autoconfig` (Mozilla's) or `autodiscover` (Microsoft's) in the
domain. Here they are only looked up; what they say is not fetched.
"""

from collections.abc import Iterator

from pydantic import BaseModel

from mailcore.domains.check import Answers, CheckResult, Inquiry, ask, dangling, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.servers.mx import address_queries
from mailcore.net.dns import Answer, Lookup, LookupFailed, NxDomain, Query, SRVRecord

__all__ = ["Autodiscovery", "MailServer", "MailServices"]

TARGET_LIMIT = 12  # hosts whose addresses are looked up
RECORD_LIMIT = 8  # records of one service that are looked at

# By the names of RFC 6186 3 and RFC 8314 7: the usual ports.
_PORTS = {
    "imaps": 993,
    "imap": 143,
    "pop3s": 995,
    "pop3": 110,
    "submissions": 465,
    "submission": 587,
}
_PRIVATE = {"imap": "imaps", "pop3": "pop3s", "submission": "submissions"}
_READING = ("imaps", "imap", "pop3s", "pop3")
_SENDING = ("submissions", "submission")
_HOSTS = ("autoconfig", "autodiscover")

MISSING = Kind(
    "autodiscovery.missing",
    Severity.INFO,
    "there is no SRV record for reading or sending mail: programs guess, or ask their users",
    "Publish “_imaps._tcp.{subject}. SRV 0 1 993 imap.example.com.” and "
    "“_submissions._tcp.{subject}. SRV 0 1 465 smtp.example.com.” with the servers' names.",
    "RFC 6186 3",
)
HALF = Kind(
    "autodiscovery.half",
    Severity.NOTICE,
    "there are SRV records for {there} mail, and none for {missing}",
    "Publish “_{service}._tcp.{subject}. SRV 0 1 {port} …” with the server's name.",
    "RFC 6186 3",
)
TARGET_MISSING = Kind(
    "autodiscovery.target-missing",
    Severity.ERROR,
    "the server {target} does not exist",
    "Publish its address, or correct the record.",
    "RFC 2782",
)
NO_ADDRESS = Kind(
    "autodiscovery.no-address",
    Severity.ERROR,
    "the server {target} has no address",
    "Publish an A or AAAA record for it, or correct the record.",
    "RFC 2782",
)
ALIAS = Kind(
    "autodiscovery.alias",
    Severity.WARNING,
    "the server {target} is an alias of {canonical_name}",
    "Name {canonical_name} in the SRV record: a target must not be a CNAME.",
    "RFC 2782",
)
NOT_OFFERED_WITH_OTHERS = Kind(
    "autodiscovery.not-offered-with-others",
    Severity.ERROR,
    "one record says that the service is not offered, and others name its servers",
    "Remove the record with the target “.”, or all others.",
    "RFC 2782",
)
PRIVATE_MISSING = Kind(
    "autodiscovery.tls-missing",
    Severity.NOTICE,
    "{service} is offered, which begins in the clear, and {private} is not",
    "Have the server take TLS connections at once, and publish "
    "“_{private}._tcp.{domain}. SRV 0 1 {port} …”.",
    "RFC 8314 3",
)
PORT = Kind(
    "autodiscovery.port",
    Severity.NOTICE,
    "the server {target} is at the port {port}, and {service} is usually at {usual}",
    "Use the usual port: many networks let nothing else pass.",
    "RFC 8314 3",
)
TOO_MANY = Kind(
    "autodiscovery.too-many",
    Severity.NOTICE,
    "there are more records than are looked at here: {records} for a service, {targets} servers in all",
    "Keep a few: programs do not try that many either.",
)


class MailServer(BaseModel, frozen=True):
    """A server for a service, such as "imaps"; the least `priority` is tried first."""

    service: str
    host: str
    port: int
    priority: int
    weight: int

    def __str__(self) -> str:
        return f"{self.service} {self.host}:{self.port}"


class MailServices(BaseModel, frozen=True):
    """The servers by service, the preferred first, and the services that are said not to be offered.

    `hosts` are those for configuration that exist: "autoconfig" and "autodiscover".
    """

    servers: tuple[MailServer, ...]
    not_offered: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [*map(str, self.servers), *(f"no {service}" for service in self.not_offered)]
        return ", ".join([*parts, *self.hosts])


class Autodiscovery:
    """Checks the SRV records by which mail programs find servers, and the addresses of these."""

    name = "autodiscovery"

    def inquire(self, domain: str) -> Inquiry[CheckResult[MailServices]]:
        """Ask for all services together, then for the addresses of all servers."""
        services = {name: ask(f"_{name}._tcp.{domain}", "SRV") for name in _PORTS}
        hosts = {
            (name, kind): ask(f"{name}.{domain}", kind) for name in _HOSTS for kind in ("A", "AAAA")
        }
        questions = [*services.values(), *hosts.values()]
        queries = [one for one in questions if isinstance(one, Query)]
        answers = yield queries

        records = _read_services(services, answers)
        targets = _targets(records)[:TARGET_LIMIT]
        addresses = yield address_queries(targets)
        lookups = [
            *(answers[query] for query in queries),
            *(addresses[query] for query in address_queries(targets)),
        ]
        findings = [
            *(one for one in questions if isinstance(one, Finding)),
            *failures(lookups),
            *dict.fromkeys(dangling(answers[query] for query in queries)),
            *_judge_services(domain, records),
            *_judge_records(domain, records),
            *_judge_targets(domain, records, addresses),
        ]
        there = dict.fromkeys(
            name
            for (name, _), query in hosts.items()
            if isinstance(query, Query) and isinstance(answers[query], Answer)
        )
        return _conclude(domain, records, tuple(there), findings)


_Records = dict[str, list[SRVRecord]]
"""The records by service; one whose lookup failed is not in it."""


def _read_services(services: dict[str, Query | Finding], answers: Answers) -> _Records:
    """Give each service's records as they are tried (RFC 2782), the weight standing in for chance."""
    records: _Records = {}
    for name, query in services.items():
        answer = answers[query] if isinstance(query, Query) else None
        if not isinstance(answer, LookupFailed):
            found: set[SRVRecord] = (
                set(answer.of(SRVRecord)) if isinstance(answer, Answer) else set()
            )
            records[name] = sorted(found, key=lambda one: (one.priority, -one.weight, one))
    return records


def _servers(records: list[SRVRecord]) -> list[SRVRecord]:
    """Give those that name a server, as many as are looked at."""
    return [record for record in records if record.target != "."][:RECORD_LIMIT]


def _targets(records: _Records) -> list[str]:
    return list(dict.fromkeys(one.target for found in records.values() for one in _servers(found)))


def _conclude(
    domain: str, records: _Records, hosts: tuple[str, ...], findings: list[Finding]
) -> CheckResult[MailServices]:
    servers = tuple(
        MailServer(
            service=service,
            host=one.target,
            port=one.port,
            priority=one.priority,
            weight=one.weight,
        )
        for service, found in records.items()
        for one in _servers(found)
    )
    not_offered = tuple(name for name, found in records.items() if found and not _servers(found))
    status = judge(findings)
    if status == "present" and not any(records.values()):
        status, findings = "absent", [MISSING.at(domain), *findings]
    value = MailServices(servers=servers, not_offered=not_offered, hosts=hosts)
    return CheckResult(
        status=status,
        value=value if servers or not_offered or hosts else None,
        findings=tuple(findings),
    )


def _judge_services(domain: str, records: _Records) -> Iterator[Finding]:
    """Find services that are missing beside others; where a lookup failed, nothing is missing."""
    offered = {service for service, found in records.items() if _servers(found)}
    for service, private in _PRIVATE.items():
        if service in offered and private in records and private not in offered:
            yield PRIVATE_MISSING.at(
                f"_{service}._tcp.{domain}",
                service=service,
                private=private,
                port=_PORTS[private],
                domain=domain,
            )
    for there, missing, services in (
        ("reading", "sending", _SENDING),
        ("sending", "reading", _READING),
    ):
        if offered and all(records.get(one) == [] for one in services):
            best = services[0]
            yield HALF.at(domain, there=there, missing=missing, service=best, port=_PORTS[best])


def _judge_records(domain: str, records: _Records) -> Iterator[Finding]:
    """Find what is wrong with records by themselves."""
    is_long = any(len(found) > RECORD_LIMIT for found in records.values())
    if is_long or len(_targets(records)) > TARGET_LIMIT:
        yield TOO_MANY.at(domain, records=RECORD_LIMIT, targets=TARGET_LIMIT)
    for service, found in records.items():
        place, servers = f"_{service}._tcp.{domain}", _servers(found)
        if servers and any(record.target == "." for record in found):
            yield NOT_OFFERED_WITH_OTHERS.at(place)
        for one in servers:
            if one.port != (usual := _PORTS[service]):
                yield PORT.at(place, target=one.target, port=one.port, service=service, usual=usual)


def _judge_targets(domain: str, records: _Records, addresses: Answers) -> Iterator[Finding]:
    """Find servers that cannot be reached by their names, each once."""
    places = {
        one.target: f"_{service}._tcp.{domain}"
        for service, found in reversed(records.items())
        for one in _servers(found)
    }
    for target in _targets(records)[:TARGET_LIMIT]:
        found = [addresses[query] for query in address_queries([target])]
        yield from _judge_target(places[target], target, found)


def _judge_target(place: str, target: str, found: list[Lookup]) -> Iterator[Finding]:
    known = [answer for answer in found if not isinstance(answer, LookupFailed)]
    aliases = [one.canonical_name for one in known if one.canonical_name != target]
    if aliases:
        yield ALIAS.at(place, target=target, canonical_name=aliases[0])
    if len(known) < len(found) or any(isinstance(answer, Answer) for answer in known):
        return
    missing = all(isinstance(answer, NxDomain) for answer in known)
    yield (TARGET_MISSING if missing else NO_ADDRESS).at(place, target=target)
