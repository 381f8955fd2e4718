"""What `prefetch_related` and `Prefetch` load for an instance, and what makes it forget that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects.loading import ANYTHING, paths_below
from async_audit.effects.querysets import as_queryset, element
from async_audit.effects.values import (
    NONE,
    TRUE,
    Actual,
    Collection,
    Const,
    Instance,
    Manager,
    ModelInstance,
    QuerySet,
    Unknown,
    Value,
    alternatives,
)
from async_audit.project.model_files import named_after
from async_audit.project.orm import Field, Relation

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

_PUT_BY = "="
"""In the path of what `Prefetch(…, to_attr=…)` fills: between the attribute and the lookup."""

_MANY = frozenset({Relation.MANY_TO_MANY, Relation.REVERSE_MANY, Relation.GENERIC_RELATION})


def prefetched_paths(positional: list[Actual]) -> frozenset[str]:
    """The paths that `Prefetch` objects load: the lookup itself, its `to_attr`, and what lies below them."""
    paths: set[str] = set()
    for actual in positional:
        value = actual.value
        if not isinstance(value, Instance) or value.cls != "django.db.models.Prefetch":
            continue
        lookup, inner, to_attr = value.parts
        prefix, separator, last = text_of(lookup).rpartition("__")
        attribute = text_of(to_attr)
        root = f"{prefix}{separator}{attribute or last}"
        below = inner.loaded if isinstance(inner, QuerySet) else _loaded_by_other(inner)
        if not root:
            continue
        paths.add(root)
        paths.update(f"{root}__{path}" for path in below)
        if attribute:
            paths.add(f"{root}{_PUT_BY}{last}")
        if prefix:
            paths.add(prefix)
    return frozenset(paths)


def _loaded_by_other(queryset: Value) -> frozenset[str]:
    """What a queryset loads that is not known; nothing where there is none."""
    return frozenset() if queryset == NONE else frozenset({ANYTHING})


def prefetched_list(evaluation: Evaluation, value: ModelInstance, name: str, expr: Expr) -> Value:
    """What `Prefetch(…, to_attr=name)` put there: a list of what the lookup finds."""
    from async_audit.effects.instances import default_manager_classes

    lookups = {path.partition(_PUT_BY)[2] for path in value.loaded if path.startswith(f"{name}{_PUT_BY}")}
    found = [evaluation.program.models.attribute(value.model, lookup) for lookup in sorted(lookups)]
    item = found[0] if len(found) == 1 else None
    if item is None or not item.target or item.relation not in _MANY:
        return Collection("list", Unknown(f"an object prefetched to {name}"))
    origin = (*value.origin, name) if value.origin else ()
    manager = Manager(
        item.target, default_manager_classes(evaluation, item.target), related=True, parent=item.back
    )
    start = as_queryset(evaluation, manager, expr)
    row = element(start, (*origin, "[]") if origin else ())
    if isinstance(row, ModelInstance):
        row = replace(row, loaded=row.loaded | paths_below(value.loaded, name))
    return Collection("list", row, origin)


def learn_loaded(evaluation: Evaluation, value: ModelInstance, path: str) -> None:
    """The relations along a lookup path have been loaded for an instance."""
    origin = value.origin
    for name in path.split("__"):
        evaluation.state.learn(origin, f"loaded {name}", TRUE)
        evaluation.state.unlearn(origin, f"unloaded {name}")
        origin = (*origin, name) if origin else ()


def learn_back(evaluation: Evaluation, item: Field | None, related: Value, instance: ModelInstance) -> None:
    """An object that is assigned to a one-to-one field knows the instance by the name that leads back."""
    if item is None or item.relation is not Relation.ONE_TO_ONE:
        return
    short = instance.model.rpartition(".")[2].lower()
    accessor = named_after(short, item.related_name) or short
    for member in alternatives(related):
        if isinstance(member, ModelInstance):
            evaluation.state.unlearn(member.origin, f"unloaded {accessor}")
            evaluation.state.learn(member.origin, f"loaded {accessor}", TRUE)
            evaluation.state.learn(member.origin, f".{accessor}", instance)


def forget_prefetched(evaluation: Evaluation, manager: Manager) -> None:
    """What was prefetched for a related manager is no longer there for the instance that it belongs to."""
    *instance, name = manager.origin or ("",)
    if instance and manager.related:
        evaluation.state.unlearn(tuple(instance), f"loaded {name}")
        evaluation.state.learn(tuple(instance), f"unloaded {name}", TRUE)


def texts_of(actuals: list[Actual]) -> frozenset[str]:
    """The texts that arguments may be."""
    return frozenset(text_of(member) for actual in actuals for member in alternatives(actual.value))


def text_of(value: Value) -> str:
    """The text of a constant; empty where there is none."""
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else ""
