"""`value.name`, for every kind of value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import (
    arrivals,
    field_files,
    forms,
    instances,
    libraries,
    querysets,
    requests,
)
from async_audit.effects.annotated import UNTYPED, annotated, instance_value, promised
from async_audit.effects.consumption import missing_await, settled
from async_audit.effects.values import (
    FILLED,
    NONE,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    Bound,
    ClassObject,
    Collection,
    Const,
    DictOf,
    External,
    Function,
    Hop,
    Instance,
    Lazy,
    LazyUser,
    Manager,
    Method,
    ModelInstance,
    ModuleObject,
    Partial,
    Provenance,
    QuerySet,
    ReEntry,
    Super,
    TupleOf,
    Union,
    Unknown,
    Value,
    at_origin,
    is_flag,
    join,
)
from async_audit.findings import Confidence
from async_audit.project.classes import Member
from async_audit.project.decorator_names import decorator_name
from async_audit.syntax.facts import Assign, Attribute, Declare, Define, DefineClass, Expr

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_COROUTINE_METHODS = frozenset(
    {
        "cancel",
        "add_done_callback",
        "remove_done_callback",
        "result",
        "exception",
        "done",
        "cancelled",
        "close",
        "send",
        "throw",
        "set_name",
        "get_name",
        "__await__",
        "cr_frame",
        "cr_running",
    }
)


def read_attribute(evaluation: Evaluation, value: Value, name: str, expr: Expr) -> Value:
    """`value.name`, read at `expr`, for every alternative of `value`.

    `None` has no attributes that matter: a run in which it is the value ends here. And what a dictionary was
    filled with is what the code puts into it that finds it empty.
    """
    found = settled(value)
    if isinstance(found, Union) and not _IMMATERIAL.isdisjoint(found.members):
        found = join(member for member in found.members if member not in _IMMATERIAL)
    return evaluation.each(found, lambda member: _read(evaluation, member, name, expr))


_IMMATERIAL = frozenset({NONE, FILLED})


def _read(evaluation: Evaluation, value: Value, name: str, expr: Expr) -> Value:
    from async_audit.effects.super_objects import read_super  # mutual recursion

    match value:
        case ModuleObject(name=path):
            return evaluation.summaries.definitions.module_attribute(evaluation, path, name)
        case External(name="django.conf.settings"):
            return _setting(evaluation, name)
        case External(name=owner):
            return evaluation.summaries.definitions.library_value(evaluation, f"{owner}.{name}")
        case ClassObject():
            return _class_attribute(evaluation, value, name)
        case ModelInstance():
            return instances.read_attribute(evaluation, value, name, expr)
        case Manager() | QuerySet():
            return querysets.read_attribute(evaluation, value, name, expr)
        case Instance():
            return _instance_attribute(evaluation, value, name, expr)
        case Super():
            return read_super(evaluation, value, name, expr)
        case LazyUser():
            return read_attribute(evaluation, requests.use_user(evaluation, value, expr), name, expr)
        case Awaitable():
            if name not in _COROUTINE_METHODS:
                missing_await(evaluation, value, expr, f"asked for `{name}`")
                return UNTYPED
            return Method(value, "coroutine", name)
        case Hop() | ReEntry() | Partial():
            return UNTYPED
        case Collection() | TupleOf() | DictOf() | Lazy():
            return Method(value, "container", name)
        case Method() if isinstance(value.receiver, Instance):
            # A client's resources: `client.chat.completions.create`.
            return Method(value.receiver, value.owner, f"{value.name}.{name}")
        case Const(value=str()):
            return Method(value, "builtins.str", name)
        case Function() | Bound():
            return _function_attribute(evaluation, value, name)
        case _:
            return UNTYPED if not isinstance(value, Const) else Unknown("attribute of a constant")


def _setting(evaluation: Evaluation, name: str) -> Value:
    """`settings.NAME`, as the project's settings module assigns it."""
    for path in evaluation.program.settings.paths:
        if evaluation.program.names.lookup(path, name):
            value = evaluation.summaries.definitions.module_name(evaluation, path, name)
            # A setting's text or number may be another one at run time; its type hardly.
            return UNTYPED if isinstance(value, Const) else value
    return External(f"django.conf.settings.{name}")


