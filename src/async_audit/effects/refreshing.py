"""`refresh_from_db`: which fields of an instance it loads, and which relations it forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.values import (
    NONE,
    TRUE,
    Actual,
    Const,
    ModelInstance,
    QuerySet,
    TupleOf,
    Value,
    alternatives,
)
from async_audit.project.orm import Relation

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

SINGLE = frozenset(
    {Relation.FOREIGN_KEY, Relation.ONE_TO_ONE, Relation.REVERSE_ONE, Relation.GENERIC_FOREIGN_KEY}
)
"""The relations to one object."""

_CACHED = SINGLE | {Relation.MANY_TO_MANY, Relation.REVERSE_MANY, Relation.GENERIC_RELATION}
"""The fields of which an instance keeps what they refer to: one object, or what was prefetched."""


def refresh(evaluation: Evaluation, value: ModelInstance, actuals: tuple[Actual, ...]) -> None:
    """`refresh_from_db` forgets the cached relations, but for those that its queryset fetches."""
    fetched: frozenset[str] = frozenset()
    named: frozenset[str] | None = None
    for position, actual in enumerate(actuals):
        if actual.keyword == "fields" or (not actual.keyword and position == 1):
            if actual.value != NONE:
                named = _names_in(actual.value)
        elif actual.keyword == "from_queryset" and isinstance(actual.value, QuerySet):
            fetched = actual.value.loaded
    for name in sorted(named or ()):
        evaluation.state.learn(value.origin, f"loaded {name}", TRUE)
    models = evaluation.program.models
    roots = sorted({path.partition("__")[0] for path in value.loaded})
    reverse = [models.attribute(value.model, root) for root in roots]
    for item in (*models.get(value.model).fields.values(), *filter(None, reverse)):
        if item.relation in _CACHED and (named is None or not named.isdisjoint({item.name, item.column})):
            evaluation.state.unlearn(value.origin, f"loaded {item.name}", f".{item.name}")
            fact = f"loaded {item.name}" if item.name in fetched else f"unloaded {item.name}"
            if item.name in fetched:
                evaluation.state.unlearn(value.origin, f"unloaded {item.name}")
            evaluation.state.learn(value.origin, fact, TRUE)


def _names_in(value: Value) -> frozenset[str]:
    """The texts of a list that are known."""
    from async_audit.effects.consumption import element  # mutual recursion

    items = value.items if isinstance(value, TupleOf) else alternatives(element(value))
    return frozenset(item.value for item in items if isinstance(item, Const) and isinstance(item.value, str))
