"""How many kinds of call are told apart among functions that call each other in a circle.

Each passes on what it was given and something of its own, so that the kinds of call multiply. Where there are
too many, or many bodies wait for each other, only the receiver of a new kind is kept. What else it is called
with is unknown there, as it is in a function that nobody calls.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects.values import Function, Instance

if TYPE_CHECKING:
    from async_audit.effects.call_keys import CallKey

MOST_KINDS = 100
"""Kinds of call of one function. Four Django projects had up to 67, type checkers hundreds."""
MOST_OF_ITSELF = 8
"""Kinds of call of a function while it is being evaluated."""
MOST_OPEN = 32
"""Bodies that wait for each other. Four Django projects had up to twenty, type checkers hundreds."""


class Recursion:
    """Which functions are being evaluated, and how many kinds of call of each there are."""

    def __init__(self) -> None:
        self._open: Counter[Function] = Counter()
        self._all_open = 0
        self._kinds: Counter[Function] = Counter()

    def add(self, key: CallKey) -> None:
        """There is a new kind of call; the receivers alone are as many as there are classes."""
        self._kinds[key.function] += _is_more_than_receiver(key)

    def remove(self, key: CallKey) -> None:
        """There is no such kind any more."""
        self._kinds[key.function] -= _is_more_than_receiver(key)

    def open(self, key: CallKey) -> None:
        """Its evaluation begins."""
        self._open[key.function] += 1
        self._all_open += 1

    def close(self, key: CallKey) -> None:
        """Its evaluation has ended."""
        self._open[key.function] -= 1
        self._all_open -= 1

    def bounded(self, key: CallKey) -> CallKey:
        """The key to ask for instead of `key`, of which there is no summary yet."""
        function = key.function
        is_deep = self._all_open > MOST_OPEN
        has_many = self._kinds[function] >= (MOST_OF_ITSELF if self._open[function] else MOST_KINDS)
        if not key.parameters or not (is_deep or has_many):
            return key
        receiver = _receiver(key)
        kept = tuple(
            (name, replace(value, held=()) if isinstance(value, Instance) else value)
            for name, value in key.parameters
            if name == receiver
        )
        return replace(key, parameters=kept, depth=key.depth if kept else 0)


def _receiver(key: CallKey) -> str:
    """The name of the parameter that is the object of a method; empty where there is none."""
    function = key.function
    return function.facts.parameters[0].name if function.owner and function.facts.parameters else ""


def _is_more_than_receiver(key: CallKey) -> bool:
    return any(name != _receiver(key) for name, _ in key.parameters)
