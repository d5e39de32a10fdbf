"""A private NSD with signed and unsigned zones, and an Unbound before it that validates, on loopback."""

import io
import subprocess
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.dnssec
import dns.flags
import dns.message
import dns.query
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm

from tests.certificates import Certificates
from tests.live.servers import NSD, START_SECONDS, UNBOUND, stop
from tests.ports import free_port


class NameServers:
    """Serve zones, by name and text: at `authority` those who ask for them, at `resolver` everybody.

    Those in `signed` are signed and trusted; those in `forged` too, and then changed.
    """

    def __init__(
        self,
        folder: Path,
        zones: Mapping[str, str],
        certificates: Certificates,
        *,
        signed: tuple[str, ...] = (),
        forged: tuple[str, ...] = (),
    ) -> None:
        folder.mkdir()
        self._folder = folder
        ports = [free_port() for _ in range(4)]
        self.authority, self.resolver = (f"127.0.0.1:{port}" for port in ports[:2])
        self.tls = f"tls://127.0.0.1:{ports[2]}#localhost"
        self.https = f"https://127.0.0.1:{ports[3]}/dns-query"
        anchors = [
            self._write(name, zones[name], is_signed=name in signed, is_forged=name in forged)
            for name in zones
        ]
        (folder / "nsd.conf").write_text(_nsd_conf(folder, ports[0], list(zones)))
        (folder / "unbound.conf").write_text(
            _unbound_conf(
                folder,
                ports,
                list(zones),
                certificates.good,
                [anchor for anchor in anchors if anchor],
            )
        )
        self._processes = [
            subprocess.Popen([NSD, "-d", "-c", folder / "nsd.conf"], stderr=subprocess.DEVNULL),
            subprocess.Popen(
                [UNBOUND, "-d", "-p", "-c", folder / "unbound.conf"], stderr=subprocess.DEVNULL
            ),
        ]
        for port in ports[:2]:
            wait_for_answer(port, next(iter(zones)))

    def stop(self) -> None:
        """End both."""
        for process in self._processes:
            stop(process)

    def _write(self, name: str, text: str, *, is_signed: bool, is_forged: bool) -> str | None:
        """Write a zone's file, and give what is to be trusted for it."""
        zone = dns.zone.from_text(text, f"{name}.", relativize=False)
        anchor = _sign(zone) if is_signed or is_forged else None
        file = io.StringIO()
        zone.to_file(file, relativize=False)
        written = file.getvalue()
        (self._folder / f"{name}.zone").write_text(
            written.replace("192.0.2.1", "192.0.2.66") if is_forged else written
        )
        return anchor


def _sign(zone: dns.zone.Zone) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    public = dns.dnssec.make_dnskey(key.public_key(), Algorithm.ECDSAP256SHA256, flags=257)
    now = datetime.now(UTC)
    with zone.writer() as writer:
        dns.dnssec.sign_zone(
            zone,
            writer,
            keys=[(key, public)],
            dnskey_ttl=300,
            inception=now - timedelta(hours=1),
            expiration=now + timedelta(days=1),
        )
    return f"{zone.origin} 300 IN DNSKEY {public.to_text()}"


def _nsd_conf(folder: Path, port: int, zones: list[str]) -> str:
    served = "".join(
        f'zone:\n  name: "{name}"\n  zonefile: "{folder}/{name}.zone"\n' for name in zones
    )
    return f"""
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: ""
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
{served}"""


def _unbound_conf(
    folder: Path, ports: list[int], zones: list[str], certificate: Path, anchors: Iterable[str]
) -> str:
    authority, plain, tls, https = ports
    trusted = "".join(f'  trust-anchor: "{anchor}"\n' for anchor in anchors)
    stubs = "".join(
        f'stub-zone:\n  name: "{name}"\n  stub-addr: 127.0.0.1@{authority}\n' for name in zones
    )
    return f"""
server:
  interface: 127.0.0.1@{plain}
  interface: 127.0.0.1@{tls}
  interface: 127.0.0.1@{https}
  tls-port: {tls}
  https-port: {https}
  tls-service-key: "{certificate}"
  tls-service-pem: "{certificate}"
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  num-threads: 1
  do-not-query-localhost: no
  local-zone: "test." nodefault
  ede: yes
{trusted}remote-control:
  control-enable: no
{stubs}"""


def wait_for_answer(port: int, name: str) -> None:
    query = dns.message.make_query(name, "SOA")
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            if dns.query.udp(query, "127.0.0.1", timeout=0.2, port=port).answer:
                return
        except (OSError, dns.exception.DNSException):
            time.sleep(0.02)
    raise RuntimeError(f"no name server answers on port {port}")
