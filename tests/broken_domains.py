"""Twenty domains, each with one thing about its mail that is broken, or only looks so.

For each of them: what a mail admin would say, what mailcore has to say, and what checkdmarc was
measured to say. docs/explanation/broken-domains.md shows this as a table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from mailcore.domains import Status, Zone
from mailcore.net.dns.zone import Failure, RecordTexts

__all__ = ["CHECKDMARC", "DOMAINS", "SELECTOR", "BrokenDomain", "Said"]

CHECKDMARC = "6.0.4"  # the release that was measured
SELECTOR = "s1"

Records: TypeAlias = Mapping[str, Mapping[str, RecordTexts | Failure] | None]
"""By name and type. "@" is the domain, a name is below it unless it ends in a dot, None is no such name."""

Mark: TypeAlias = Literal["yes", "partly", "no"]
"""Whether it tells what the admin says; "partly": that something is wrong, but not what."""

_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAviPGBk4ZB64UfSqWyAicdR7lodhytae+EYRQVtKDhM+1mXjEqRtP",
    "/pDT3sBhazkmA48n2k5NJUyMEoO8nc2r6sUA+/Dom5jRBZp6qDKJOwjJ5R/OpHamlRG+YRJQqRtqEgSiJWG7h7efGYWmh4UR",
    "hFM9k9+rmG/CwCgwx7Et+c8OMlngaLl04/bPmfpjdEyLWyNimk761CX6KymzYiRDNz1MOJOJ7OzFaS4PFbVLn0m5mf0HVNtB",
    "pPwWuCNvaFVflUYxEyblbB6h/oWOPGbzoSgtRA47SHV53SwZjIsVpbq4LxUW9IxAEwYzGcSgZ4n5Q8X8TndowsDUzoccPFGh",
    "dwIDAQAB",
)
_KEY_OF_512_BITS = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALykO2lfMzh8heTT5hXLjpUKguCI0rHwC1/KBkGpVxQf4txwZ7q1p8PtJIqpbLd4"
    "zsjCZ1qqRGoGUO+rljSUjwMCAwEAAQ=="
)


class Said(NamedTuple):
    """What checkdmarc's check of one kind gives; its MX check gives no verdict, and it has none of DKIM.

    `quote` is from its error or warning, word for word; it is empty where there was none.
    """

    verdict: Literal["valid", "invalid", "no verdict", "no such check"]
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenDomain:
    """A domain, and what is to be said about it.

    `published` is how it differs from a healthy domain, `check` the one that has to notice, `codes`
    are all warnings and errors of mailcore's whole report.
    """

    name: str
    shown: str
    published: Records
    admin: str
    check: str
    status: Status
    codes: tuple[str, ...]
    mailcore: Mark = "yes"
    said: Said
    checkdmarc: Mark
    is_sound: bool = False

    @property
    def zone(self) -> Zone:
        """The domain as DNS has it, and the names elsewhere that matter."""
        healthy = _healthy(self.name)
        nodes = {name: node for name, node in self.published.items() if node is not None}
        changed = {name: {**healthy.get(name, {}), **node} for name, node in nodes.items()}
        kept = {name: node for name, node in healthy.items() if name not in self.published}
        return Zone({_absolute(name, self.name): node for name, node in (kept | changed).items()})


def _healthy(domain: str) -> dict[str, Mapping[str, RecordTexts | Failure]]:
    return {
        "@": {"MX": f"10 mx.{domain}", "TXT": "v=spf1 mx -all"},
        "mx": {"A": "192.0.2.1"},
        "1.2.0.192.in-addr.arpa.": {"PTR": f"mx.{domain}"},
        "_dmarc": {"TXT": f"v=DMARC1; p=reject; rua=mailto:dmarc@{domain}"},
        f"{SELECTOR}._domainkey": {"TXT": [["v=DKIM1; k=rsa; p=", *_KEY]]},
        "_mta-sts": {"TXT": "v=STSv1; id=20260101"},
        "mta-sts": {"A": "192.0.2.2"},
        "_smtp._tls": {"TXT": f"v=TLSRPTv1; rua=mailto:tls@{domain}"},
    }


def _absolute(name: str, domain: str) -> str:
    if name == "@":
        return domain
    return name if name.endswith(".") else f"{name}.{domain}"


DOMAINS = (
    BrokenDomain(
        name="open.example",
        shown="`v=spf1 mx +all`",
        published={"@": {"TXT": "v=spf1 mx +all"}},
        admin="Whoever sends in your name passes SPF: write -all.",
        check="spf",
        status="present",
        codes=("spf.pass-all",),
        said=Said("valid"),
        checkdmarc="no",
    ),
    BrokenDomain(
        name="everybody.example",
        shown="`v=spf1 ip4:0.0.0.0/0 -all`",
        published={"@": {"TXT": "v=spf1 ip4:0.0.0.0/0 -all"}},
        admin="That is +all in other words, for all of IPv4.",
        check="spf",
        status="present",
        codes=("spf.pass-all",),
        said=Said("valid"),
        checkdmarc="no",
    ),
    BrokenDomain(
        name="eleven.example",
        shown="five includes that each include one more, one of which has an `a`",
        published={
            "@": {
                "TXT": "v=spf1 include:a1.eleven.example include:b1.eleven.example "
                "include:c1.eleven.example include:d1.eleven.example include:e1.eleven.example -all"
            },
            "a1": {"TXT": "v=spf1 include:a2.eleven.example -all"},
            "b1": {"TXT": "v=spf1 include:b2.eleven.example -all"},
            "c1": {"TXT": "v=spf1 include:c2.eleven.example -all"},
            "d1": {"TXT": "v=spf1 include:d2.eleven.example -all"},
            "e1": {"TXT": "v=spf1 include:e2.eleven.example -all"},
            "a2": {"TXT": "v=spf1 ip4:192.0.2.8 -all"},
            "b2": {"TXT": "v=spf1 ip4:192.0.2.16 -all"},
            "c2": {"TXT": "v=spf1 ip4:192.0.2.24 -all"},
            "d2": {"TXT": "v=spf1 ip4:192.0.2.32 -all"},
            "e2": {"TXT": "v=spf1 a:mx.eleven.example -all"},
        },
        admin="Eleven lookups, and ten are allowed: mail that the first ten do not match ends in an error.",
        check="spf",
        status="invalid",
        codes=("spf.lookup-limit",),
        said=Said("invalid", "requires 11/10 maximum DNS lookups"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="loop.example",
        shown="`include:spf.loop.example`, which includes `loop.example`",
        published={
            "@": {"TXT": "v=spf1 include:spf.loop.example -all"},
            "spf": {"TXT": "v=spf1 include:loop.example -all"},
        },
        admin="The two records include each other: every mail ends in an error.",
        check="spf",
        status="invalid",
        codes=("spf.loop",),
        said=Said("invalid", "Include loop: loop.example -> spf.loop.example -> loop.example"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="former.example",
        shown="`include:spf.gone.example`, which does not exist",
        published={"@": {"TXT": "v=spf1 mx include:spf.gone.example -all"}},
        admin="That provider is gone: remove the include, for it turns what would be a fail into an error.",
        check="spf",
        status="invalid",
        codes=("spf.include-missing",),
        said=Said("invalid", "The include target spf.gone.example has no SPF record"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="voids.example",
        shown="`v=spf1 mx a:old1… a:old2… a:old3… -all`, none of which exists",
        published={
            "@": {
                "TXT": "v=spf1 mx a:old1.voids.example a:old2.voids.example a:old3.voids.example -all"
            }
        },
        admin="Three names that are gone, and two may be: remove the old servers.",
        check="spf",
        status="invalid",
        codes=("spf.void", "spf.void-limit"),
        said=Said("invalid", "has 3/2 maximum void DNS lookups"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="two.example",
        shown="`v=spf1 mx -all` and `v=spf1 include:spf.two.example ~all`",
        published={
            "@": {"TXT": ["v=spf1 mx -all", "v=spf1 include:spf.two.example ~all"]},
            "spf": {"TXT": "v=spf1 ip4:192.0.2.8 -all"},
        },
        admin="There must be one SPF record: put the include into the first.",
        check="spf",
        status="invalid",
        codes=("spf.several",),
        said=Said("invalid", "The domain has multiple SPF TXT records"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="typo.example",
        shown="`v=spf mx -all`",
        published={"@": {"TXT": "v=spf mx -all"}},
        admin="It has to start with v=spf1: like this nobody takes it for SPF.",
        check="spf",
        status="absent",
        codes=("spf.near-miss",),
        said=Said("invalid", "An SPF record does not exist."),
        checkdmarc="partly",
    ),
    BrokenDomain(
        name="capitals.example",
        shown="`V=SPF1 mx -all`",
        published={"@": {"TXT": "V=SPF1 mx -all"}},
        admin="It looks odd and is right: case does not matter here.",
        check="spf",
        status="present",
        codes=(),
        said=Said("invalid", "Expected version_tag at position 0"),
        checkdmarc="no",
        is_sound=True,
    ),
    BrokenDomain(
        name="servfail.example",
        shown="SERVFAIL for the domain's TXT records",
        published={"@": {"TXT": Zone.FAIL}},
        admin="Your name servers are ill, or DNSSEC is: what the SPF record is, nobody can say now.",
        check="spf",
        status="unknown",
        codes=("dns.lookup-failed",),
        said=Said("invalid", "All nameservers failed to answer the query"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="alias.example",
        shown="`MX 10 mx.alias.example`, which is a CNAME",
        published={
            "mx": {"A": [], "CNAME": "host.alias.example"},
            "host": {"A": "192.0.2.1"},
        },
        admin="An MX must not name an alias: most mail comes all the same, some does not.",
        check="mx",
        status="present",
        codes=("mx.alias",),
        said=Said("no verdict", "MX records must not point at aliases"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="inside.example",
        shown="`MX 10 mx.inside.example`, whose address is 10.0.0.5",
        published={"mx": {"A": "10.0.0.5"}},
        admin="You have published the inside of your network: nobody outside can deliver.",
        check="mx",
        status="invalid",
        codes=("mx.address-private",),
        said=Said("no verdict", "10.0.0.5 does not have any reverse DNS (PTR) records"),
        checkdmarc="partly",
    ),
    BrokenDomain(
        name="dangling.example",
        shown="a second MX, `mx.gone.example`, which does not exist",
        published={"@": {"MX": ["10 mx.dangling.example", "20 mx.gone.example"]}},
        admin="The backup does not exist; whoever registers gone.example gets mail of yours.",
        check="mx",
        status="invalid",
        codes=("mx.host-missing",),
        said=Said("no verdict", "The domain mx.gone.example does not exist."),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="rejct.example",
        shown="`v=DMARC1; p=rejct; rua=…`",
        published={"_dmarc": {"TXT": "v=DMARC1; p=rejct; rua=mailto:dmarc@rejct.example"}},
        admin="The policy is misspelt, so that receivers take none and reject nothing.",
        check="dmarc",
        status="present",
        codes=("dmarc.policy-assumed", "dmarc.syntax"),
        said=Said("invalid", "Tag p must have one of the following values"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="news.parent.example",
        shown="no DMARC record, but one at `parent.example`",
        published={
            "_dmarc": None,
            "parent.example.": {"MX": "10 mx.news.parent.example"},
            "_dmarc.parent.example.": {"TXT": "v=DMARC1; p=reject; rua=mailto:d@parent.example"},
        },
        admin="Nothing is missing: the parent's record holds here.",
        check="dmarc",
        status="present",
        codes=(),
        said=Said("valid"),
        checkdmarc="yes",
        is_sound=True,
    ),
    BrokenDomain(
        name="outsider.example",
        shown="`rua=mailto:d@reports.example`, which does not know of it",
        published={
            "_dmarc": {"TXT": "v=DMARC1; p=reject; rua=mailto:d@reports.example"},
            "reports.example.": {"MX": "10 mx.reports.example"},
            "mx.reports.example.": {"A": "192.0.2.9"},
        },
        admin="You will get no reports, until reports.example publishes that it takes yours.",
        check="dmarc",
        status="present",
        codes=("dmarc.report-unauthorized",),
        said=Said("valid", "reports.example does not indicate that it accepts DMARC reports"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="misplaced.example",
        shown="the DMARC record at the domain itself, and none at `_dmarc`",
        published={
            "@": {"TXT": ["v=spf1 mx -all", "v=DMARC1; p=reject; rua=mailto:d@misplaced.example"]},
            "_dmarc": None,
        },
        admin="It stands in the wrong place: move it to _dmarc.",
        check="dmarc",
        status="absent",
        codes=("dmarc.misplaced", "dmarc.missing"),
        said=Said("invalid", "A DMARC record does not exist."),
        checkdmarc="partly",
    ),
    BrokenDomain(
        name="short.example",
        shown="a DKIM key of 512 bits",
        published={f"{SELECTOR}._domainkey": {"TXT": [["v=DKIM1; k=rsa; p=", _KEY_OF_512_BITS]]}},
        admin="Receivers ignore such signatures, and the key can be broken in hours: make one of 2048 bits.",
        check="dkim",
        status="invalid",
        codes=("dkim.key-short",),
        said=Said("no such check"),
        checkdmarc="no",
    ),
    BrokenDomain(
        name="dashes.example",
        shown="`v=STSv1; id=2026-01-01`",
        published={"_mta-sts": {"TXT": "v=STSv1; id=2026-01-01"}},
        admin="The id may have letters and digits only, so that MTA-STS is off.",
        check="mta_sts",
        status="invalid",
        codes=("mta_sts.syntax",),
        said=Said("invalid", "The id value must be 1-32 letters or digits"),
        checkdmarc="yes",
    ),
    BrokenDomain(
        name="twice.example",
        shown="two TLSRPT records",
        published={
            "_smtp._tls": {
                "TXT": [
                    "v=TLSRPTv1; rua=mailto:tls@twice.example",
                    "v=TLSRPTv1; rua=mailto:noc@twice.example",
                ]
            }
        },
        admin="Two count as none: name both addresses in one record.",
        check="tls_rpt",
        status="invalid",
        codes=("tls_rpt.several",),
        said=Said("invalid", "Multiple SMTP TLS Reporting records are not permitted."),
        checkdmarc="yes",
    ),
)
