"""What a test says about the variables it tests, on either branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.values import (
    TRUE,
    Collection,
    Const,
    DictOf,
    External,
    Function,
    Instance,
    Method,
    ModelInstance,
    TupleOf,
    Unknown,
    Value,
    alternatives,
    join,
)
from async_audit.syntax.facts import Argument, Attribute, Call, Expr, Literal, Name, Operation, Walrus

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def decided(evaluation: Evaluation, test: Expr, value: Value | None = None) -> bool | None:
    """Whether a test surely succeeds or surely fails; nothing where it depends on the run.

    `value` is that of the test, where it has been evaluated already.
    """
    if getattr(test, "id", getattr(test, "name", "")) == "TYPE_CHECKING":
        return False
    if isinstance(test, Name) and _is_shared(evaluation, test.id):
        return None
    match test:
        case Operation(operators=(("is" | "is not") as operator,), operands=(subject, Literal(value=None))):
            is_shared = isinstance(subject, Name) and _is_shared(evaluation, subject.id)
            return None if is_shared else _is_none(evaluation.again(subject), operator)
        case Call(function=Name(id="isinstance"), arguments=arguments) if len(arguments) == 2:
            return _is_instance(evaluation, arguments[0].value, arguments[1].value)
        case Operation(operators=(("and" | "or") as operator,), operands=operands):
            return _combined(evaluation, operator, operands)
        case Operation(operators=("not",), operands=(operand,)):
            inner = decided(evaluation, operand)
            return None if inner is None else not inner
        case _:
            pass
    members = alternatives(evaluation.again(test) if value is None else value)
    answers = {_truth_of(evaluation, member) for member in members}
    return answers.pop() if len(answers) == 1 else None


_PERHAPS_NONE = Unknown | Method | External
"""What may be `None`: an attribute of an object of a library is told as its method."""


def _is_shared(evaluation: Evaluation, name: str) -> bool:
    """Whether a function inside the innermost body assigns to its variable: whenever it is called back."""
    nested = evaluation.scopes[-1].facts.nested if evaluation.scopes else ()
    return any(name in function.outer for function in nested)


def _combined(evaluation: Evaluation, operator: str, operands: tuple[Expr, ...]) -> bool | None:
    """The answer of `a and b` or `a or b`, where the operands decide it."""
    deciding = operator == "or"
    is_open = False
    for operand in operands:
        answer = decided(evaluation, operand)
        if answer is deciding:
            return deciding
        is_open = is_open or answer is None
    return None if is_open else not deciding


def _is_instance(evaluation: Evaluation, subject: Expr, classes: Expr) -> bool | None:
    """The answer of `isinstance(subject, classes)`, where every alternative gives the same."""
    wanted = _class_names(evaluation, classes)
    members = alternatives(evaluation.again(subject))
    if not wanted or not members:
        return None
    answers = {_matches(evaluation, member, wanted) for member in members}
    return answers.pop() if len(answers) == 1 else None


def _class_names(evaluation: Evaluation, classes: Expr) -> list[str]:
    """The names of the classes in the second argument of `isinstance`; none where one is not known."""
    from async_audit.effects.evaluation import class_of_name

    wanted = evaluation.quietly(classes)
    items = getattr(wanted, "items", (wanted,))
    names = [class_of_name(item) for item in items if not isinstance(item, tuple)]
    return [] if "" in names else names


def _matches(evaluation: Evaluation, member: Value, names: list[str]) -> bool | None:
    """Whether a value is an instance of one of the named classes, as far as the classes are known."""
    classes = evaluation.program.classes
    match member:
        case ModelInstance(model=cls) | Instance(cls=cls):
            if any(name in classes.order(cls) for name in names):
                return True
            if cls.startswith("builtins."):
                return None if any(name.startswith("builtins.") for name in names) else False
            return None if classes.get(cls) is None or classes.is_open(cls) else False
        case Collection(kind=kind):
            return f"builtins.{kind}" in names or None
        case DictOf():
            return "builtins.dict" in names or None
        case Const(value=None):
            return False
        case Const(value=constant):
            if f"builtins.{type(constant).__name__}" in names:
                return True
            return None if any(name.startswith("builtins.") for name in names) else False
        case _:
            return None


def _is_none(subject: Value, operator: str) -> bool | None:
    """The answer of `subject is None`, where every alternative gives the same."""
    members = alternatives(subject)
    if not members or any(isinstance(member, _PERHAPS_NONE) for member in members):
        return None
    answers = {member == Const(None) for member in members}
    if len(answers) > 1:
        return None
    return answers.pop() is (operator == "is")


def _truth_of(evaluation: Evaluation, value: Value) -> bool | None:
    """The truth of a value; an instance without `__bool__` and `__len__` is always true."""
    match value:
        case ModelInstance(model=cls) | Instance(cls=cls):
            classes = evaluation.program.classes
            own = any(classes.member(cls, name) is not None for name in ("__bool__", "__len__"))
            known = classes.get(cls) is not None and not classes.is_open(cls)
            return True if known and not own else None
        case _:
            return _truth(value)


def _truth(value: Value) -> bool | None:
    match value:
        case Const(value=constant):
            return bool(constant)
        case Function():
            return True
        case TupleOf(items=items, kind="tuple") if items:
            # An empty one may be the default of a class, which its heirs replace.
            return True
        case _:
            return None


def narrow(evaluation: Evaluation, test: Expr, *, truthy: bool) -> None:
    """Drop what the variables of `test` cannot be on the branch where it is `truthy`."""
    match test:
        case (
            Operation(
                operators=("in",),
                operands=(
                    Literal(value=str(relation)),
                    Attribute(value=Attribute(value=subject, name="_state"), name="fields_cache"),
                ),
            )
            | Call(
                function=Attribute(value=Attribute(name=relation), name="is_cached"),
                arguments=(Argument(value=subject),),
            )
        ) if truthy:
            _learn_loaded(evaluation, subject, relation)
        case Name(id=name):
            _keep(evaluation, name, lambda value: _truth(value) is not (not truthy))
        case Walrus(target=Name(id=name)):
            _keep(evaluation, name, lambda value: _truth(value) is not (not truthy))
        case Operation(operators=("not",), operands=(operand,)):
            narrow(evaluation, operand, truthy=not truthy)
        case Operation(operators=("and",), operands=operands) if truthy:
            for operand in operands:
                narrow(evaluation, operand, truthy=True)
        case Operation(operators=("or",), operands=operands) if not truthy:
            for operand in operands:
                narrow(evaluation, operand, truthy=False)
        case Operation(operators=("is" | "==",), operands=(subject, Literal(value=None))):
            _none(evaluation, subject, is_none=truthy)
        case Operation(operators=("is not" | "!=",), operands=(subject, Literal(value=None))):
            _none(evaluation, subject, is_none=not truthy)
        case Call(function=Name(id="isinstance"), arguments=arguments) if len(arguments) == 2:
            _isinstance(evaluation, arguments[0].value, arguments[1].value, truthy=truthy)
        case _:
            return


def _learn_loaded(evaluation: Evaluation, subject: Expr, relation: str) -> None:
    """Django's own cache of an object has the relation in it."""
    for member in alternatives(evaluation.quietly(subject)):
        if isinstance(member, ModelInstance):
            evaluation.state.learn(member.origin, f"loaded {relation}", TRUE)


