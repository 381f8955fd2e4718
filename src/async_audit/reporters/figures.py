"""The numbers of a report that its pages show: verdicts, adoption, hops and what is waited for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from async_audit.findings import EntryPoint, Finding, Report, Verdict

MEANINGS = {
    Verdict.BLOCKS: "a line on the event loop raises, or stalls every other request",
    Verdict.COSTS: "async adds thread hops and nothing else",
    Verdict.CANCELLED: "what async would give is taken away by how the project is served",
    Verdict.BACKGROUND: "its slow part belongs in a task queue",
    Verdict.WOULD_GAIN: "synchronous, and async would add something",
    Verdict.UNKNOWN: "what it waits for could not be read from the code",
    Verdict.NEUTRAL: "async neither adds nor costs anything",
    Verdict.WOULD_NOT_GAIN: "synchronous, and async would add nothing",
    Verdict.GAINS: "async adds something: capacity, latency or streaming",
}
"""What each verdict says, in one line."""

VIEW_KINDS = ("view", "operation")
"""What answers requests, and so stands behind the middleware."""
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
_MANY_HOPS = 6


@dataclass(frozen=True, slots=True)
class Adoption:
    """How many entry points of one kind there are, and how many of them are asynchronous."""

    kind: str
    asynchronous: int
    total: int

    @property
    def percent(self) -> int:
        """The asynchronous share, rounded so that 0 and 100 mean none and all."""
        if self.asynchronous in {0, self.total}:
            return 100 if self.asynchronous else 0
        return min(99, max(1, round(100 * self.asynchronous / self.total)))


def adoption(report: Report) -> tuple[Adoption, ...]:
    """The adoption by kind of entry point, the largest kind first."""
    totals = Counter(entry.kind for entry in report.entry_points)
    with_async = Counter(entry.kind for entry in report.entry_points if entry.is_async)
    rows = [Adoption(kind, with_async[kind], total) for kind, total in totals.items()]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.kind)))


def adoption_of_views(report: Report) -> Adoption:
    """The adoption among what answers requests: views and API operations."""
    rows = [row for row in adoption(report) if row.kind in VIEW_KINDS]
    return Adoption("views", sum(row.asynchronous for row in rows), sum(row.total for row in rows))


def has_synchronous(report: Report) -> bool:
    """Whether synchronous entry points are in the report; without them no share can be told."""
    return any(not entry.is_async for entry in report.entry_points)


def verdict_counts(entries: Iterable[EntryPoint]) -> tuple[tuple[Verdict, int], ...]:
    """The verdicts that occur, in their order, each with its number."""
    counts = Counter(entry.verdict for entry in entries)
    return tuple((verdict, counts[verdict]) for verdict in Verdict if counts[verdict])


def hop_counts(entries: Iterable[EntryPoint]) -> tuple[tuple[str, int], ...]:
    """How many of the entry points take 0, 1, 2 … hops for one request, and how many hop in a loop."""
    counts: Counter[int | str] = Counter()
    for entry in entries:
        counts["in a loop" if entry.ledger.looped else min(entry.ledger.hops, _MANY_HOPS)] += 1
    straight = [(_hops(hops), counts[hops]) for hops in range(_MANY_HOPS + 1) if counts[hops]]
    looped = [("in a loop", counts["in a loop"])] if counts["in a loop"] else []
    return (*straight, *looped)


def _hops(hops: int) -> str:
    return f"{hops} or more" if hops == _MANY_HOPS else str(hops)


def suspension_counts(entries: Iterable[EntryPoint]) -> tuple[tuple[str, int], ...]:
    """What asynchronous I/O is awaited, by kind, the most frequent first."""
    counts: Counter[str] = Counter()
    for entry in entries:
        counts.update(dict(entry.ledger.suspends))
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def wait_counts(entries: Iterable[EntryPoint]) -> tuple[tuple[str, int], ...]:
    """What the entry points wait for, by kind, the most frequent first."""
    counts = Counter(wait.kind for entry in entries for wait in entry.waits)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def suspensions(entry: EntryPoint) -> int:
    """How many awaits of the entry point are on real asynchronous I/O."""
    return sum(count for _, count in entry.ledger.suspends)


def method_of(entry: EntryPoint) -> str:
    """The HTTP method that a handler is named for, empty where the name says none."""
    name = entry.name.rpartition(".")[2]
    return name.upper() if entry.kind in VIEW_KINDS and name in _METHODS else ""


def findings_by_entry(report: Report) -> dict[EntryPoint, tuple[Finding, ...]]:
    """The findings in the body of each entry point, functions nested in it included."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        outermost = finding.function.partition(".<locals>.")[0]
        for name in {finding.function, outermost}:
            found.setdefault((finding.location.path, name), []).append(finding)
    return {entry: tuple(found.get((entry.location.path, entry.name), ())) for entry in report.entry_points}


def stack_findings(report: Report) -> tuple[Finding, ...]:
    """The findings about the stack around the views: rules DJA5xx."""
    return tuple(finding for finding in report.findings if finding.code.startswith("DJA5"))


def other_findings(report: Report) -> int:
    """How many findings are neither in an entry point nor about the stack."""
    shown = {finding for found in findings_by_entry(report).values() for finding in found}
    shown.update(stack_findings(report))
    return sum(finding not in shown for finding in report.findings)
