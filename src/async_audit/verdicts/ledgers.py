"""The ledger of an entry point: what it waits for, what that costs, what is not known.

The counts go through calls: awaiting a project coroutine takes the awaits that it takes, and a loop stands
for *n* wherever it is.
"""

from __future__ import annotations

from typing import TypeAlias

from async_audit.effects.kinds import (
    HOPS,
    STALLS,
    SUSPENSIONS,
    Category,
    Effect,
    Kind,
    added_up,
)
from async_audit.effects.tallies import tally
from async_audit.findings import Ledger
from async_audit.project.deployment import Serving
from async_audit.project.entry_points import EntryKind, Runner
from async_audit.syntax.facts import FunctionFacts

Body: TypeAlias = "tuple[FunctionFacts, tuple[Effect, ...]]"
"""A function with the effects that running it has."""


def ledger(
    facts: FunctionFacts,
    effects: tuple[Effect, ...],
    runner: Runner,
    *,
    streams: bool,
    before: tuple[Body, ...] = (),
) -> Ledger:
    """The ledger of a coroutine from its effects, and from those of what runs `before` it and awaits it."""
    kind = runner.kind
    bodies = ((facts, effects), *before)
    counts = {count.category: count for count in added_up(c for body in bodies for c in tally(*body))}
    effects = tuple(effect for _, of_body in bodies for effect in of_body)
    hops = [counts[category] for category in HOPS if category in counts]
    suspends = tuple(
        (category.value, counts[category].total)
        for category in sorted(SUSPENSIONS, key=lambda category: category.value)
        if category in counts
    )
    # A consumer sends as long as it is open; a handler of it that awaits nothing has nothing to send between.
    sends = kind is EntryKind.CONSUMER and bool(counts)
    overlap = counts.get(Category.OVERLAP)
    own_loop = runner.serving is Serving.WSGI and runner.takes_plain
    shared = counts.get(Category.HOP_SHARED)
    return Ledger(
        hops=sum(count.total for count in hops),
        looped=sum(count.looped for count in hops),
        shared=0 if shared is None else shared.total,
        hops_if_sync=1 if runner.takes_plain and not own_loop else 0,
        suspends=suspends,
        overlap=1 if overlap is None else overlap.once,
        streams=streams or sends,
        blocks=_stalls_at(effects, own_loop=own_loop),
        unknown=tuple(sorted({effect.subject for effect in effects if _may_suspend(effect, kind, facts)})),
    )


def _stalls_at(effects: tuple[Effect, ...], *, own_loop: bool) -> int:
    """How many places raise or stall: the function's own, and those inside the coroutines that it awaits."""
    places = {effect.site for effect in effects if _stalls(effect, own_loop=own_loop)}
    stalling = {Category.QUERY_INSIDE} if own_loop else STALLS
    return len(places.union(*(effect.places for effect in effects if effect.category in stalling)))


def _stalls(effect: Effect, *, own_loop: bool) -> bool:
    """Whether the effect raises or stalls others there; what only computes is not counted.

    Under WSGI each request has an event loop of its own (django/core/handlers/base.py, asgiref's
    `async_to_sync`): a query raises there too, but what blocks holds up nobody else.
    """
    if effect.kind is Kind.BLOCKS:
        return not own_loop and effect.category is not Category.CPU
    return effect.kind is Kind.QUERIES


def _may_suspend(effect: Effect, kind: EntryKind, facts: FunctionFacts) -> bool:
    """Whether an await may be on real I/O; what a middleware passes on to is judged on its own."""
    if kind is EntryKind.MIDDLEWARE and _passes_on(effect.subject, facts):
        return False
    return effect.category in {Category.UNRESOLVED_AWAIT, Category.ASYNC_CONTEXT}


def _passes_on(subject: str, facts: FunctionFacts) -> bool:
    """Whether it calls what a middleware is given: `get_response`, or the parameter with what comes next."""
    called = subject.removeprefix("await ").partition("(")[0]
    return "get_response" in called or any(called == parameter.name for parameter in facts.parameters)
