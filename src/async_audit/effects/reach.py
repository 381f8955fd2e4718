"""How far below a body what it was called with is passed on: kinds of call that differ in depth alone.

A call passes on what it knows of its arguments to a few calls in a row (see `call_keys`), so that one deep
in a row and one at its start are two kinds. Where nothing is cut off below either of them, they do the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from async_audit.effects.call_keys import CallKey

_CUT = 1_000
"""A reach that no row of calls has: something was cut off, or a circle of calls has no last one."""


class Reach:
    """For each kind of call, how many calls in a row below it pass something on."""

    def __init__(self, longest: int) -> None:
        """`longest` is how many calls in a row pass on what they know."""
        self._longest = longest
        self._reach: dict[CallKey, int] = {}
        self._settled: dict[CallKey, CallKey] = {}

    def begin(self, key: CallKey) -> None:
        """Its body is evaluated from the start."""
        self._reach[key] = 0

    def use(self, key: CallKey, called: CallKey, *, is_open: bool) -> None:
        """The body of `key` uses the summary of `called`, which is not settled yet where it `is_open`."""
        if called.depth:
            below = _CUT if is_open else self._reach[called] + 1
            self._reach[key] = max(self._reach[key], below)

    def cut(self, key: CallKey) -> None:
        """The body of `key` does not pass on all that it could."""
        self._reach[key] = _CUT

    def settle(self, key: CallKey) -> None:
        """The summary of `key` is made, for other depths too where that makes no difference."""
        if self._holds_at(self._reach[key], key.depth):
            self._settled[replace(key, depth=0)] = key

    def remove(self, key: CallKey) -> None:
        """There is no such summary any more."""
        self._settled.pop(replace(key, depth=0), None)

    def same(self, key: CallKey) -> CallKey:
        """A kind of call of which there is a summary, and that does the same as `key`; `key` if none is."""
        known = self._settled.get(replace(key, depth=0))
        return known if known is not None and self._holds_at(self._reach[known], key.depth) else key

    def _holds_at(self, reach: int, depth: int) -> bool:
        return reach == 0 or depth + reach <= self._longest
