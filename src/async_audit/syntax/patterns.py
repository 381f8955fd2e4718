"""What the patterns of a `match` statement bind."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst


@dataclass(frozen=True, slots=True)
class Pattern:
    """The names that a pattern binds, and whether it matches anything at all."""

    binds: tuple[str, ...]
    irrefutable: bool


def read_pattern(node: cst.MatchPattern) -> Pattern:
    """The bindings of one `case` pattern."""
    names: list[str] = []
    pending: list[cst.CSTNode] = [node]
    while pending:
        current = pending.pop()
        bound = getattr(current, "name", None) if isinstance(current, _BINDING) else None
        if isinstance(bound, cst.Name):
            names.append(bound.value)
        rest = getattr(current, "rest", None)
        if isinstance(rest, cst.Name):
            names.append(rest.value)
        if not isinstance(current, cst.BaseExpression):
            pending.extend(reversed(current.children))
    wildcard = isinstance(node, cst.MatchAs) and node.pattern is None
    return Pattern(tuple(names), wildcard)


_BINDING = (cst.MatchAs, cst.MatchStar)
