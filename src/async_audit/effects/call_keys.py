"""Which summary a call asks for: the function, and what its arguments are reduced to."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from async_audit.effects.evaluation import Evaluation
from async_audit.effects.portable import informative, portable
from async_audit.effects.values import (
    NOWHERE,
    Bound,
    ClassObject,
    Const,
    Function,
    Instance,
    Method,
    ModelInstance,
    Provenance,
    TupleOf,
    Value,
)
from async_audit.syntax.tests import tested_names

LONGEST_CONTEXT = 3
"""Calls in a row that pass on what they know about their arguments; behind that only what decides which
function is called, and what an object has loaded, is passed on, or the combinations of a large program would
never end."""


_TAKING_NAMES = frozenset({"select_related", "prefetch_related", "only", "defer"})
"""Methods of querysets to which texts say what comes loaded."""


class CallKey(Struct, frozen=True, cache_hash=True, gc=False):
    """One function for one kind of call.

    `depth` counts the calls in a row that knew something about their arguments.
    """

    function: Function
    parameters: tuple[tuple[str, Value], ...]
    depth: int = 0

    @classmethod
    def of(
        cls, function: Function, bound: tuple[tuple[str, Value], ...], evaluation: Evaluation | None = None
    ) -> CallKey:
        """The key of calling `function` with these values, reduced to what can matter inside."""
        first = function.facts.parameters[0].name if function.facts.parameters else ""
        kept: list[tuple[str, Value]] = []
        tested = tested_names(function.facts)
        names_attributes = "getattr" in function.facts.reads or not _TAKING_NAMES.isdisjoint(
            function.facts.calls
        )
        for name, value in bound:
            if names_attributes and _is_text(value):
                kept.append((name, value))
                continue
            if isinstance(value, Const) and name in tested:
                kept.append((name, _tested_constant(value)))
                continue
            reduced = portable(evaluation, value, ("param", name))
            if (
                reduced is not None
                and informative(reduced)
                and not (name == first and _is_plain_receiver(function, reduced))
            ):
                kept.append((name, reduced))
        captured = tuple(
            (name, reduced)
            for name, value in function.captured
            if (reduced := portable(evaluation, value, NOWHERE)) is not None
        )
        depth = 0 if evaluation is None else evaluation.sensitivity + 1
        if evaluation is not None and depth > LONGEST_CONTEXT:
            everything, kept = (
                kept,
                [(name, reduced) for name, value in kept if (reduced := _far_away(value)) is not None],
            )
            evaluation.is_cut = evaluation.is_cut or kept != everything
        if not kept:
            depth = 0
        parameters = tuple(sorted(kept, key=lambda item: item[0]))
        return cls(replace(function, frame=0, captured=captured), parameters, min(depth, LONGEST_CONTEXT + 1))


def _far_away(value: Value) -> Value | None:
    """What is passed on of an argument behind the last call that passes on what it knows of it.

    It is what decides which function is called, and which relations of an object are loaded.
    """
    match value:
        case Instance():
            return replace(value, held=())
        case ModelInstance(loaded=loaded) if not loaded:
            return None
        case ModelInstance() | Function() | Bound() | ClassObject() | Method():
            return value
        case _:
            return None


def _is_text(value: Value) -> bool:
    """Whether a value is text, or a tuple of texts: names of attributes, where such are asked for."""
    items = value.items if isinstance(value, TupleOf) else (value,)
    return bool(items) and all(isinstance(item, Const) and isinstance(item.value, str) for item in items)


def _tested_constant(value: Const) -> Value:
    """A constant as far as a test can tell: `None`, true or false, else only its type."""
    constant = value.value
    if constant is None or isinstance(constant, bool):
        return value
    return Instance(f"builtins.{type(constant).__name__}")


def _is_plain_receiver(function: Function, value: Value) -> bool:
    """Whether the value is what `self` is assumed to be anyway."""
    match value:
        case Instance(cls=cls, parts=(), held=()):
            return cls == function.owner
        case ModelInstance(model=model, loaded=loaded, deferred=deferred, only=None, provenance=how):
            plain = not loaded and not deferred and how is not Provenance.HELD
            return plain and model == function.owner
        case _:
            return False
