"""Questions over TLS and HTTPS (RFC 7858, RFC 8484), one at a time and blocking, by dnspython."""

import ssl
from collections.abc import Iterable, Sequence
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.nameserver
import dns.query
import dns.resolver

from mailcore.net.dns.lookups import Lookup, LookupFailed, Query, answer_to
from mailcore.net.dns.responses import ServerFailed, Unfinished, read_response
from mailcore.net.dns.server import EncryptedServer
from mailcore.net.dns.zone import CNAME_LIMIT

__all__ = ["can_ask_by_https", "look_up_encrypted", "system_servers"]

REASON_LIMIT = 200
"""Characters of what is told of a server's failure."""


def look_up_encrypted(
    query: Query, servers: Sequence[EncryptedServer], timeout: float, ca_file: str | None
) -> Lookup:
    """Ask one server after the other; `timeout` is for all of them, in seconds."""
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [_as_dnspython(server, ca_file) for server in servers]
    resolver.lifetime = timeout
    resolver.flags = dns.flags.RD | dns.flags.AD
    asked = query
    for _ in range(CNAME_LIMIT):
        try:
            return answer_to(query, read_response(asked, _ask(resolver, asked)))
        except Unfinished as alias:
            asked = Query(alias.canonical_name, query.type)
        except dns.resolver.LifetimeTimeout as error:
            reason = _describe(error.kwargs.get("errors", ()))
            return LookupFailed(query, reason or "no answer in time")
        except dns.resolver.NoNameservers as error:
            return LookupFailed(query, _describe(error.kwargs["errors"]) or "no answer")
        except (dns.exception.DNSException, ServerFailed) as error:
            return LookupFailed(query, str(error))
    return LookupFailed(query, f"more than {CNAME_LIMIT} CNAMEs in a row")


def _ask(resolver: dns.resolver.Resolver, query: Query) -> dns.message.Message:
    """Give the response, be it that there is no such name."""
    try:
        answer = resolver.resolve(query.name, query.type, search=False, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN as error:
        response: dns.message.Message = next(iter(error.kwargs["responses"].values()))
        return response
    return answer.response


def can_ask_by_https() -> bool:
    """Tell whether there is what dnspython needs for HTTPS."""
    return dns.query.have_doh


def system_servers() -> list[str]:
    """Give the addresses of the name servers that this system asks; none where it names none."""
    try:
        return [str(server) for server in dns.resolver.Resolver(configure=True).nameservers]
    except dns.resolver.NoResolverConfiguration:
        return []


def _as_dnspython(server: EncryptedServer, ca_file: str | None) -> dns.nameserver.Nameserver:
    if server.url:
        # httpx takes a context, and would use authorities of its own without one.
        context: Any = ssl.create_default_context(cafile=ca_file)
        return dns.nameserver.DoHNameserver(server.url, verify=context)
    verify = ca_file or True
    name = server.hostname or server.address  # without any, dnspython checks no name at all
    return dns.nameserver.DoTNameserver(server.address, server.port, name, verify=verify)


def _describe(errors: "Iterable[dns.resolver.ErrorTuple]") -> str:
    """Give what each server answered, once, in one line."""
    found = (f"{server}: {_reason(problem)}" for server, _, _, problem, _ in errors)
    return "; ".join(dict.fromkeys(found))


def _reason(problem: object) -> str:
    return " ".join(str(problem).split())[:REASON_LIMIT] or type(problem).__name__
