"""The state of an evaluation: local variables, and the heap of what is known about each value's origin."""

from __future__ import annotations

from dataclasses import dataclass, field

from async_audit.effects.values import Origin, Value, join
from async_audit.effects.widening import bounded

_NOTHING: dict[str, Value] = {}


@dataclass(slots=True)
class State:
    """Variables by name, and heap entries by origin and key.

    An entry under a key such as `evaluated` is a fact that holds on every path here; an entry under
    `.name` is an attribute that was assigned. `reachable` is false after a return or raise. `fallback`: only
    calls that leave something out come here (see `absence`). `raised`: a query has been made on the way here,
    so that nobody on an event loop comes here.
    """

    variables: dict[str, Value] = field(default_factory=dict)
    heap: dict[Origin, dict[str, Value]] = field(default_factory=dict)
    reachable: bool = True
    fallback: bool = False
    raised: bool = False

    def copy(self) -> State:
        """An independent state with the same contents. Entries of one origin are shared and never changed."""
        return State(dict(self.variables), dict(self.heap), self.reachable, self.fallback, self.raised)

    def known(self, origin: Origin, key: str) -> Value | None:
        """The heap entry, if there is one."""
        facts = self.heap.get(origin)
        return None if facts is None else facts.get(key)

    def learn(self, origin: Origin, key: str, value: Value) -> None:
        """Set a heap entry; a value that came from nowhere has none."""
        if origin:
            self.heap[origin] = {**self.heap.get(origin, _NOTHING), key: bounded(value)}

    def unlearn(self, origin: Origin, *keys: str) -> None:
        """Remove heap entries."""
        facts = self.heap.get(origin)
        if facts is not None:
            self.heap[origin] = {key: value for key, value in facts.items() if key not in keys}

    def regain(self, other: State) -> None:
        """Know again what holds in `other`: the one of two joined paths that is taken."""
        for origin, facts in other.heap.items():
            mine = self.heap.get(origin)
            if mine is not facts:
                self.heap[origin] = facts if mine is None else {**facts, **mine}

    def make(self, origin: Origin) -> None:
        """A new value comes into being at `origin`: what was known of an older one there is void."""
        if origin:
            self.heap[origin] = _NOTHING


def joined(left: State, right: State) -> State:
    """The state after either of two paths: facts that hold on both, values that are possible on one."""
    if not left.reachable:
        return right.copy()
    if not right.reachable:
        return left.copy()
    variables = dict(left.variables)
    for name, value in right.variables.items():
        mine = variables.get(name)
        if mine is not value:
            variables[name] = value if mine is None or mine == value else join((mine, value))
    heap = dict(right.heap)
    for origin, facts in left.heap.items():
        theirs = heap.get(origin)
        if theirs is not facts:
            heap[origin] = facts if theirs is None else _common(facts, theirs)
    return State(
        variables,
        heap,
        reachable=True,
        fallback=left.fallback and right.fallback,
        raised=left.raised and right.raised,
    )


def _common(mine: dict[str, Value], theirs: dict[str, Value]) -> dict[str, Value]:
    """What both paths know about a value that exists on both."""
    return {
        key: value if theirs[key] == value else join((value, theirs[key]))
        for key, value in mine.items()
        if key in theirs
    }
