"""The verdict of an asynchronous entry point: does async add anything there?

It follows from the ledger and from who serves the project, in the order of the questions: does it stall or
raise? does it wait on anything that is asynchronous, overlap or stream? is anything not known that might?
what is left costs hops.

Sources: docs/verdicts.md (Django 5.2 under uvicorn and gunicorn), django/core/handlers of 4.2 to 6.1. A plain
`def` view costs one hop under ASGI and none under WSGI; awaits of the ORM, of the cache and of
`sync_to_async` go to the one thread of the request and never overlap; an async view under WSGI gets an event
loop of its own each time.
"""

from __future__ import annotations

from async_audit.findings import Ledger, Verdict
from async_audit.project.deployment import Serving
from async_audit.project.entry_points import EntryKind, Runner

CANCELS_SINCE = (5, 0)
"""The first version of Django that cancels a view whose client has gone away."""


def verdict(
    runner: Runner,
    found: Ledger,
    django: tuple[int, int],
    wrapper: str = "",
    foreign: tuple[str, ...] = (),
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict and its reasons in plain words, the remedy last.

    `wrapper` says in words that a decorator or mixin takes no coroutine; it is empty where none does.
    `foreign` is what it calls of packages that no table knows.
    """
    if found.blocks:
        lines = "one line raises" if found.blocks == 1 else f"{found.blocks} lines raise"
        stall = ", or stalls every other request" if found.blocks == 1 else ", or stall every other request"
        plain = ", or make the function a plain `def`" if runner.takes_plain else ""
        return Verdict.BLOCKS, (f"{lines} on the event loop{stall}", f"put it behind `sync_to_async`{plain}")
    if found.suspends or found.streams or found.overlap > 1:
        if wrapper:
            return Verdict.CANCELLED, ("it waits on asynchronous I/O, but the view is broken", wrapper)
        decided, reasons = _gain(found, runner.serving)
        is_served = runner.serving is not Serving.WSGI and runner.kind is EntryKind.VIEW
        if decided is Verdict.GAINS and is_served:
            reasons += _cancellation(django, runner.serving)
        return decided, reasons
    if found.unknown:
        return Verdict.UNKNOWN, (
            f"it is not known whether {_shown(found.unknown)} waits on anything asynchronous",
            "name the library in the configuration if it does",
        )
    decided, reasons = _without_suspension(runner, found)
    if decided is Verdict.NEUTRAL and foreign:
        return Verdict.UNKNOWN, (
            f"it is not known whether {_shown(foreign)} stalls the event loop",
            "name the library in the configuration, whether it does or not",
        )
    return decided, reasons


def _shown(names: tuple[str, ...]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(f"`{name}`" for name in names[:3]) + more


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
        gains.append(f"capacity{under}: no pool of threads limits how many requests wait ({waits})")
    if found.streams:
        gains.append(f"streaming{under}: what is there is sent while the rest is awaited")
    return Verdict.GAINS, tuple(gains)


def _cancellation(django: tuple[int, int], serving: Serving) -> tuple[str, ...]:
    if django < CANCELS_SINCE:
        return ()
    under = "" if serving is Serving.ASGI else " under ASGI"
    return (f"cancellation{under}: it ends when its client goes away",)


def _without_suspension(runner: Runner, found: Ledger) -> tuple[Verdict, tuple[str, ...]]:
    remedy = "make it a plain `def`"
    if not runner.takes_plain:
        # What runs it awaits it, so that it has to be a coroutine.
        remedy = "put the calls behind one `sync_to_async`"
    if runner.serving is Serving.WSGI and runner.takes_plain:
        return Verdict.COSTS, (
            f"an event loop for every request and {_hops(found)}, nothing that suspends", remedy
        )  # fmt: skip
    if found.hops > max(found.hops_if_sync, 1) or found.looped:
        comparison = f"{found.hops_written} as written, {found.hops_if_sync} as a plain `def`"
        return Verdict.COSTS, (f"every await is a hop to a thread: {comparison}", remedy)
    if not found.hops:
        return Verdict.NEUTRAL, ("it awaits nothing that suspends and takes no hop",)
    if not runner.takes_plain:
        return Verdict.NEUTRAL, ("its 1 hop is the one bridge that a coroutine needs",)
    return Verdict.NEUTRAL, ("its 1 hop is what a plain `def` would take",)


def _hops(found: Ledger) -> str:
    return "1 hop" if found.hops_written == "1" else f"{found.hops_written} hops"
