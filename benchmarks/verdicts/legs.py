"""What was measured of one form of a view in one stretch of load."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leg:
    """What one form of a view did under load.

    `throughput` in requests a second, of those answered with 200; times in seconds; `cpu` is the server's for
    each answer; `threads` the most that the server had beyond those of its idle time; `failed` the share of
    answers that were no 200.
    """

    throughput: float
    p50: float
    p95: float
    first_byte: float
    cpu: float
    threads: int
    failed: float
