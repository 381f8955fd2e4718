"""Assigning to an attribute: of an instance of a model, of a request, of an object with a setter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import instances, requests
from async_audit.effects.values import (
    TRUE,
    Actual,
    Bound,
    Function,
    Instance,
    LazyUser,
    ModelInstance,
    Value,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


def _run_setter(evaluation: Evaluation, owner: Value, name: str, new: Value, expr: Expr) -> bool:
    """Call the setter of a property that is assigned to; whether there is one."""
    cls = owner.model if isinstance(owner, ModelInstance) else getattr(owner, "cls", "")
    found = evaluation.program.classes.setter(cls, name) if isinstance(cls, str) and cls else None
    if found is None:
        return False
    where, facts = found
    setter = Bound(Function(where.path, facts, where.name), owner)
    evaluation.call(setter, (Actual(new),), expr)
    return True


def set_attribute(
    evaluation: Evaluation, owner: Value, name: str, new: Value, expr: Expr | None = None
) -> None:
    """`owner.name = new`."""
    for member in getattr(owner, "members", (owner,)):
        if expr is not None and _run_setter(evaluation, member, name, new, expr):
            continue
        match member:
            case ModelInstance():
                if isinstance(new, LazyUser) and expr is not None:
                    # Assigning to a foreign key checks the type, which loads the lazy user.
                    new = requests.use_user(evaluation, new, expr)
                instances.write_attribute(evaluation, member, name, new)
            case Instance():
                if requests.is_request(evaluation, member) and name == "user":
                    origin = member.origin or ("request",)
                    evaluation.state.learn(origin, ".user", new)
                    if requests.is_lazy(new):
                        evaluation.state.unlearn(origin, "user loaded")
                    else:
                        evaluation.state.learn(origin, "user loaded", TRUE)
                evaluation.state.learn(member.origin, f".{name}", new)
            case _:
                pass
