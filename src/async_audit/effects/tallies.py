"""How many awaits running a function takes: those of a run, not of the text.

Of an `if` and its `else` a run takes one, of several handlers or cases too, and what follows a branch that
returns is not reached from it. The widest way is counted. A loop counts once, its awaits as for each turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from async_audit.effects.kinds import (
    STALLS,
    WAITS,
    AwaitCount,
    Category,
    Effect,
    Kind,
    Link,
    added_up,
    widest,
)
from async_audit.syntax.facts import (
    FunctionFacts,
    If,
    Jump,
    Match,
    Raise,
    Return,
    Statement,
    Try,
    blocks,
)

_Placed: TypeAlias = "tuple[int, AwaitCount]"
Counts: TypeAlias = "tuple[AwaitCount, ...]"


def tally(facts: FunctionFacts, effects: Iterable[Effect]) -> Counts:
    """How many awaits of each category one run of the function's body takes, in a stable order."""
    placed: list[_Placed] = []
    for effect in effects:
        category = _category(effect)
        if category is not None:
            placed.append((effect.site.start, _counted(effect, category, facts.qualname)))
    if not placed:
        return ()
    inside, outside = _split(placed, facts.body)
    return added_up((*(count for _, count in outside), *_of_block(facts.body, inside)))


def _category(effect: Effect) -> Category | None:
    """What the awaiting caller has of the effect; nothing where it has none."""
    if effect.category in WAITS:
        return effect.category
    if effect.behind or effect.category is Category.CPU:
        return None
    return {Kind.QUERIES: Category.QUERY_INSIDE, Kind.BLOCKS: Category.BLOCK_INSIDE}.get(effect.kind)


def _counted(effect: Effect, category: Category, inside: str) -> AwaitCount:
    note = f"calls {effect.via}" if effect.witness and effect.via else effect.subject
    witness = (Link(effect.site, inside, note), *effect.witness)
    places = effect.places or (frozenset({effect.site}) if category in STALLS else frozenset())
    if effect.looped and category is not Category.OVERLAP:
        return AwaitCount(category, 0, effect.count, witness, places)
    return AwaitCount(category, effect.count, 0, witness, places)


def _split(placed: Sequence[_Placed], statements: Sequence[Statement]) -> tuple[list[_Placed], list[_Placed]]:
    """Those that stand in one of the statements, which follow each other, and the others."""
    if not statements:
        return [], list(placed)
    start, end = statements[0].start, statements[-1].end
    inside = [item for item in placed if start <= item[0] < end]
    return inside, [item for item in placed if not start <= item[0] < end]


def _of_block(statements: Sequence[Statement], placed: Sequence[_Placed]) -> Counts:
    taken: list[AwaitCount] = []
    for position, statement in enumerate(statements):
        here, placed = _split(placed, (statement,))
        after = statements[position + 1 :]
        if isinstance(statement, If | Match) and after and any(_leaves(block) for block in blocks(statement)):
            return added_up((*taken, *_of_branches(statement, here, after, placed)))
        if here:
            taken.extend(_of_statement(statement, here))
    return added_up(taken)


def _of_branches(
    statement: If | Match, here: Sequence[_Placed], after: Sequence[Statement], later: Sequence[_Placed]
) -> Counts:
    """A statement with a branch that leaves, and what comes behind it for the other branches only."""
    test, ways = _ways(here, blocks(statement))
    left = [way for block, way in zip(blocks(statement), ways, strict=True) if _leaves(block)]
    stays = [way for block, way in zip(blocks(statement), ways, strict=True) if not _leaves(block)]
    rest = _of_block(after, later)
    on = added_up((*widest(stays), *rest))
    return added_up((*test, *widest([*left, on])))


def _of_statement(statement: Statement, here: Sequence[_Placed]) -> Counts:
    match statement:
        case If() | Match():
            test, ways = _ways(here, blocks(statement))
            return added_up((*test, *widest(ways)))
        case Try(handlers=handlers):
            handled: list[Counts] = []
            for handler in handlers:
                inside, here = _split(here, handler.body)
                handled.append(_of_block(handler.body, inside))
            head, ways = _ways(here, (statement.body, statement.orelse, statement.final))
            return added_up((*head, *(count for way in ways for count in way), *widest(handled)))
        case _:
            head, ways = _ways(here, blocks(statement))
            return added_up((*head, *(count for way in ways for count in way)))


def _ways(
    here: Sequence[_Placed], branches: Sequence[Sequence[Statement]]
) -> tuple[list[AwaitCount], list[Counts]]:
    """What stands in no branch, and the tally of each branch."""
    ways: list[Counts] = []
    for branch in branches:
        inside, here = _split(here, branch)
        ways.append(_of_block(branch, inside))
    return [count for _, count in here], ways


def _leaves(block: Sequence[Statement]) -> bool:
    """Whether nothing behind the block is reached from its end."""
    if not block:
        return False
    match block[-1]:
        case Return() | Raise() | Jump():
            return True
        case If(body=body, orelse=orelse):
            return _leaves(body) and _leaves(orelse)
        case _:
            return False
