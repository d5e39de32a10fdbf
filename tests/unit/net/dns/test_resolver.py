"""A resolver is given its name servers, or takes the system's."""

import math
import socket
import time

import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.dns import LookupFailed, Query, Resolver, encrypted, resolve
from tests.colours import Colour


def test_one_name_server_is_a_list_too() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        Resolver("127.0.0.1")


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_a_lookup_takes_some_time_but_not_for_ever(timeout: float) -> None:
    with pytest.raises(ConfigurationError):
        Resolver(timeout=timeout)


def test_it_says_whom_it_asks() -> None:
    resolver = Resolver(["127.0.0.1", "::1"], timeout=2)
    assert (resolver.nameservers, resolver.timeout) == (("127.0.0.1:53", "[::1]:53"), 2)
    assert repr(resolver) == "Resolver(['127.0.0.1:53', '[::1]:53'], timeout=2)"


def test_what_is_meant_to_be_encrypted_is_never_asked_in_the_clear() -> None:
    with pytest.raises(ConfigurationError, match="one sort"):
        Resolver(["tls://192.0.2.1", "192.0.2.1"])


def test_authorities_are_for_encrypted_servers() -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        Resolver(["192.0.2.1"], ca_file="ca.pem")


def test_https_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted, "can_ask_by_https", lambda: False)
    with pytest.raises(ConfigurationError, match=r"mailcore\[doh\]"):
        Resolver(["https://dns.example/dns-query"])


def test_without_name_servers_the_systems_are_asked(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypted, "system_servers", lambda: ["127.0.0.1"])
    query = Query("example.com", "A")
    (found,) = colour.run(resolve(Resolver(timeout=0.2), colour.backend, [query]))
    assert isinstance(found, LookupFailed)
    assert found.reason == "127.0.0.1:53: connection refused"


def test_a_system_without_name_servers_knows_nothing(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypted, "system_servers", list)
    query = Query("example.com", "A")
    found = colour.run(resolve(Resolver(), colour.backend, [query]))
    assert found == [LookupFailed(query, "there is no name server")]


def test_over_tls_the_deadline_holds(colour: Colour) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        resolver = Resolver([f"tls://127.0.0.1:{silent.getsockname()[1]}"], timeout=30)
        lookups = resolver.lookups(colour.backend)
        lookups.ask(Query("example.com", "A"))
        start = time.monotonic()
        (found,) = colour.run(lookups.next(deadline=colour.backend.now() + 0.3))
        assert isinstance(found, LookupFailed)
        assert time.monotonic() - start < 3


def test_over_tls_a_question_waits_for_its_turn_only_so_long(colour: Colour) -> None:
    resolver = Resolver(["tls://127.0.0.1:1"], timeout=0.1)
    lookups = resolver.lookups(colour.backend)
    lookups.ask(Query("example.com", "A"))
    time.sleep(0.2)
    found = colour.run(lookups.next(deadline=math.inf))
    assert found == [LookupFailed(Query("example.com", "A"), "no answer in time")]
