"""The evidence behind a ledger: each wait of an entry point, in words, with the way to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from async_audit.effects.kinds import Category, Effect, Kind, Site
from async_audit.findings import Location, Step, Wait

Locate = Callable[[Site], Location]

_WORDS = {
    Category.HTTP: "network",
    Category.CLIENT: "network",
    Category.STORE: "store",
    Category.SLEEP: "timer",
    Category.SUBPROCESS: "child process",
    Category.FILE: "file",
    Category.WAIT: "lock",
    Category.CPU: "computation",
    Category.DJANGO_IO: "Django's own I/O",
    Category.HOP_REQUEST: "hop",
    Category.HOP_SHARED: "hop to the shared pool",
    Category.NETWORK: "network",
    Category.TIMER: "timer",
    Category.CHANNEL: "channel",
    Category.CHILD_PROCESS: "child process",
    Category.DRIVER: "database driver",
    Category.SLOW_WORK: "slow work",
    Category.QUERY_INSIDE: "query",
    Category.BLOCK_INSIDE: "blocks",
    Category.UNRESOLVED_AWAIT: "unknown",
    Category.ASYNC_CONTEXT: "unknown",
    Category.LIBRARY_CALL: "unknown",
}
"""The word for what waits; all that queries is a query."""


def waits(effects: Iterable[Effect], locate: Locate) -> tuple[Wait, ...]:
    """A row for each thing that is waited for, in the order of the source; two ways to one thing are one."""
    best: dict[tuple[str, Site], Effect] = {}
    for effect in sorted(effects, key=lambda effect: effect.rank):
        kind = "query" if effect.kind is Kind.QUERIES else _WORDS.get(effect.category, "")
        if kind:
            best.setdefault((kind, innermost(effect)), effect)
    rows = sorted(best.items(), key=lambda row: (row[1].site, row[1].rank))
    return tuple(_row(effect, kind, locate) for (kind, _), effect in rows)


def innermost(effect: Effect) -> Site:
    """Where it happens in the end, behind all calls."""
    return effect.witness[-1].site if effect.witness else effect.site


def subject(effect: Effect) -> str:
    """What happens in the end, behind all calls: the call itself, where the words say it."""
    what = effect.witness[-1].note if effect.witness else effect.subject
    return what.removesuffix(" blocks").removesuffix(" reaches the database")


def foreign_calls(effects: Iterable[Effect]) -> tuple[str, ...]:
    """What is called of packages of which no table says anything: it may wait."""
    return tuple(sorted({subject(each) for each in effects if each.category is Category.LIBRARY_CALL}))


def _row(effect: Effect, kind: str, locate: Locate) -> Wait:
    chain = tuple(Step(locate(link.site), link.function, link.note) for link in effect.witness)
    return Wait(kind, subject(effect), locate(effect.site), effect.looped, chain)
