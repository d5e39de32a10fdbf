"""Checking domains at NSD, on loopback and 20 ms away, against checkdmarc where it is installed.

checkdmarc looks at DNSSEC and name servers, too, and at no DKIM key; both are given 200 alike domains.
"""

import asyncio
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from itertools import count, islice
from pathlib import Path

from dns.nameserver import Do53Nameserver

from mailcore.domains import AsyncDomainChecker, DomainChecker, Resolver, check_domain
from tests.certificates import Certificates
from tests.live.name_servers import NameServers, wait_for_answer
from tests.live.servers import missing, stop
from tests.ports import free_port

__all__ = ["domains"]

ZONE = "bench.test"
DOMAINS = 200
SECONDS_AWAY = 0.020
KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAviPGBk4ZB64UfSqWyAicdR7lodhytae+EYRQVtKDhM+1mXjEqRtP"
    "/pDT3sBhazkmA48n2k5NJUyMEoO8nc2r6sUA+/Dom5jRBZp6qDKJOwjJ5R/OpHamlRG+YRJQqRtqEgSiJWG7h7efGYWmh4UR"
    "hFM9k9+rmG/CwCgwx7Et+c8OMlngaLl04/bPmfpjdEyLWyNimk761CX6KymzYiRDNz1MOJOJ7OzFaS4PFbVLn0m5mf0HVNtB"
    "pPwWuCNvaFVflUYxEyblbB6h/oWOPGbzoSgtRA47SHV53SwZjIsVpbq4LxUW9IxAEwYzGcSgZ4n5Q8X8TndowsDUzoccPFGh"
    "dwIDAQAB"
)
SOA = "$TTL 300\n@ IN SOA ns root 1 7200 3600 1209600 60\n@ IN NS ns\nns IN A 127.0.0.1\n"
DOMAIN = """
d{n} IN MX 10 mx1.d{n}
d{n} IN MX 20 mx2.d{n}
d{n} IN TXT "v=spf1 include:a.d{n}.bench.test include:b.d{n}.bench.test include:c.d{n}.bench.test" " include:e.d{n}.bench.test mx -all"
d{n} IN TXT "another=text"
a.d{n} IN TXT "v=spf1 ip4:198.51.100.0/28 -all"
b.d{n} IN TXT "v=spf1 ip4:198.51.100.16/28 -all"
c.d{n} IN TXT "v=spf1 ip4:198.51.100.32/28 -all"
e.d{n} IN TXT "v=spf1 ip4:198.51.100.48/28 -all"
mx1.d{n} IN A 198.51.100.1
mx2.d{n} IN A 198.51.100.2
_dmarc.d{n} IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@d{n}.bench.test"
s1._domainkey.d{n} IN TXT "v=DKIM1; k=rsa; p={first}" "{rest}"
"""


def domains() -> None:
    """Print the rows."""
    if reason := missing():
        print(f"domains: {reason}")
        return
    logging.getLogger("checkdmarc").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="mailcore-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        records = (DOMAIN.format(n=n, first=KEY[:200], rest=KEY[200:]) for n in range(DOMAINS))
        zones = {ZONE: SOA + "".join(records), "test": SOA}
        servers = NameServers(folder / "dns", zones, Certificates(folder))
        try:
            _measure("loopback", servers.authority, theirs=50)
            with _away(servers.authority) as address:
                _measure("20 ms away", address, theirs=4)
        finally:
            servers.stop()


def _measure(where: str, address: str, *, theirs: int) -> None:
    resolver = Resolver([address])
    names = (f"d{n % DOMAINS}.{ZONE}" for n in count())
    report = check_domain(next(names), selectors=["s1"], resolver=resolver)
    assert report.dkim.status == report.spf.status == "present"
    rates = {
        "one after the other": _rate(
            50, lambda: [check_domain(name, resolver=resolver) for name in islice(names, 50)]
        ),
        "20 at once": _rate(
            DOMAINS,
            lambda: list(DomainChecker(resolver=resolver).check_many(islice(names, DOMAINS))),
        ),
        "20 at once, asyncio": _rate(
            DOMAINS, lambda: asyncio.run(_check_all(resolver, islice(names, DOMAINS)))
        ),
    }
    peer = None
    if find_spec("checkdmarc"):
        check_domains = import_module("checkdmarc").check_domains
        listed = list(islice(names, theirs))
        peer = _rate(theirs, lambda: check_domains(listed, nameservers=_nameservers(address)))
    for how, rate in rates.items():
        ratio = f"{rate / peer:6.1f}x  checkdmarc" if peer else ""
        cells = f"{rate:9.1f}/s {1000 / rate:7.1f} ms"
        print(f"check a domain, {where}, {how:<22} {cells} {peer or 0:9.1f}/s  {ratio}")
    print(f"check a domain: {report.queries} queries")


async def _check_all(resolver: Resolver, names: Iterator[str]) -> None:
    async for report in AsyncDomainChecker(resolver=resolver).check_many(names):
        assert report.spf.status == "present"


def _rate(number: int, job: Callable[[], object]) -> float:
    """Give how many a second."""
    begun = time.perf_counter()
    job()
    return number / (time.perf_counter() - begun)


def _nameservers(address: str) -> list[object]:
    host, port = address.split(":")
    return [Do53Nameserver(host, int(port))]


@contextmanager
def _away(address: str) -> Iterator[str]:
    """Put the name server further away."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.delay", port, address.rpartition(":")[2]]
    process = subprocess.Popen([*map(str, command), str(SECONDS_AWAY)])
    wait_for_answer(port, ZONE)
    yield f"127.0.0.1:{port}"
    stop(process)
