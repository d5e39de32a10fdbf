"""Where benchmarks send to: Postfix's smtp-sink, a sink in C with STARTTLS and CHUNKING, a real Postfix; near or far.

The sink in C and the delaying proxy are compiled from the sources beside the project, where they are there.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.certificates import Certificates
from tests.live.servers import Dovecot, Postfix, wait_for_greeting
from tests.ports import free_port

__all__ = ["Place", "compiled", "places", "sink"]

SOURCES = Path(__file__).resolve().parents[3] / "shared" / "benchtools"
DELAY_MS = 10  # each way


@dataclass(frozen=True, slots=True)
class Place:
    """A server to send to; `authority` is whom to trust where it has TLS."""

    name: str
    port: int
    authority: Path | None = None
    domain: str = "example.test"


@contextmanager
def places() -> Iterator[dict[str, Place]]:
    """Start all that can be started here, and give them by name."""
    with tempfile.TemporaryDirectory(prefix="mailcore-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "certificates").mkdir()
        certificates = Certificates(folder / "certificates")
        started: list[subprocess.Popen[bytes]] = []
        found = {"smtp-sink": Place("smtp-sink", free_port())}
        _start(started, _smtp_sink(found["smtp-sink"].port))
        if sink := compiled("csink"):
            port = free_port()
            certificate = certificates.good
            _start(started, [str(sink), str(port), str(certificate), str(certificate)])
            found["csink"] = Place("csink", port, certificates.authority)
        dovecot, postfix = None, None
        if os.geteuid() == 0:
            dovecot = Dovecot(folder / "dovecot")
            postfix = Postfix(folder / "postfix", certificates, dovecot.sasl, discards=True)
            found["Postfix"] = Place("Postfix", postfix.ports["plain"], certificates.authority)
        if proxy := compiled("delayproxy"):
            for place in [*found.values()]:
                port = free_port()
                _start(started, [str(proxy), str(port), str(place.port), str(DELAY_MS)])
                found[f"{place.name}, 20 ms"] = Place(place.name, port, place.authority)
        for place in found.values():
            wait_for_greeting(place.port, started[0])
        try:
            yield found
        finally:
            for process in started:
                process.kill()
                process.wait()
            for server in (postfix, dovecot):
                if server is not None:
                    server.stop()


@contextmanager
def sink() -> Iterator[int]:
    """Start smtp-sink alone, which takes mail and drops it."""
    port = free_port()
    with subprocess.Popen(_smtp_sink(port)) as process:
        wait_for_greeting(port, process)
        yield port
        process.terminate()


def _smtp_sink(port: int) -> list[str]:
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    return ["smtp-sink", *user, f"127.0.0.1:{port}", "200"]


def _start(started: list[subprocess.Popen[bytes]], command: list[str]) -> None:
    started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


@cache
def compiled(name: str) -> Path | None:
    """Give a tool of the sources beside the project, compiled; None where that cannot be done."""
    source = SOURCES / f"{name}.c"
    target = Path(tempfile.gettempdir()) / f"mailcore-bench-{name}"
    command = ["gcc", "-O2", "-w", "-o", str(target), str(source), "-pthread", "-lssl", "-lcrypto"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return target
