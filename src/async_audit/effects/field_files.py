"""The storage of a file field: the default one, or what the field is given as `storage=`.

Source: `FileField.__init__` in django/db/models/fields/files.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.annotated import UNTYPED
from async_audit.effects.values import (
    ClassObject,
    Const,
    External,
    Function,
    Instance,
    ModelInstance,
    Value,
)
from async_audit.syntax.facts import Assign, Call, Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

STORAGE = "django.core.files.storage.Storage"


def storage_of(evaluation: Evaluation, file: Instance, expr: Expr) -> Value:
    """The storage that `file.storage` is; of a field that names its own what that is."""
    match file.parts:
        case (ModelInstance(model=model), Const(value=str(name))):
            return _named(evaluation, model, name, expr)
        case _:
            return UNTYPED


def _named(evaluation: Evaluation, model: str, field: str, expr: Expr) -> Value:
    member = evaluation.program.classes.member(model, field)
    if member is None or not isinstance(member.statement, Assign):
        return UNTYPED
    made = member.statement.value
    if not isinstance(made, Call):
        return UNTYPED
    given = [argument.value for argument in made.arguments if argument.keyword == "storage"]
    if not given:
        return Instance(STORAGE, evaluation.make((expr.end, "storage")))
    inside = evaluation.summaries.evaluation(member.cls.path)
    named = inside.quietly(given[0])
    match named:
        # What can be called is asked for the storage.
        case ClassObject() | Function() | External():
            with evaluation.muted():
                return evaluation.call(named, (), expr)
        case Instance():
            return named
        case _:
            return UNTYPED