def _function_attribute(evaluation: Evaluation, value: Function | Bound, name: str) -> Value:
    """An attribute of a function: a task's `delay` and its like are methods of the decorated object."""
    del evaluation
    return Method(value, "function", name)


def _class_attribute(evaluation: Evaluation, value: ClassObject, name: str) -> Value:
    program = evaluation.program
    is_model = program.models.is_model(value.name)
    if is_model:
        managers = program.models.get(value.name).managers
        if name in managers:
            return Manager(value.name, managers[name].classes)
        if name in {"objects", "_default_manager", "_base_manager"}:
            return Manager(value.name, instances.default_manager_classes(evaluation, value.name))
        if name in instances.ROW_EXCEPTIONS:
            return ClassObject(instances.NO_SUCH_ROW)
    member = program.classes.member(value.name, name)
    if member is None:
        if program.classes.derives(value.name, "django.db.models.QuerySet") and name == "as_manager":
            return Method(value, "class", name)
        if name == "from_queryset":
            return Method(value, "class", name)
        if program.classes.get(value.name) is None:
            return evaluation.summaries.definitions.library_value(evaluation, f"{value.name}.{name}")
        return _inherited_library_attribute(evaluation, value, name)
    match member.statement:
        case Define(function=facts):
            kinds = {_decorator_name(decorator) for decorator in facts.decorators}
            function = evaluation.summaries.definitions.function_value(
                evaluation, member.cls.path, facts, member.cls.name
            )
            if "classmethod" in kinds:
                return bound_to(function, value)
            return function
        case DefineClass(definition=definition):
            return ClassObject(program.classes.of(member.cls.path, definition).name)
        case Assign() if program.classes.derives(value.name, "enum.Enum") and not name.startswith("_"):
            return Instance(value.name, ("member", value.name, name))
        case _:
            return class_value(evaluation, member, name)


def _inherited_library_attribute(evaluation: Evaluation, value: ClassObject, name: str) -> Value:
    if name in {"as_view", "from_queryset"}:
        return Method(value, "class", name)
    program = evaluation.program
    for base in program.classes.library_bases(value.name):
        row = program.catalogue.method(base, name)
        if row is not None and row.special == "makes-schema":
            return Method(value, base, name)
    return Unknown(f"attribute {name} of a class")


def bound_to(function: Value, receiver: Value) -> Value:
    """A function of a class, whatever its decorators made of it, as a method of `receiver`."""
    match function:
        case Function():
            return Bound(function, receiver)
        case Hop(function=inner, thread=thread):
            return Hop(bound_to(inner, receiver), thread)
        case ReEntry(function=inner):
            return ReEntry(bound_to(inner, receiver))
        case Partial() | Bound() | Instance():
            return Partial(function, (Actual(receiver),))
        case _:
            return function


def _decorator_name(decorator: Expr) -> str:
    match decorator:
        case Attribute(name=name):
            return name
        case _:
            return str(getattr(decorator, "id", ""))


_PROPERTY_LIKE = frozenset({"property", "cached_property", "abstractproperty", "getter", "async_property"})
_BINDING = _PROPERTY_LIKE | {"staticmethod", "classmethod", "setter"}


def _kind(evaluation: Evaluation, member: Member, decorator: Expr) -> str:
    """The last part of a decorator's name; what it is imported as does not matter."""
    name = _decorator_name(decorator)
    if name in _BINDING:
        return name
    imported = decorator_name(evaluation.program, member.cls.path, decorator)
    return imported.rpartition(".")[2] or name


