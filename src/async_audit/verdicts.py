"""The ledger and the verdict of an entry point: does async add anything there?

The ledger counts what the coroutine does, its project callees included; the verdict follows from the ledger
and from who serves the project, in the order of the questions: does it stall or raise? does it wait on
anything that is asynchronous, overlap or stream? is anything not known that might? what is left costs hops.

Sources: measured with Django 4.2 to 6.1 under uvicorn, hypercorn, daphne and gunicorn. A plain `def` view
costs one hop under ASGI and none under WSGI; awaits of the ORM, of the cache and of `sync_to_async` go to the
one thread of the request and never overlap; an async view under WSGI gets an event loop of its own each time.
"""

from __future__ import annotations

from async_audit.effects.kinds import (
    HOPS,
    SUSPENSIONS,
    Category,
    Effect,
    Kind,
    awaits_by_category,
)
from async_audit.findings import EntryPoint, Ledger, Location, Verdict
from async_audit.project.deployment import Serving
from async_audit.project.entry_points import EntryKind

_REQUESTS = frozenset({EntryKind.VIEW, EntryKind.OPERATION, EntryKind.MIDDLEWARE})
"""What a server runs for a request: a plain `def` there may get a thread of its own."""


def ledger(
    effects: tuple[Effect, ...],
    kind: EntryKind,
    serving: Serving,
    *,
    streams: bool,
) -> Ledger:
    """The ledger of a coroutine from its effects."""
    counts = {count.category: count for count in awaits_by_category(effects)}
    hops = [counts[category] for category in HOPS if category in counts]
    suspends = tuple(
        (category.value, counts[category].total)
        for category in sorted(SUSPENSIONS, key=lambda category: category.value)
        if category in counts
    )
    overlap = counts.get(Category.OVERLAP)
    served_by_threads = serving is Serving.WSGI or kind not in _REQUESTS
    return Ledger(
        hops=sum(count.total for count in hops),
        looped=sum(count.looped for count in hops),
        hops_if_sync=0 if served_by_threads else 1,
        suspends=suspends,
        overlap=1 if overlap is None else overlap.once,
        streams=streams or kind is EntryKind.CONSUMER,
        blocks=len({effect.site for effect in effects if _stalls(effect)}),
        unknown=tuple(sorted({effect.subject for effect in effects if _may_suspend(effect, kind)})),
    )


def _stalls(effect: Effect) -> bool:
    """Whether the effect raises or stalls there; what only computes is not counted."""
    return effect.kind in {Kind.QUERIES, Kind.BLOCKS} and effect.category is not Category.CPU


def _may_suspend(effect: Effect, kind: EntryKind) -> bool:
    """Whether an await may be on real I/O; what a middleware passes on to is judged on its own."""
    if kind is EntryKind.MIDDLEWARE and "get_response" in effect.subject:
        return False
    return effect.category in {Category.UNRESOLVED_AWAIT, Category.ASYNC_CONTEXT}


def verdict(kind: EntryKind, found: Ledger, serving: Serving) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict and its reasons in plain words, the remedy last."""
    if found.blocks:
        lines = "one line" if found.blocks == 1 else f"{found.blocks} lines"
        return Verdict.BLOCKS, (
            f"{lines} on the event loop raise or stall every other request",
            "put them behind `sync_to_async`, or make the function a plain `def`",
        )
    if found.suspends or found.streams or found.overlap > 1:
        return _gain(found, serving)
    if found.unknown:
        shown = ", ".join(f"`{what}`" for what in found.unknown[:3])
        more = f" and {len(found.unknown) - 3} more" if len(found.unknown) > 3 else ""
        return Verdict.UNKNOWN, (
            f"it is not known whether {shown}{more} waits on anything asynchronous",
            "name the library in the configuration if it does",
        )
    return _without_suspension(kind, found, serving)


def _gain(found: Ledger, serving: Serving) -> tuple[Verdict, tuple[str, ...]]:
    under = "" if serving is Serving.ASGI else " under ASGI"
    gains: list[str] = []
    if found.overlap > 1:
        gains.append(f"latency: {found.overlap} awaits or more run at the same time")
    if serving is Serving.WSGI:
        if gains:
            return Verdict.GAINS, (*gains, "capacity is lost: the project is served by WSGI")
        return Verdict.CANCELLED, (
            "it waits on asynchronous I/O, but under WSGI each request holds a worker all the same",
            "serve it by ASGI, or make it a plain `def`",
        )
    if found.suspends:
        waits = ", ".join(f"{count} × {what}" for what, count in found.suspends)
        gains.append(f"capacity{under}: no thread is held while it waits ({waits})")
    if found.streams:
        gains.append(f"streaming{under}: a long-lived connection holds no thread")
    return Verdict.GAINS, tuple(gains)


def _without_suspension(kind: EntryKind, found: Ledger, serving: Serving) -> tuple[Verdict, tuple[str, ...]]:
    remedy = "make it a plain `def`"
    if kind not in _REQUESTS:
        # What runs it awaits it, so that it has to be a coroutine.
        remedy = "put the calls behind one `sync_to_async`"
    if serving is Serving.WSGI and kind in _REQUESTS:
        return Verdict.COSTS, (
            f"an event loop for every request and {found.hops_written} hops, nothing that suspends", remedy
        )  # fmt: skip
    if found.hops > max(found.hops_if_sync, 1) or found.looped:
        comparison = f"{found.hops_written} as written, {found.hops_if_sync} as a plain `def`"
        return Verdict.COSTS, (f"every await is a hop to a thread: {comparison}", remedy)
    if not found.hops:
        return Verdict.NEUTRAL, ("it awaits nothing that suspends and takes no hop",)
    return Verdict.NEUTRAL, (f"its {found.hops_written} hop is what a plain `def` would take",)


def entry_point(
    name: str,
    kind: EntryKind,
    location: Location,
    routes: tuple[str, ...],
    found: Ledger,
    serving: Serving,
) -> EntryPoint:
    """The entry point with its verdict."""
    decided, reasons = verdict(kind, found, serving)
    return EntryPoint(name, kind.value, location, routes, decided, reasons, found)


def answer(entry_points: tuple[EntryPoint, ...], serving: Serving) -> str:
    """The project's answer in one paragraph with its numbers; empty where nothing is asynchronous."""
    if not entry_points:
        return ""
    counts = dict.fromkeys(Verdict, 0)
    for entry in entry_points:
        counts[entry.verdict] += 1
    served = {
        Serving.ASGI: "under ASGI",
        Serving.WSGI: "under WSGI",
        Serving.BOTH: "under WSGI and ASGI",
        Serving.UNKNOWN: "who serves them is not known",
    }[serving]
    parts = [f"{verdict.value} {count}" for verdict, count in counts.items() if count]
    noun = "entry point" if len(entry_points) == 1 else "entry points"
    return f"{len(entry_points)} asynchronous {noun}, {served}: {', '.join(parts)}."
