"""Making instances: constructors run on the calling thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import calls, forgotten, instances, libraries
from async_audit.effects.annotated import instance_value, promised
from async_audit.effects.learned import apply_writes
from async_audit.effects.values import (
    Actual,
    ClassObject,
    External,
    Function,
    Instance,
    Manager,
    QuerySet,
    Value,
)
from async_audit.syntax.facts import Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def construct(evaluation: Evaluation, cls: ClassObject, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`Class(…)`: `__init__` runs on this thread."""
    program = evaluation.program
    name = cls.name
    if name == "django.contrib.auth.get_user_model()":
        name = program.models.user_model
    if program.models.is_model(name):
        forgotten.check_given(evaluation, actuals, expr)
        made = instances.construct(evaluation, name, actuals, expr)
        _run_constructor(evaluation, name, made, actuals, expr)
        return made
    from async_audit.effects import forms

    special = forms.construct(evaluation, name, actuals, expr)
    if special is not None:
        _run_constructor(evaluation, name, special, actuals, expr)
        return special
    if program.classes.get(name) is None:
        return libraries.call(evaluation, External(name), actuals, expr)
    origin = evaluation.make((expr.end, "instance"))
    value = instance_value(program, name, origin, given=False)
    if isinstance(value, Manager | QuerySet):
        item = cls.arguments[0] if cls.arguments else None
        model = item.name if isinstance(item, ClassObject) else _model_argument(actuals)
        return replace(value, model=model) if model else value
    if isinstance(value, Instance):
        if not _run_constructor(evaluation, name, value, actuals, expr):
            _dataclass_fields(evaluation, name, value, actuals)
        value = replace(value, parts=())
    return value


def _model_argument(actuals: tuple[Actual, ...]) -> str:
    for actual in actuals:
        if isinstance(actual.value, ClassObject):
            return actual.value.name
    return ""


def _run_constructor(
    evaluation: Evaluation, name: str, value: Value, actuals: tuple[Actual, ...], expr: Expr
) -> bool:
    """Run `__new__` and `__init__` where the project defines them; says whether it defines one."""
    found = False
    for method in ("__new__", "__init__", "__post_init__"):
        member = evaluation.program.classes.member(name, method)
        facts = member.cls.function(method) if member is not None else None
        if member is not None and facts is not None:
            found = found or method != "__post_init__"
            function = Function(member.cls.path, facts, member.cls.name)
            receiver = ClassObject(name) if method == "__new__" else value
            summary, given = calls.summary_of(evaluation, function, (Actual(receiver), *actuals))
            evaluation.emit_through(summary.effects, expr, f"`{name.rpartition('.')[2]}`", facts.qualname)
            apply_writes(evaluation, summary.writes, given, expr)
    return found


def _dataclass_fields(
    evaluation: Evaluation, name: str, value: Instance, actuals: tuple[Actual, ...]
) -> None:
    """Without an `__init__` of its own (a dataclass, a Pydantic model), keywords become attributes."""
    fields: list[str] = []
    cls = evaluation.program.classes.get(name)
    if cls is not None:
        from async_audit.syntax.facts import Declare, Name

        fields = [
            s.target.id for s in cls.facts.body if isinstance(s, Declare) and isinstance(s.target, Name)
        ]
    for position, actual in enumerate(actuals):
        field = actual.keyword or (fields[position] if position < len(fields) else "")
        if field and promised(actual.value):
            evaluation.state.learn(value.origin, f".{field}", actual.value)
