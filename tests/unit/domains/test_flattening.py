"""SPF records are flattened in both colours."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mailcore.domains import FlatSPF, Zone, async_flatten_spf, flatten_spf
from mailcore.errors import ConfigurationError, ResolutionFailed

ZONE = Zone(
    {
        "example.com": {"TXT": "v=spf1 include:other.example mx -all", "MX": "1 mx.example.com"},
        "mx.example.com": {"A": "192.0.2.1"},
        "other.example": {"TXT": "v=spf1 ip4:198.51.100.0/24 -all"},
        "broken.example": {"TXT": "v=spf1 include:lost.example -all"},
        "lost.example": Zone.FAIL,
    }
)

Flatten = Callable[..., FlatSPF]


def flatten_asyncio(domain: str, **options: Any) -> FlatSPF:
    return asyncio.run(async_flatten_spf(domain, **options))


both = pytest.mark.parametrize("flatten", [flatten_spf, flatten_asyncio])


@both
def test_a_flat_record_has_addresses_only(flatten: Flatten) -> None:
    flat = flatten("Example.com", resolver=ZONE)
    assert (flat.domain, str(flat)) == (
        "example.com",
        "v=spf1 ip4:192.0.2.1 ip4:198.51.100.0/24 -all",
    )


@both
def test_a_lookup_that_fails_leaves_no_record_that_lacks_addresses(flatten: Flatten) -> None:
    with pytest.raises(ResolutionFailed, match=r"lost\.example"):
        flatten("broken.example", resolver=ZONE)


@both
@pytest.mark.parametrize("domain", ["missing.example", "a@example.com"])
def test_what_has_no_record_is_refused(flatten: Flatten, domain: str) -> None:
    with pytest.raises(ConfigurationError):
        flatten(domain, resolver=ZONE)