def member_value(evaluation: Evaluation, member: Member, receiver: Value, name: str, expr: Expr) -> Value:
    """What reading a class member through an instance gives: methods are bound, properties run."""
    match member.statement:
        case Define(function=facts):
            kinds = {_kind(evaluation, member, decorator) for decorator in facts.decorators}
            if kinds & _PROPERTY_LIKE:
                return _run_property(evaluation, member, receiver, name, expr)
            function = evaluation.summaries.definitions.function_value(
                evaluation, member.cls.path, facts, member.cls.name
            )
            if "staticmethod" in kinds:
                return function
            if "classmethod" in kinds and isinstance(receiver, Instance | ModelInstance):
                cls = receiver.cls if isinstance(receiver, Instance) else receiver.model
                return bound_to(function, ClassObject(cls))
            return bound_to(function, receiver)
        case DefineClass(definition=definition):
            return ClassObject(evaluation.program.classes.of(member.cls.path, definition).name)
        case Declare(value=None, annotation=annotation):
            found = _declared(evaluation, member, annotation)
            written = written_attribute(evaluation, member.cls.name, name)
            if promised(found):
                return held(found)
            return written if written is not None else found
        case statement:
            value = class_value(evaluation, member, name)
            if not isinstance(value, Const):
                return value
            return join([value, *_later_values(evaluation, member, statement, receiver, name)])


def _declared(evaluation: Evaluation, member: Member, annotation: Expr) -> Value:
    return evaluation.summaries.definitions.in_module(
        evaluation, member.cls.path, lambda inner: annotated(inner, annotation)
    )


def _later_values(
    evaluation: Evaluation, member: Member, statement: object, receiver: Value, name: str
) -> Iterator[Value]:
    """What an instance may hold instead of a constant that its class starts with.

    An annotated one is a field where constructors take it (dataclasses, pydantic), and otherwise meant to
    be set.
    """
    if isinstance(statement, Declare):
        yield held(_declared(evaluation, member, statement.annotation))
    cls = receiver.cls if isinstance(receiver, Instance) else member.cls.name
    written = written_attribute(evaluation, cls, name)
    if written is not None:
        yield written


def _run_property(evaluation: Evaluation, member: Member, receiver: Value, name: str, expr: Expr) -> Value:
    """Read a property: its function runs on this thread. A cached one runs once an object."""
    assert isinstance(member.statement, Define)
    facts = member.statement.function
    origin = getattr(receiver, "origin", ())
    cached = any(_kind(evaluation, member, decorator) == "cached_property" for decorator in facts.decorators)
    known = evaluation.state.known(origin, f".{name}") if cached and origin else None
    if known is not None:
        return known
    if cached and isinstance(receiver, ModelInstance) and name in receiver.loaded:
        with evaluation.muted():
            return evaluation.call(
                Bound(Function(member.cls.path, facts, member.cls.name), receiver), (), expr
            )
    function = Function(member.cls.path, facts, member.cls.name)
    with evaluation.collected() as effects:
        result = evaluation.call(Bound(function, receiver), (), expr)
    # A cached property queries only where nobody has read it before.
    unsure = (replace(effect, confidence=Confidence.LIKELY) for effect in effects)
    evaluation.note(list(unsure) if cached else effects)
    if cached and origin:
        evaluation.state.learn(origin, f".{name}", result)
        if _works(evaluation, function, receiver):
            evaluation.state.learn(origin, f"warm {name}", TRUE)
    return result


def _works(evaluation: Evaluation, function: Function, receiver: Value) -> bool:
    """Whether computing a property queries or blocks, so that having done it once matters."""
    from async_audit.effects.calls import summary_of

    summary, _ = summary_of(evaluation, function, (Actual(receiver),))
    return bool(summary.effects)


def class_value(evaluation: Evaluation, member: Member, name: str) -> Value:
    """The value that a class body assigns to a name."""
    return evaluation.summaries.definitions.class_member(evaluation, member, name)


def written_attribute(evaluation: Evaluation, cls: str, name: str) -> Value | None:
    """What the methods of a class assign to `self.name`; nothing where none does."""
    values: list[Value] = []
    for owner, method in evaluation.program.classes.writers(cls, name):
        function = Function(owner.path, method, owner.name)
        values.append(evaluation.summaries.attribute_written(evaluation, function, name))
    known = [held(value) for value in values if promised(value)]
    if not known:
        return values[0] if values else None
    is_set_again = all(map(is_flag, known)) and (
        len(known) < len(values) or evaluation.program.reassigned.of_instance(name)
    )
    return join((*known, UNTYPED) if is_set_again else known)


