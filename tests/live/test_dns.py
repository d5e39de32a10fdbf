"""Real name servers: NSD, and Unbound before it, in the clear, over TLS and over HTTPS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.domains import DomainChecker, Resolver, Zone
from mailcore.net.dns import DNS, Answer, Lookup, LookupFailed, NoData, NxDomain, Query, resolve
from tests.certificates import Certificates
from tests.colours import Colour
from tests.live.name_servers import NameServers

BIG = " ".join(f'"{n:0100}"' for n in range(100))
ZONES = {
    name: f"""
$TTL 300
@ IN SOA ns.{name}. root.{name}. 1 7200 3600 1209600 60
@ IN NS ns
ns IN A 127.0.0.1
@ IN MX 10 mx1
@ IN MX 20 mx2
@ IN TXT "v=spf1 include:one.{name} " "include:two.{name} mx -all"
one IN TXT "v=spf1 ip4:198.51.100.0/28 -all"
two IN TXT "v=spf1 include:one.{name} -all"
mx1 60 IN A 192.0.2.1
mx1 60 IN AAAA 2001:db8::1
mx2 IN A 192.0.2.2
_dmarc IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{name}"
s1._domainkey IN CNAME key.two.{name}.
key.two IN TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_25._tcp.mx1 IN TLSA 3 1 1 {"ab" * 32}
big IN TXT {BIG}
*.wild IN A 192.0.2.7
_imaps._tcp IN SRV 0 1 993 imap.{name}.
"""
    for name in ("plain.test", "signed.test", "forged.test")
} | {
    "lame.test": "$TTL 60\n@ IN SOA ns. root. 1 2 3 4 5\n@ IN NS ns\nsub IN NS ns.nowhere.test.\n",
    "test": "$TTL 60\n@ IN SOA ns. root. 1 2 3 4 5\n@ IN NS ns\n",
}


@pytest.fixture(scope="module")
def servers(folder: Path, live_certificates: Certificates) -> Iterator[NameServers]:
    servers = NameServers(
        folder / "dns", ZONES, live_certificates, signed=("signed.test",), forged=("forged.test",)
    )
    yield servers
    servers.stop()


def ask(colour: Colour, resolver: Resolver, name: str, kind: str) -> Lookup:
    (found,) = colour.run(resolve(resolver, colour.backend, [Query(name, kind)]))
    return found


@pytest.fixture(params=["authority", "resolver", "tls", "https"])
def resolver(
    request: pytest.FixtureRequest, servers: NameServers, live_certificates: Certificates
) -> Resolver:
    is_encrypted = request.param in {"tls", "https"}
    authority = live_certificates.authority if is_encrypted else None
    return Resolver([getattr(servers, request.param)], ca_file=authority)


@pytest.mark.parametrize(
    ("name", "kind", "texts"),
    [
        ("plain.test", "MX", {"10 mx1.plain.test", "20 mx2.plain.test"}),
        ("plain.test", "TXT", {"v=spf1 include:one.plain.test include:two.plain.test mx -all"}),
        ("mx1.plain.test", "AAAA", {"2001:db8::1"}),
        ("a.wild.plain.test", "A", {"192.0.2.7"}),
        ("_25._tcp.mx1.plain.test", "TLSA", {f"3 1 1 {'ab' * 32}"}),
        ("_imaps._tcp.plain.test", "SRV", {"0 1 993 imap.plain.test"}),
        ("signed.test", "MX", {"10 mx1.signed.test", "20 mx2.signed.test"}),
    ],
)
def test_records_are_read(
    colour: Colour, resolver: Resolver, name: str, kind: str, texts: set[str]
) -> None:
    found = ask(colour, resolver, name, kind)
    assert isinstance(found, Answer)
    assert set(found.texts) == texts


def test_aliases_are_followed(colour: Colour, resolver: Resolver) -> None:
    found = ask(colour, resolver, "s1._domainkey.plain.test", "TXT")
    assert isinstance(found, Answer)
    assert found.canonical_name == "key.two.plain.test"


def test_large_answers_are_whole(colour: Colour, resolver: Resolver) -> None:
    found = ask(colour, resolver, "big.plain.test", "TXT")
    assert isinstance(found, Answer)
    assert found.texts == ("".join(f"{n:0100}" for n in range(100)),)


def test_what_is_not_there_is_not_there(colour: Colour, resolver: Resolver) -> None:
    assert isinstance(ask(colour, resolver, "missing.plain.test", "A"), NxDomain)
    assert isinstance(ask(colour, resolver, "mx2.plain.test", "AAAA"), NoData)
    assert isinstance(ask(colour, resolver, "_domainkey.plain.test", "TXT"), NoData)
    assert isinstance(ask(colour, resolver, "missing.signed.test", "A"), NxDomain)


def test_a_server_that_only_refers_to_others_is_no_answer(
    colour: Colour, servers: NameServers
) -> None:
    found = ask(colour, Resolver([servers.authority]), "a.sub.lame.test", "A")
    assert isinstance(found, LookupFailed)
    assert "refers to other servers" in found.reason


def test_a_zone_whose_servers_are_lost_is_no_answer(colour: Colour, servers: NameServers) -> None:
    found = ask(colour, Resolver([servers.resolver], timeout=10), "a.sub.lame.test", "A")
    assert isinstance(found, LookupFailed)


def test_a_server_that_refuses_is_no_answer(colour: Colour, servers: NameServers) -> None:
    found = ask(colour, Resolver([servers.authority]), "example.com", "A")
    assert isinstance(found, LookupFailed)
    assert found.reason.startswith(f"{servers.authority}: REFUSED")


@pytest.mark.parametrize("way", ["resolver", "tls", "https"])
def test_only_what_is_signed_is_authenticated(
    colour: Colour, servers: NameServers, live_certificates: Certificates, way: str
) -> None:
    authority = None if way == "resolver" else live_certificates.authority
    resolver = Resolver([getattr(servers, way)], ca_file=authority)
    signed, plain = (ask(colour, resolver, f"{name}.test", "MX") for name in ("signed", "plain"))
    assert isinstance(signed, Answer)
    assert isinstance(plain, Answer)
    assert (signed.is_authenticated, plain.is_authenticated) == (True, False)


def test_a_forged_answer_is_none_and_the_reason_says_so(
    colour: Colour, servers: NameServers
) -> None:
    found = ask(colour, Resolver([servers.resolver]), "mx1.forged.test", "A")
    assert isinstance(found, LookupFailed)
    assert "DNSSEC" in found.reason


@pytest.mark.parametrize("way", ["tls", "https"])
def test_a_name_server_that_cannot_be_trusted_is_not_asked(
    colour: Colour, servers: NameServers, live_certificates: Certificates, way: str
) -> None:
    stranger = Resolver([getattr(servers, way)], ca_file=live_certificates.self_signed, timeout=2)
    assert isinstance(ask(colour, stranger, "plain.test", "MX"), LookupFailed)


@pytest.mark.parametrize("name", ["plain.test", "signed.test"])
def test_a_domain_is_judged_alike_from_a_file_and_by_servers(
    servers: NameServers, live_certificates: Certificates, name: str
) -> None:
    sources: list[DNS] = [
        Zone.from_text(ZONES[name], origin=name),
        Resolver([servers.authority]),
        Resolver([servers.resolver]),
        Resolver([servers.tls], ca_file=live_certificates.authority),
    ]
    reports = [DomainChecker(resolver=source).check(name) for source in sources]
    first, *others = [
        [(key, result.status, result.findings) for key, result in report.results.items()]
        for report in reports
    ]
    assert all(other == first for other in others)
    assert reports[0].dkim.status == "present"
