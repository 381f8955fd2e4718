"""The measured section of `docs/verdicts.md`."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.sections import table
from benchmarks.verdicts.agreement import Claim, Ratios
from benchmarks.verdicts.pairs import Pair

SECTION = "measured verdicts"
_MEASURES = ("throughput", "p50", "p95", "first byte", "CPU", "threads")


@dataclass(frozen=True, slots=True)
class Result:
    """A pair with what was claimed, what was measured, and what speaks against the claim."""

    pair: Pair
    claim: Claim
    measured: Ratios
    against: tuple[str, ...]


_HEADER = ("view", "as written on", "plain `def` on", "clients", "verdict", *_MEASURES)


def section(judged: list[Result], saturated: list[Result], conditions: str) -> str:
    """The tables, with the conditions under which they were measured."""
    rows = [(*_row(result), _agreement(result)) for result in judged]
    agreeing = sum(not result.against for result in judged)
    parts = [
        conditions,
        table((*_HEADER, "agrees"), rows),
        f"{agreeing} of {len(judged)} verdicts agree with their measurement.",
        "Not judged, since the client library decides: so many clients that a core is busy.",
        table(_HEADER, [_row(result) for result in saturated]),
    ]
    return "\n\n".join(parts)


def _row(result: Result) -> tuple[str, ...]:
    measured = result.measured
    times = (measured.p50, measured.p95, measured.first_byte, measured.cpu, measured.threads)
    raises = measured.failed > 0.5
    # What failed took no time that could be compared.
    shown = ["-"] * len(times) if raises else [f"{value:.2f}" for value in times]
    return (
        f"`{result.pair.view}`",
        result.pair.stack.value,
        "the same" if result.pair.plain_stack is result.pair.stack else result.pair.plain_stack.value,
        str(result.pair.concurrency),
        _verdict(result.claim),
        "0: it raises" if raises else f"{measured.throughput:.2f}",
        *shown,
    )


def _verdict(claim: Claim) -> str:
    gained = [word for word in ("latency", "capacity", "streaming") if getattr(claim, word)]
    return f"{claim.verdict}: {', '.join(gained)}" if claim.verdict == "gains" else claim.verdict


def _agreement(result: Result) -> str:
    return f"no: {'; '.join(result.against)}" if result.against else "yes"
