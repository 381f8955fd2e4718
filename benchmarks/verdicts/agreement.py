"""Whether a verdict and its measurement agree: the thresholds, each with its reason, and the decision.

Ratios are always as written : plain `def`, the median of several rounds, in each of which both forms were
measured one after the other. Where the processor decides (`costs`, `neutral`), processor time for each answer
is compared: other work on the machine hardly changes it. Where waiting decides, throughput and latency are.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.verdicts.legs import Leg

STALLED = 0.5
"""A view that blocks lets one request through at a time: 1/4 with four clients. Half is far from both."""
FAILED = 0.99
"""A view that raises fails always; one request in a hundred may be cut off at the end of a leg."""
FASTER = 0.67
"""Two awaits that overlap take half of the time of two in a row, four a quarter; 0.67 is out of noise."""
MORE = 1.5
"""Twenty clients that share four threads are answered at a fifth of their rate; 1.5 is well below."""
EARLIER = 0.5
"""The first of five chunks comes after a fifth of the time, if it does not wait for the last."""
NO_LOSS = 0.8
"""What overlaps or waits must not cost throughput, beyond the noise of rounds that wait."""
DEARER = 1.05
"""Five hops instead of one add a tenth to a fifth to the processor time of an answer with as many queries."""
NO_DEARER = 1.15
"""`neutral` may be cheaper than the plain `def` (it saves a hop), and dearer within the noise."""
NO_GAIN = 0.87
"""`cancelled`: latency no better than this, throughput no better than its inverse."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A verdict of the tool, with what its ledger says would be gained."""

    verdict: str
    latency: bool = False
    capacity: bool = False
    streaming: bool = False


@dataclass(frozen=True, slots=True)
class Ratios:
    """As written : plain `def`, except `failed`, the share of the answers as written that were no 200."""

    throughput: float
    p50: float
    p95: float
    first_byte: float
    cpu: float
    threads: float
    failed: float


def ratios(rounds: list[tuple[Leg, Leg]]) -> Ratios:
    """The medians over the rounds; each is a leg as written and one of the plain `def`."""

    def middle(of: Callable[[Leg], float]) -> float:
        return statistics.median(of(written) / max(of(plain), 1e-9) for written, plain in rounds)

    return Ratios(
        throughput=middle(lambda leg: leg.throughput),
        p50=middle(lambda leg: leg.p50),
        p95=middle(lambda leg: leg.p95),
        first_byte=middle(lambda leg: leg.first_byte),
        cpu=middle(lambda leg: leg.cpu),
        # One more on both sides: where nobody holds a thread, the ratio is one.
        threads=middle(lambda leg: leg.threads + 1),
        failed=statistics.median(written.failed for written, _ in rounds),
    )


def disagreements(claim: Claim, measured: Ratios, *, against_pool: bool) -> tuple[str, ...]:
    """What the measurement says against the claim, in words; nothing where they agree.

    `against_pool`: the plain `def` was served by a pool of fewer threads than there were clients.
    """
    if claim.verdict == "blocks":
        held = measured.throughput <= STALLED or measured.failed >= FAILED
        return () if held else ("other requests are not held up, and it does not fail",)
    if measured.failed > 1 - FAILED:
        return (f"{measured.failed:.0%} of the answers failed",)
    match claim.verdict:
        case "gains":
            return tuple(_against_gains(claim, measured, against_pool=against_pool))
        case "cancelled":
            faster = measured.p50 < NO_GAIN or measured.throughput > 1 / NO_GAIN
            return ("it is faster all the same",) if faster else ()
        case "costs":
            return () if measured.cpu >= DEARER else ("an answer is no dearer",)
        case "neutral":
            return () if measured.cpu <= NO_DEARER else ("an answer is dearer",)
        case other:
            return (f"`{other}` claims nothing that can be measured",)


def _against_gains(claim: Claim, measured: Ratios, *, against_pool: bool) -> Iterator[str]:
    if claim.latency and measured.p50 > FASTER:
        yield "it is not faster"
    if claim.streaming and measured.first_byte > EARLIER:
        yield "the first chunk comes no earlier"
    if claim.capacity and against_pool and measured.throughput < MORE:
        yield "no more requests are answered than by a pool of threads"
    if measured.throughput < NO_LOSS:
        yield "throughput is lost"
    if not (claim.latency or claim.capacity or claim.streaming):
        yield "the ledger names nothing that is gained"
