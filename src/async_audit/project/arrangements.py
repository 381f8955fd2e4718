"""Other ways to arrange the middleware of a project, and the hops that they save."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from async_audit.project.middleware import Capability, Chain, Middleware, fewest_hops

_WORTHWHILE = 4
"""Hops, about half a millisecond of a request, from which a middleware that does nothing else pays."""


class Change(enum.Enum):
    """What would be done to the chain."""

    MOVE_SYNC_LAST = "move the synchronous ones to the end"
    MOVE_SYNC_FIRST = "move the synchronous ones to the start"
    REWRITE = "give the project's own an asynchronous path"
    ADD_SYNC_LAST = "add a synchronous one at the end"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Another chain, how it comes about, and the hops it has."""

    change: Change
    middleware: tuple[Middleware, ...]
    hops: int


def cheapest(chain: Chain) -> Arrangement | None:
    """The arrangement with the fewest hops; none where the chain as ordered has no more."""
    synchronous = tuple(entry for entry in chain.middleware if entry.capability is Capability.SYNC_ONLY)
    others = tuple(entry for entry in chain.middleware if entry.capability is not Capability.SYNC_ONLY)
    candidates: list[tuple[Change, tuple[Middleware, ...]]] = []
    if synchronous:
        candidates.append((Change.MOVE_SYNC_LAST, (*others, *synchronous)))
        candidates.append((Change.MOVE_SYNC_FIRST, (*synchronous, *others)))
    candidates.append((Change.REWRITE, tuple(_rewritten(entry) for entry in chain.middleware)))
    found = [Arrangement(change, made, fewest_hops(made)) for change, made in candidates]
    added = (*chain.middleware, Middleware("", Capability.SYNC_ONLY))
    last = Arrangement(Change.ADD_SYNC_LAST, added, fewest_hops(added))
    if not synchronous and chain.hops - last.hops >= _WORTHWHILE:
        found.append(last)
    best = min(found, key=lambda arrangement: arrangement.hops)
    return best if best.hops < chain.hops else None


def _rewritten(entry: Middleware) -> Middleware:
    """An entry of the project as it would be with an asynchronous path of its own."""
    if entry.is_own and entry.capability in (Capability.SYNC_ONLY, Capability.HYBRID):
        return replace(entry, capability=Capability.NATIVE)
    return entry
