"""The verdict of a synchronous entry point: would async add anything there?

A thread that waits for another service does nothing else meanwhile: a coroutine would give it back, and could
wait for several at once. A thread that waits for Django's ORM would be waited for all the same, since every
`a…` method is a hop to a thread. Slow work that nobody has to wait for belongs in a task queue.

Sources: docs/verdicts.md (Django 5.2 under uvicorn and gunicorn), django/core/handlers of 4.2 to 6.1. Under
ASGI each plain view has a thread of its own, without limit; under WSGI it has one of the server's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from async_audit.effects.kinds import Category, Effect, Kind, Site
from async_audit.effects.slow_work import slow_work
from async_audit.findings import Confidence, Ledger, Verdict
from async_audit.project.deployment import Serving
from async_audit.quantities import quantity
from async_audit.verdicts.evidence import foreign_calls, innermost

_EXTERNAL = {
    Category.HTTP: "network",
    Category.CLIENT: "network",
    Category.SLEEP: "timer",
    Category.SUBPROCESS: "child process",
}
"""What a coroutine would wait for without holding a thread."""


@dataclass(frozen=True)
class Prospect:
    """What a synchronous entry point does, sorted by what async would change about it."""

    external: tuple[Effect, ...]
    stores: tuple[Effect, ...]
    queries: tuple[Effect, ...]
    slow: tuple[Effect, ...]
    unknown: tuple[str, ...]
    unfollowed: int
    streams: bool

    @property
    def is_likely(self) -> bool:
        """Whether it waits for another service on some paths only."""
        return all(effect.confidence is Confidence.LIKELY for effect in self.external)


def prospect(effects: tuple[Effect, ...], unknown_bases: tuple[str, ...], *, streams: bool) -> Prospect:
    """What the effects of a synchronous entry point come to."""
    slow = _distinct(effect for effect in effects if effect.kind is Kind.SLOW)
    taken = {innermost(effect) for effect in slow}
    blocks = [effect for effect in effects if effect.kind is Kind.BLOCKS and innermost(effect) not in taken]
    foreign = foreign_calls(effects)
    return Prospect(
        external=_distinct(effect for effect in blocks if effect.category in _EXTERNAL),
        stores=_distinct(effect for effect in blocks if effect.category is Category.STORE),
        queries=_distinct(effect for effect in effects if effect.kind is Kind.QUERIES),
        slow=slow,
        unknown=tuple(sorted({*foreign, *unknown_bases})),
        unfollowed=len({innermost(e) for e in effects if e.category is Category.UNRESOLVED_CALL}),
        streams=streams,
    )


def _distinct(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    """One effect for each place in which something happens, the one with the best evidence."""
    best: dict[Site, Effect] = {}
    for effect in sorted(effects, key=lambda effect: effect.rank):
        best.setdefault(innermost(effect), effect)
    return tuple(sorted(best.values(), key=lambda effect: (effect.site, effect.rank)))


def synchronous_ledger(found: Prospect, serving: Serving) -> Ledger:
    """The ledger of a plain `def`: `suspends` are the waits that would be suspensions in a coroutine."""
    kinds = Counter(_EXTERNAL[effect.category] for effect in found.external)
    hops = 0 if serving is Serving.WSGI else 1
    return Ledger(
        hops=hops,
        looped=0,
        hops_if_sync=hops,
        suspends=tuple(sorted(kinds.items())),
        overlap=1,
        streams=found.streams,
        blocks=0,
        unknown=found.unknown,
    )


def synchronous_verdict(found: Prospect, serving: Serving, queue: str) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict and its reasons in plain words, the remedy last; `queue` is what the project has."""
    if found.external:
        return Verdict.WOULD_GAIN, tuple(_gains(found, serving, queue))
    if found.slow:
        return Verdict.BACKGROUND, (_slow(found, queue),)
    if found.unknown:
        shown = ", ".join(f"`{what}`" for what in found.unknown[:3])
        more = f" and {len(found.unknown) - 3} more" if len(found.unknown) > 3 else ""
        return Verdict.UNKNOWN, (
            f"it is not known whether {shown}{more} waits for anything",
            "name the call in the configuration if it does",
        )
    calls = quantity(found.unfollowed, "call")
    if found.unfollowed and not (found.queries or found.stores):
        return Verdict.UNKNOWN, (
            f"{calls} could not be followed, and nothing else that it does is known",
            "annotate what they are called on",
        )
    if found.unfollowed:
        return Verdict.WOULD_NOT_GAIN, (_nothing(found), f"{calls} could not be followed")
    return Verdict.WOULD_NOT_GAIN, (_nothing(found),)


def _gains(found: Prospect, serving: Serving, queue: str) -> Iterator[str]:
    kinds = Counter(_EXTERNAL[effect.category] for effect in found.external)
    count = ", ".join(f"{number} × {kind}" for kind, number in sorted(kinds.items()))
    some = " on some paths" if found.is_likely else ""
    under = "" if serving is Serving.ASGI else " under ASGI"
    yield f"capacity{under}: it holds a thread{some} while it waits ({count})"
    if found.streams:
        yield f"streaming{under}: it holds a thread as long as its connection is open"
    if any(effect.looped for effect in found.external):
        yield "latency: the turns of a loop wait one after another, and could wait at the same time"
    elif len(found.external) > 1:
        yield (f"latency: those of the {len(found.external)} waits that do not need each other could overlap")
    if found.slow:
        yield _slow(found, queue)


def _slow(found: Prospect, queue: str) -> str:
    rows = slow_work(found.slow)
    what = ", ".join(dict.fromkeys(row.what for row in rows))
    where = f"in {queue}, which the project has" if queue else "in a task queue"
    return f"the client waits for slow work ({what}) that belongs {where}"


def _nothing(found: Prospect) -> str:
    parts: list[str] = []
    if found.queries:
        looped = any(effect.looped for effect in found.queries)
        parts.append(f"the database ({'n ×' if looped else f'{len(found.queries)} ×'})")
    if found.stores:
        parts.append(f"short answers of a cache, broker or driver ({len(found.stores)} ×)")
    if not parts:
        return "nothing that it waits for is known"
    return f"it only waits for {' and '.join(parts)}, and each `a…` method would be a thread hop"
