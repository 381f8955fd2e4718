"""The fuzzers by name: each checks the examples of a seed, and raises where something is wrong."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as starting_from

from scripts.fuzzing.programs import program
from scripts.fuzzing.sources import mutated, noise
from scripts.fuzzing.survival import check_anything, check_program

try:
    import hypothesmith
except ImportError:  # the extra `fuzz` is not installed
    hypothesmith = None  # type: ignore[assignment,unused-ignore]

EXAMPLES = {"hypothesmith": 25}
"""How many examples a seed has, where it is more than one."""

Fuzzer = Callable[[int], object]


def fuzzers() -> dict[str, Fuzzer]:
    """Every fuzzer that can run here."""
    found: dict[str, Fuzzer] = {
        "programs": lambda seed: check_program(program(seed)),
        "mutated": lambda seed: check_anything(mutated(seed)),
        "noise": lambda seed: check_anything(noise(seed)),
    }
    if hypothesmith is not None:
        found["hypothesmith"] = _hypothesmith
    return found


WHAT_THEY_MAKE = {
    "programs": "Django-shaped programs whose findings and verdicts are known by construction",
    "mutated": "files of the fixture projects after a few accidents",
    "noise": "bytes, and pieces of Python in any order",
    "hypothesmith": "programs of Python's whole grammar, by hypothesmith",
}


def _hypothesmith(seed: int) -> None:
    """Check programs that hypothesmith makes of a seed."""

    @starting_from(seed)
    @settings(
        max_examples=EXAMPLES["hypothesmith"],
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(hypothesmith.from_grammar())
    def check(source: str) -> None:
        check_anything(source.encode("utf-8", "surrogatepass"))

    check()
