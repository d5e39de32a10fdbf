"""A zone over another DNS: its records as if they were published there."""

from mailcore.net.backend import Backend
from mailcore.net.dns.lookups import (
    DNS,
    Answer,
    Lookup,
    LookupFailed,
    Lookups,
    NoData,
    NxDomain,
    Query,
    answer_to,
)
from mailcore.net.dns.zone import Zone

__all__ = ["Overlay"]


class Overlay:
    """What the zone knows is its own, all else the other's; the zone's aliases lead to both."""

    def __init__(self, zone: Zone, dns: DNS) -> None:
        self._zone = zone
        self._dns = dns

    def __repr__(self) -> str:
        return f"{self._zone!r} over {self._dns!r}"

    def lookups(self, backend: Backend) -> Lookups:
        """Begin to ask."""
        return _Overlaid(self._zone, self._dns.lookups(backend))


class _Overlaid:
    """Questions that the zone answers at once, or hands on to the other."""

    def __init__(self, zone: Zone, below: Lookups) -> None:
        self._zone = zone
        self._below = below
        self._answered: list[Lookup] = []
        self._handed_on: dict[Query, list[Query]] = {}

    def ask(self, query: Query) -> None:
        """Answer it, or hand it on at the name that the zone's aliases lead to."""
        onward = query
        if self._zone.knows(query):
            found = self._zone.lookup(query)
            if isinstance(found, Answer | LookupFailed) or not self._leads_out(found):
                self._answered.append(found)
                return
            onward = Query(found.canonical_name, query.type)
        if onward not in self._handed_on:
            self._below.ask(onward)
        self._handed_on.setdefault(onward, []).append(query)

    async def next(self, *, deadline: float) -> list[Lookup]:
        """Give what the zone answered, else what comes from the other."""
        if not self._answered and self._handed_on:
            for lookup in await self._below.next(deadline=deadline):
                self._take(lookup)
        answered, self._answered = self._answered, []
        return answered

    def close(self) -> None:
        """Drop what is under way."""
        self._below.close()

    def _leads_out(self, found: NoData | NxDomain) -> bool:
        """Tell whether an alias leads to a name of the other's."""
        end = Query(found.canonical_name, found.query.type)
        return end != found.query and not self._zone.knows(end)

    def _take(self, lookup: Lookup) -> None:
        """Take the other's answer; what does not exist there can exist here."""
        onward = lookup.query
        if not isinstance(lookup, LookupFailed):
            end = Query(lookup.canonical_name, onward.type)
            is_missing = isinstance(lookup, NxDomain) and self._zone.has_name(end.name)
            if is_missing or (end != onward and self._zone.knows(end)):
                lookup = self._zone.lookup(end)
        answers = (answer_to(query, lookup) for query in self._handed_on.pop(onward))
        self._answered.extend(answers)