def _subject(expr: Expr) -> str:
    match expr:
        case Name(id=name) | Walrus(target=Name(id=name)):
            return name
        case _:
            return ""


def _none(evaluation: Evaluation, subject: Expr, *, is_none: bool) -> None:
    name = _subject(subject)
    if name:
        _keep(evaluation, name, lambda value: isinstance(value, Unknown) or (value == Const(None)) is is_none)


def _isinstance(evaluation: Evaluation, subject: Expr, classes: Expr, *, truthy: bool) -> None:
    from async_audit.effects.annotated import instance_value
    from async_audit.effects.attributes import held

    name = _subject(subject)
    names = _class_names(evaluation, classes)
    if isinstance(subject, Attribute):
        _narrow_attribute(evaluation, subject, names, truthy=truthy)
    if not name or not names:
        return
    members = alternatives(evaluation.name(name))
    if not truthy:
        _keep(evaluation, name, lambda member: _matches(evaluation, member, names) is not True)
        return
    kept = [member for member in members if _matches(evaluation, member, names)]
    if not kept:
        kept = [held(instance_value(evaluation.program, found, ())) for found in names]
    evaluation.bind(name, join(kept))


def _narrow_attribute(evaluation: Evaluation, subject: Attribute, names: list[str], *, truthy: bool) -> None:
    """Of the alternatives that `owner.name` may be, those that the test leaves are known of the owner."""
    owner = evaluation.quietly(subject.value)
    members = alternatives(evaluation.quietly(subject))
    if not names or not isinstance(owner, Instance) or len(members) < 2:
        return
    matched = [_matches(evaluation, member, names) for member in members]
    kept = [
        member
        for member, is_one in zip(members, matched, strict=True)
        if (bool(is_one) if truthy else is_one is not True)
    ]
    if kept and len(kept) < len(members):
        evaluation.state.learn(owner.origin, f".{subject.name}", join(kept))


def _keep(evaluation: Evaluation, name: str, condition: object) -> None:
    value = evaluation.name(name)
    members = alternatives(value)
    kept = [member for member in members if condition(member)]  # type: ignore[operator]
    if kept and len(kept) < len(members):
        evaluation.bind(name, join(kept))
