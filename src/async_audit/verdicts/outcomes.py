"""What becomes of an entry point on each stack: its hops, the waits that hold a thread, what comes first."""

from __future__ import annotations

from async_audit.findings import Ledger, Outcome, as_written
from async_audit.verdicts.evidence import subject
from async_audit.verdicts.synchronous import Prospect

WSGI = "WSGI, as it is"
ASGI = "ASGI, as it is"
PLAIN = "a plain `def` under ASGI"
THREADS = "a plain `def` under WSGI"
COROUTINE = "ASGI, as `async def`"
BACKGROUND = "in a background task"


def outcomes_of_coroutine(found: Ledger) -> tuple[Outcome, ...]:
    """What becomes of a coroutine: of what it waits for, only hops hold a thread under ASGI."""
    suspends = sum(count for _, count in found.suspends)
    waits = found.hops + suspends
    first: tuple[str, ...] = ()
    if found.blocks:
        lines = "the line that raises or stalls"
        first = (f"repair {lines if found.blocks == 1 else f'the {found.blocks} lines that raise or stall'}",)
    back: tuple[str, ...] = ()
    if suspends:
        back = ("use the synchronous twins of what it awaits",)
    return (
        Outcome(ASGI, found.hops_written, found.hops, first),
        Outcome(WSGI, found.hops_written, waits, first),
        Outcome(PLAIN, "1", waits, back),
        Outcome(THREADS, "0", waits, back),
    )


def outcomes_of_plain(
    found: Prospect, obstacles: tuple[str, ...], queue: str, *, is_background: bool
) -> tuple[Outcome, ...]:
    """What becomes of a plain `def`. `obstacles` would have to change before it can be a coroutine."""
    near = len(found.queries) + len(found.stores)
    waits = near + len(found.external) + len(found.slow)
    rows = [
        Outcome(WSGI, "0", waits),
        Outcome(ASGI, "1", waits),
        Outcome(COROUTINE, _hops(found), near + len(found.slow), (*obstacles, *_twins(found))),
    ]
    if is_background:
        first = () if queue else ("set up a task queue",)
        rows.append(Outcome(BACKGROUND, "0", waits - len(found.slow), first))
    return tuple(rows)


def _hops(found: Prospect) -> str:
    """As many as there are queries and short waits."""
    near = (*found.queries, *found.stores)
    looped = sum(effect.looped for effect in near)
    return as_written(len(near) - looped, looped)


def _twins(found: Prospect) -> tuple[str, ...]:
    """What to write instead of each synchronous wait, one line for each kind of call."""
    return tuple(
        dict.fromkeys(f"{subject(effect)}: {effect.remedy or 'await it'}" for effect in found.external)
    )
