"""Special methods of project classes that operators and syntax call.

The names are those of the Python language reference, "Data model": `a + b` calls `a.__add__(b)`, and where
`a` has none `b.__radd__(a)`; `x in y` calls `y.__contains__(x)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.values import Actual, Instance, ModelInstance, Value, alternatives, join

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

_BINARY = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "@": "matmul",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<<": "lshift",
    ">>": "rshift",
}
_COMPARISONS = {
    "==": ("__eq__", "__eq__"),
    "!=": ("__ne__", "__ne__"),
    "<": ("__lt__", "__gt__"),
    "<=": ("__le__", "__ge__"),
    ">": ("__gt__", "__lt__"),
    ">=": ("__ge__", "__le__"),
}
_UNARY = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}


def call_special(
    evaluation: Evaluation, value: Value, names: tuple[str, ...], actuals: tuple[Value, ...], expr: Expr
) -> Value | None:
    """Call the first special method of `names` that the project gives to `value`; nothing if it has none."""
    results: list[Value] = []
    for member in alternatives(value):
        match member:
            case Instance(cls=cls) | ModelInstance(model=cls):
                name = next((n for n in names if evaluation.program.classes.member(cls, n) is not None), "")
            case _:
                continue
        if name:
            given = tuple(Actual(actual) for actual in actuals)
            results.append(evaluation.call_method(member, name, given, expr))
    return join(results) if results else None


def binary(evaluation: Evaluation, operator: str, left: Value, right: Value, expr: Expr) -> Value | None:
    """The value of `left operator right`, where a project class defines it."""
    name = _BINARY.get(operator, "")
    if not name:
        return None
    found = call_special(evaluation, left, (f"__{name}__",), (right,), expr)
    return found if found is not None else call_special(evaluation, right, (f"__r{name}__",), (left,), expr)


def augmented(evaluation: Evaluation, operator: str, left: Value, right: Value, expr: Expr) -> Value | None:
    """The value of `left operator= right`, where a project class defines it."""
    name = _BINARY.get(operator, "")
    found = call_special(evaluation, left, (f"__i{name}__",), (right,), expr) if name else None
    return found if found is not None else binary(evaluation, operator, left, right, expr)


def comparison(evaluation: Evaluation, operator: str, left: Value, right: Value, expr: Expr) -> None:
    """Call what a project class defines for a comparison."""
    if operator not in _COMPARISONS:
        return
    own, reflected = _COMPARISONS[operator]
    # Without `__ne__`, Python asks `__eq__` for `!=`.
    names = (own, "__eq__") if own == "__ne__" else (own,)
    if call_special(evaluation, left, names, (right,), expr) is None:
        call_special(evaluation, right, (reflected,), (left,), expr)


def ordering(evaluation: Evaluation, element: Value, expr: Expr) -> None:
    """Elements are put in order without a key: `sorted`, `list.sort`, `min` and `max` ask `<` or `>`."""
    call_special(evaluation, element, ("__lt__", "__gt__"), (element,), expr)


def unary(evaluation: Evaluation, operator: str, value: Value, expr: Expr) -> Value | None:
    """The value of `-value` and the like, where a project class defines it."""
    name = _UNARY.get(operator, "")
    return call_special(evaluation, value, (name,), (), expr) if name else None
