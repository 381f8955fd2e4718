"""Which relations an object has loaded: lookup paths such as `author` and `author__profile`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects.values import (
    Actual,
    Const,
    ModelInstance,
    Provenance,
    Union,
    Value,
    alternatives,
    join,
)
from async_audit.project.orm import Relation

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def paths_below(paths: frozenset[str], name: str) -> frozenset[str]:
    """Of loaded lookup paths those that lead through `name`, without it."""
    prefix = f"{name}__"
    below = frozenset(path[len(prefix) :] for path in paths if path.startswith(prefix))
    return below | {ANYTHING} if ANYTHING in paths else below


ANYTHING = "*"
"""The path of whatever an object has loaded of which that is not known."""


def given_paths(evaluation: Evaluation, actuals: tuple[Actual, ...]) -> frozenset[str]:
    """The paths that are loaded in an object made with these arguments: each, and what it has loaded."""
    paths: set[str] = set()
    for actual in actuals:
        if actual.spread:
            paths.add(ANYTHING)
        if not actual.keyword:
            continue
        paths.add(actual.keyword)
        for member in alternatives(actual.value):
            paths.update(f"{actual.keyword}__{path}" for path in _below(evaluation, member))
    return frozenset(paths)


def below_owner(evaluation: Evaluation, owner: ModelInstance) -> frozenset[str]:
    """What the objects of a related manager have loaded through the instance that it belongs to."""
    return frozenset(map(_bounded, _below(evaluation, owner)))


def _bounded(path: str) -> str:
    """A path of at most so many relations, whatever is loaded below: a row of rows of a model has no end."""
    names = path.split("__")
    return path if len(names) < _DEEPEST_PATH else "__".join((*names[: _DEEPEST_PATH - 1], ANYTHING))


def _below(evaluation: Evaluation, value: Value) -> frozenset[str]:
    match value:
        case ModelInstance(provenance=provenance) if provenance in _KNOWN:
            return loaded_paths(evaluation, value)
        case Const():
            return frozenset()
        case _:
            return frozenset({ANYTHING})


_KNOWN = frozenset({Provenance.FETCHED, Provenance.FRESH})


_DEEPEST_PATH = 4
"""Relations in a row that are followed, since a model may refer to itself."""


def loaded_paths(evaluation: Evaluation, value: ModelInstance, depth: int = 0) -> frozenset[str]:
    """The paths that an instance has loaded by now."""
    loaded = set(value.loaded)
    for fact in evaluation.state.heap.get(value.origin, {}):
        kind, _, name = fact.partition(" ")
        if kind == "unloaded":
            loaded = {path for path in loaded if path != name and not path.startswith(f"{name}__")}
        elif kind == "warm" or (kind == "loaded" and _is_relation(evaluation, value.model, name)):
            loaded.add(name)
            if depth < _DEEPEST_PATH:
                related = ModelInstance("", (*value.origin, name))
                loaded.update(f"{name}__{path}" for path in loaded_paths(evaluation, related, depth + 1))
    return frozenset(loaded)


def as_of_now(evaluation: Evaluation, value: Value) -> Value:
    """`value` with what its objects have loaded on this path, which the end of the body may not know."""
    match value:
        case ModelInstance(origin=origin) if origin in evaluation.state.heap:
            loaded = loaded_paths(evaluation, value)
            return value if loaded == value.loaded else replace(value, loaded=loaded)
        case Union(members=members):
            return join(as_of_now(evaluation, member) for member in members)
        case _:
            return value


def _is_relation(evaluation: Evaluation, model: str, name: str) -> bool:
    field = evaluation.program.models.attribute(model, name)
    return field is None or field.relation is not Relation.PLAIN
