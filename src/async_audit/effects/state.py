"""The state of an evaluation: local variables, and the heap of what is known about each value's origin."""

from __future__ import annotations

from dataclasses import dataclass, field

from async_audit.effects.values import Origin, Value, join


@dataclass(slots=True)
class State:
    """Variables by name, and heap entries by origin and key.

    An entry under a key such as `evaluated` is a fact that holds on every path here; an entry under
    `.name` is an attribute that was assigned. `reachable` is false after a return or raise.
    """

    variables: dict[str, Value] = field(default_factory=dict)
    heap: dict[Origin, dict[str, Value]] = field(default_factory=dict)
    reachable: bool = True

    def copy(self) -> State:
        """An independent state with the same contents."""
        return State(
            dict(self.variables), {origin: dict(facts) for origin, facts in self.heap.items()}, self.reachable
        )

    def become(self, other: State) -> None:
        """Take over the contents of `other`."""
        self.variables = other.variables
        self.heap = other.heap
        self.reachable = other.reachable

    def known(self, origin: Origin, key: str) -> Value | None:
        """The heap entry, if there is one."""
        facts = self.heap.get(origin)
        return None if facts is None else facts.get(key)

    def learn(self, origin: Origin, key: str, value: Value) -> None:
        """Set a heap entry; a value that came from nowhere has none."""
        if origin:
            self.heap.setdefault(origin, {})[key] = value

    def make(self, origin: Origin) -> None:
        """A new value comes into being at `origin`: what was known of an older one there is void."""
        if origin:
            self.heap[origin] = {}


def joined(left: State, right: State) -> State:
    """The state after either of two paths: facts that hold on both, values that are possible on one."""
    if not left.reachable:
        return right.copy()
    if not right.reachable:
        return left.copy()
    variables = dict(left.variables)
    for name, value in right.variables.items():
        mine = variables.get(name)
        variables[name] = value if mine is None or mine == value else join((mine, value))
    heap: dict[Origin, dict[str, Value]] = {}
    for origin, facts in left.heap.items():
        theirs = right.heap.get(origin)
        heap[origin] = dict(facts) if theirs is None else _common(facts, theirs)
    for origin, facts in right.heap.items():
        if origin not in heap:
            heap[origin] = dict(facts)
    return State(variables, heap, reachable=True)


def _common(mine: dict[str, Value], theirs: dict[str, Value]) -> dict[str, Value]:
    """What both paths know about a value that exists on both."""
    return {
        key: value if theirs[key] == value else join((value, theirs[key]))
        for key, value in mine.items()
        if key in theirs
    }
