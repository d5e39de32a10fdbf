"""The faces of flattening: an SPF record with addresses in the place of names (policies.spf.flat)."""

from typing import Any

from mailcore.domains.policies.spf.flat import FlatSPF, inquire_flat
from mailcore.domains.run import read_domain
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.backend import Backend
from mailcore.net.blocking import BlockingBackend
from mailcore.net.dns import DNS, Query, Resolver, resolve
from mailcore.net.run import run

__all__ = ["async_flatten_spf", "flatten_spf"]


def flatten_spf(domain: str, *, resolver: DNS | None = None) -> FlatSPF:
    """Give a domain's SPF record with addresses in the place of the names that it looks up.

    It is right for its `ttl` in seconds: have a program flatten the original again before that. Raises
    `ResolutionFailed` where a lookup failed, for addresses could be missing, and `ConfigurationError`
    where there is no record, or none that works.
    """
    return run(_flatten(BlockingBackend(), resolver or Resolver(), domain))


async def async_flatten_spf(domain: str, *, resolver: DNS | None = None) -> FlatSPF:
    """Give a domain's SPF record with addresses in the place of the names that it looks up.

    It is right for its `ttl` in seconds: have a program flatten the original again before that. Raises
    `ResolutionFailed` where a lookup failed, for addresses could be missing, and `ConfigurationError`
    where there is no record, or none that works.
    """
    return await _flatten(AsyncioBackend(), resolver or Resolver(), domain)


async def _flatten(backend: Backend, dns: DNS, domain: str) -> FlatSPF:
    steps = inquire_flat(read_domain(domain))
    answers: Any = None
    try:
        while True:
            queries = [one for one in steps.send(answers) if isinstance(one, Query)]
            answers = dict(zip(queries, await resolve(dns, backend, queries), strict=True))
    except StopIteration as done:
        flat: FlatSPF = done.value
        return flat
