"""Rows and lines that are written to a file, a response or a `csv` writer are iterated on this thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import consumption

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.effects.values import Actual
    from async_audit.syntax.facts import Expr

WRITES = frozenset({"writes-rows", "writes-row"})
"""How rows of methods that write what they are given are marked: many rows, or the fields of one."""


def write(evaluation: Evaluation, special: str, actuals: tuple[Actual, ...], expr: Expr) -> None:
    """What is written is iterated, and the fields of one row become text."""
    for actual in actuals[:1]:
        inner = consumption.iterate(evaluation, actual.value, expr, "writes its rows")
        if special == "writes-row":
            consumption.text(evaluation, inner, expr)
