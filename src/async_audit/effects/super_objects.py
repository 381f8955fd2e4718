"""What `super()` leads to: the next class of the project that has a name, or what lies beyond the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import instances, querysets
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.attributes import bound_to, member_value
from async_audit.effects.values import (
    ClassObject,
    Function,
    Instance,
    Manager,
    Method,
    ModelInstance,
    QuerySet,
    Super,
    Value,
)
from async_audit.project.classes import Member
from async_audit.project.views import has_async_handlers
from async_audit.syntax.facts import Define

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


def read_super(evaluation: Evaluation, value: Super, name: str, expr: Expr) -> Value:
    """`super().name`, read at `expr`: the next class after the one that asks."""
    receiver = value.receiver
    match receiver:
        case ModelInstance(model=cls) | Instance(cls=cls) | ClassObject(name=cls):
            member = evaluation.program.classes.member(cls, name, after=value.cls)
            if member is not None:
                if isinstance(receiver, ClassObject):
                    return _class_member(member, receiver)
                return member_value(evaluation, member, receiver, name, expr)
            return _beyond_project(evaluation, value, receiver, name, expr)
        case Manager() | QuerySet():
            return _super_of_manager(evaluation, value, receiver, name, expr)
        case _:
            return UNTYPED


def _class_member(member: Member, receiver: ClassObject) -> Value:
    if isinstance(member.statement, Define):
        facts = member.statement.function
        return bound_to(Function(member.cls.path, facts, member.cls.name), receiver)
    return UNTYPED


def _beyond_project(evaluation: Evaluation, value: Super, receiver: Value, name: str, expr: Expr) -> Value:
    """`super().name` where only libraries are left in the MRO."""
    catalogue = evaluation.program.catalogue
    if isinstance(receiver, ModelInstance):
        if name in catalogue.instance:
            return Method(receiver, "instance", name)
        return instances.read_attribute(evaluation, receiver, name, expr)
    if isinstance(receiver, Instance):
        order = evaluation.program.classes.order(receiver.cls)
        start = order.index(value.cls) + 1 if value.cls in order else 0
        for current in order[start:]:
            row = catalogue.method(current, name) if evaluation.program.classes.get(current) is None else None
            if row is not None:
                return Method(receiver, current, name)
        if name == "dispatch" and has_async_handlers(evaluation.program, receiver.cls):
            return Method(receiver, "asynchronous dispatch", name)
        return Method(receiver, "super", name)
    return UNTYPED


def _super_of_manager(
    evaluation: Evaluation, value: Super, receiver: Manager | QuerySet, name: str, expr: Expr
) -> Value:
    for cls in receiver.classes:
        member = evaluation.program.classes.member(cls, name, after=value.cls)
        if member is not None:
            return member_value(evaluation, member, receiver, name, expr)
    plain = type(receiver)(receiver.model, (), receiver.origin)
    found = querysets.read_attribute(evaluation, plain, name, expr)
    if isinstance(found, Method):
        kept = _without_get_queryset(receiver) if name == "get_queryset" else receiver
        return Method(kept, found.owner, found.name)
    return found


def _without_get_queryset(receiver: Manager | QuerySet) -> Manager | QuerySet:
    """The manager as its base class sees it: what `super().get_queryset()` starts from."""
    if isinstance(receiver, QuerySet):
        return receiver
    return Manager(
        receiver.model,
        (),
        receiver.origin,
        receiver.related,
        receiver.parent,
        receiver.parents,
        receiver.prefetched,
        base_classes=receiver.classes,
    )