def held(value: Value) -> Value:
    """A value as another method finds it in an attribute: what it has loaded by then is not known."""
    match value:
        case ModelInstance():
            return ModelInstance(value.model, value.origin, provenance=Provenance.HELD)
        case Collection(element=element):
            return replace(value, element=held(element))
        case Union(members=members):
            return join(held(member) for member in members)
        case _:
            return value


def _instance_attribute(evaluation: Evaluation, value: Instance, name: str, expr: Expr) -> Value:
    assigned = evaluation.state.known(value.origin, f".{name}")
    if assigned is not None:
        return assigned
    if value.held and not evaluation.state.heap.get(value.origin):
        for held_name, content in value.held:
            if held_name == name:
                return at_origin(content, (*value.origin, f".{name}") if value.origin else ())
    program = evaluation.program
    if value.cls == requests.LAZY_OBJECT and value.parts:
        return read_attribute(evaluation, _unwrapped(evaluation, value, expr), name, expr)
    if requests.is_request(evaluation, value):
        found = requests.read_attribute(evaluation, value, name, expr)
        if found is not None:
            return found
    for current in program.classes.order(value.cls) if program.catalogue.own else ():
        if f"{current}.{name}" in program.catalogue.own:
            return Method(value, current, name)
    member = program.classes.member(value.cls, name)
    if member is not None:
        return member_value(evaluation, member, value, name, expr)
    shown = forms.read_attribute(evaluation, value, name, expr)
    if shown is not None:
        return shown
    written = written_attribute(evaluation, value.cls, name)
    if written is not None and promised(written):
        return written
    for current in program.classes.order(value.cls):
        row = program.catalogue.method(current, name) if program.classes.get(current) is None else None
        if row is not None and row.special == "property":
            libraries.report(evaluation, row, evaluation.spelled(expr), expr)
            return UNTYPED
        if row is not None and row.special == "storage":
            return field_files.storage_of(evaluation, value, expr)
        if row is not None and row.special == "attribute":
            return instance_value(program, row.returns, (*value.origin, name) if value.origin else ())
        if row is not None:
            return Method(value, current, name)
    special = _special_attribute(evaluation, value, name)
    if special is not None:
        return special
    if program.classes.member(value.cls, "__getattr__") is not None:
        return evaluation.call_method(value, "__getattr__", (Actual(Const(name)),), expr)
    if written is not None:
        return written
    if value.cls.startswith("builtins."):
        return Method(value, value.cls, name)
    return Method(value, value.cls, name)


def _unwrapped(evaluation: Evaluation, lazy: Instance, expr: Expr) -> Value:
    """What a lazy object stands for; its function runs at the first use."""
    known = evaluation.state.known(lazy.origin, "wrapped")
    if known is not None:
        return known
    made = evaluation.call(lazy.parts[0], (), expr)
    evaluation.state.learn(lazy.origin, "wrapped", made)
    return made


def _special_attribute(evaluation: Evaluation, value: Instance, name: str) -> Value | None:
    """Attributes that frameworks set on the instances of project classes."""
    order = evaluation.program.classes.order(value.cls)
    if name == "request" and any("View" in current or "Consumer" in current for current in order):
        origin = (*(value.origin or ("self",)), "request")
        if requests.EARLY_VIEW in order:
            evaluation.state.learn(origin, "user loaded", TRUE)
        elif evaluation.scopes and evaluation.state.known(origin, "arrived") is None:
            function = evaluation.scopes[0].function
            arrivals.learn(evaluation, origin, evaluation.summaries.arrivals.at(function, value))
            evaluation.state.learn(origin, "arrived", TRUE)
        return Instance(requests.REQUEST, origin)
    if name == "object_list" and value.parts:
        return value.parts[0]
    if name == "cleaned_data":
        return DictOf((), UNTYPED)
    if name == "__class__":
        return ClassObject(value.cls)
    if name in {"__dict__", "__doc__", "__name__", "__module__"}:
        return STRING
    return None
