"""The project's answer: will it get faster on an ASGI server, and what to do first.

Plain enough for who does not read the code, each sentence with its numbers, and what is not known is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from async_audit.findings import EntryPoint, Verdict, as_written
from async_audit.project.deployment import Serving
from async_audit.quantities import quantity

_SERVED = {
    Serving.ASGI: "The project is served by ASGI.",
    Serving.WSGI: "The project is served by WSGI.",
    Serving.BOTH: "The project is served by WSGI and ASGI.",
    Serving.UNKNOWN: "Nothing in the project says who serves it.",
}
_MOST_NAMES = 3


def answer(entry_points: tuple[EntryPoint, ...], serving: Serving) -> str:
    """The answer in one paragraph; empty where there is no entry point."""
    if not entry_points:
        return ""
    asynchronous = [entry for entry in entry_points if entry.is_async]
    plain = [entry for entry in entry_points if not entry.is_async]
    return " ".join(
        [
            _share(asynchronous, plain),
            _SERVED[serving],
            *_on_coroutines(asynchronous, among_others=bool(plain)),
            *_on_plain(plain, serving),
        ]
    )


def _share(asynchronous: list[EntryPoint], plain: list[EntryPoint]) -> str:
    if not plain:
        return f"{quantity(len(asynchronous), 'asynchronous entry point')}."
    total = len(asynchronous) + len(plain)
    share = round(100 * len(asynchronous) / total)
    return f"{quantity(total, 'entry point')}, {len(asynchronous)} of them asynchronous ({share} %)."


def _on_coroutines(entries: list[EntryPoint], *, among_others: bool) -> Iterator[str]:
    if not entries:
        return
    counts = Counter(entry.verdict for entry in entries)
    words = {
        Verdict.GAINS: ("gains by it", "gain by it"),
        Verdict.COSTS: ("costs more than a plain `def`", "cost more than a plain `def`"),
        Verdict.BLOCKS: ("stalls or raises", "stall or raise"),
        Verdict.CANCELLED: (
            "would gain, but the stack takes it back",
            "would gain, but the stack takes it back",
        ),
        Verdict.NEUTRAL: ("is the same either way", "are the same either way"),
        Verdict.UNKNOWN: ("is not known", "are not known"),
    }
    parts = [
        f"{counts[verdict]} {forms[counts[verdict] > 1]}"
        for verdict, forms in words.items()
        if counts[verdict]
    ]
    subject = "the asynchronous ones" if among_others else "them"
    yield f"Of {subject} {_listed(parts)}."


def _on_plain(entries: list[EntryPoint], serving: Serving) -> Iterator[str]:
    if not entries:
        return
    counts = Counter(entry.verdict for entry in entries)
    gain, none = counts[Verdict.WOULD_GAIN], counts[Verdict.WOULD_NOT_GAIN]
    background, unknown = counts[Verdict.BACKGROUND], counts[Verdict.UNKNOWN]
    if serving is not Serving.ASGI:
        yield (
            f"Moving to ASGI alone makes none of the synchronous ones faster ({len(entries)}): each takes "
            "one thread hop more."
        )
    if gain:
        form = "a coroutine" if gain == 1 else "coroutines"
        yield f"{_do(gain, 'waits', 'wait')} for other services and would gain as {form} under ASGI."
    else:
        yield "No synchronous one is known to wait for another service."
    if none:
        yield f"{_do(none, 'waits', 'wait')} for the database or compute, and would not gain."
    if background:
        yield f"{_do(background, 'does', 'do')} slow work that belongs in a task queue."
    if unknown:
        yield f"Of {unknown} it is not known."


def _do(count: int, singular: str, plural: str) -> str:
    return f"{count} {singular if count == 1 else plural}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def advice(entry_points: tuple[EntryPoint, ...], serving: Serving, queue: str) -> tuple[str, ...]:
    """What to do in this order, each with where it is and the effort in call sites."""
    steps = (
        _repair(_with(entry_points, Verdict.BLOCKS)),
        _revert(_with(entry_points, Verdict.COSTS)),
        _move(_with(entry_points, Verdict.CANCELLED), serving),
        _hand_over(_with(entry_points, Verdict.BACKGROUND), queue),
        _convert(_with(entry_points, Verdict.WOULD_GAIN), serving),
        _ask(_with(entry_points, Verdict.UNKNOWN)),
    )
    return tuple(step for step in steps if step)


def _with(entries: Iterable[EntryPoint], verdict: Verdict) -> list[EntryPoint]:
    return [entry for entry in entries if entry.verdict is verdict]


def _repair(entries: list[EntryPoint]) -> str:
    if not entries:
        return ""
    lines = sum(entry.ledger.blocks for entry in entries)
    does = "call site that raises or stalls" if lines == 1 else "call sites that raise or stall"
    # Entry points may come to the same place.
    most = "" if len(entries) == 1 else "up to "
    return f"Repair {most}{lines} {does} the event loop, in {_named(entries)}."


def _revert(entries: list[EntryPoint]) -> str:
    if not entries:
        return ""
    looped = sum(entry.ledger.looped for entry in entries)
    hops = as_written(sum(entry.ledger.hops for entry in entries) - looped, looped)
    return (
        f"Make {quantity(len(entries), 'coroutine')} plain again, or put their calls behind one hop "
        f"({hops} awaited {'hop' if hops == '1' else 'hops'}): {_named(entries)}."
    )


def _move(entries: list[EntryPoint], serving: Serving) -> str:
    if not entries:
        return ""
    what = quantity(len(entries), "entry point")
    if serving is Serving.WSGI:
        return f"Serve {what} by ASGI, or make them plain: {_named(entries)}."
    return f"Repair the decorators of {what}, or make them plain: {_named(entries)}."


def _hand_over(entries: list[EntryPoint], queue: str) -> str:
    if not entries:
        return ""
    sites = sum(sum(wait.kind == "slow work" for wait in entry.waits) for entry in entries)
    where = f"to {queue}" if queue else "to a task queue"
    return f"Hand {quantity(sites, 'call')} of slow work {where}, in {_named(entries)}."


def _convert(entries: list[EntryPoint], serving: Serving) -> str:
    if not entries:
        return ""
    sites = sum(sum(count for _, count in entry.ledger.suspends) for entry in entries)
    wait = "view that waits" if len(entries) == 1 else "views that wait"
    under = "" if serving is Serving.ASGI else ", once ASGI serves them"
    return (
        f"Make {len(entries)} {wait} for other services asynchronous{under} "
        f"({quantity(sites, 'call site')}), beginning with the most visited: {_named(entries)}."
    )


def _ask(entries: list[EntryPoint]) -> str:
    if not entries:
        return ""
    what = quantity(len(entries), "entry point")
    return f"Name the calls that are not known of {what} in the configuration: {_named(entries)}."


def _named(entries: list[EntryPoint]) -> str:
    names = [_short(entry) for entry in entries[:_MOST_NAMES]]
    more = len(entries) - len(names)
    return _listed(names if not more else [*names, f"{more} more"])


def _short(entry: EntryPoint) -> str:
    """The function with what it stands in, which is enough to find it."""
    return f"`{'.'.join(entry.name.split('.')[-2:])}`"
