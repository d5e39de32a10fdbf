"""Questions over TLS, to a server of the test's own; HTTPS is tried with a real server (tests/live)."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailcore.net.dns import (
    Answer,
    Lookup,
    LookupFailed,
    NoData,
    NxDomain,
    Query,
    Resolver,
    Zone,
    resolve,
)
from mailcore.net.dns.encrypted import system_servers
from mailcore.sandbox.dns import TCP_LIMIT, DNSServer
from tests.certificates import Certificates
from tests.colours import Colour

ZONE = Zone(
    {
        "example.com": {"TXT": "v=spf1 -all", "MX": "10 mx.example.com"},
        "broken.example.com": Zone.FAIL,
    },
)


@pytest.fixture(scope="module")
def port(certificates: Certificates) -> Iterator[int]:
    with serving(certificates.server_context(certificates.good)) as port:
        yield port


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[int]:
    answering = DNSServer(ZONE)

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(raw, server_side=True) as connection:
                    file = connection.makefile("rb")
                    request = file.read(int.from_bytes(file.read(2), "big"))
                    response = answering.answer(request, limit=TCP_LIMIT)
                    connection.sendall(len(response).to_bytes(2, "big") + response)
            except (OSError, ssl.SSLError):  # a client that doesn't trust us
                raw.close()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    listener.close()


def ask(colour: Colour, resolver: Resolver, name: str, kind: str) -> Lookup:
    (found,) = colour.run(resolve(resolver, colour.backend, [Query(name, kind)]))
    return found


@pytest.mark.parametrize("suffix", ["", "#localhost"])
def test_it_is_asked_whose_certificate_holds(
    colour: Colour, port: int, certificates: Certificates, suffix: str
) -> None:
    resolver = Resolver([f"tls://127.0.0.1:{port}{suffix}"], ca_file=certificates.authority)
    found = ask(colour, resolver, "example.com", "MX")
    assert isinstance(found, Answer)
    assert found.texts == ("10 mx.example.com",)
    assert isinstance(ask(colour, resolver, "example.com", "A"), NoData)
    assert isinstance(ask(colour, resolver, "missing.example.com", "A"), NxDomain)


def test_an_error_is_a_failed_lookup(colour: Colour, port: int, certificates: Certificates) -> None:
    resolver = Resolver([f"tls://127.0.0.1:{port}"], ca_file=certificates.authority, timeout=2)
    found = ask(colour, resolver, "broken.example.com", "A")
    assert isinstance(found, LookupFailed)
    assert "SERVFAIL" in found.reason


@pytest.mark.parametrize("hostname", ["elsewhere.example", "localhost"])
def test_who_cannot_be_trusted_is_not_asked(
    colour: Colour, port: int, certificates: Certificates, hostname: str
) -> None:
    trusted = certificates.authority if hostname != "localhost" else certificates.self_signed
    resolver = Resolver([f"tls://127.0.0.1:{port}#{hostname}"], ca_file=trusted, timeout=1)
    assert isinstance(ask(colour, resolver, "example.com", "MX"), LookupFailed)


def test_without_a_name_the_certificate_is_to_be_for_the_address(
    colour: Colour, certificates: Certificates
) -> None:
    with serving(certificates.server_context(certificates.wrong_host)) as port:
        resolver = Resolver([f"tls://127.0.0.1:{port}"], ca_file=certificates.authority, timeout=1)
        found = ask(colour, resolver, "example.com", "MX")
    assert isinstance(found, LookupFailed)
    assert "IP address mismatch" in found.reason
    assert "\n" not in found.reason


def test_many_questions_are_asked(colour: Colour, port: int, certificates: Certificates) -> None:
    resolver = Resolver([f"tls://127.0.0.1:{port}"], ca_file=certificates.authority)
    queries = [Query(f"a{n}.example.com", "A") for n in range(20)]
    found = colour.run(resolve(resolver, colour.backend, queries))
    assert [lookup.query for lookup in found] == queries
    assert all(isinstance(lookup, NxDomain) for lookup in found)


def test_the_system_names_its_servers_or_none() -> None:
    assert isinstance(system_servers(), list)
