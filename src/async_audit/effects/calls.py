"""Calls: what runs, with which arguments, on which thread, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from async_audit.effects import bridges, containers, instances, libraries, querysets, requests
from async_audit.effects.annotated import UNTYPED, annotated, instance_value, promised
from async_audit.effects.kinds import Category, Effect, Kind, awaits_by_category
from async_audit.effects.summaries import CallKey, Summary
from async_audit.effects.values import (
    NEVER,
    NOWHERE,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    Bound,
    ClassObject,
    Collection,
    Const,
    ContextCall,
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
    Partial,
    QuerySet,
    ReEntry,
    Shape,
    Super,
    TupleOf,
    Union,
    Unknown,
    Value,
    alternatives,
    at_origin,
    join,
)
from async_audit.findings import Confidence
from async_audit.syntax.facts import Expr, FunctionFacts, Literal, Parameter, ParameterKind

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_DEEPEST_INLINE = 12
"""Nested functions that call each other inline are followed this far; recursion ends here too."""


def call(evaluation: Evaluation, function: Value, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """The value of calling any of the alternatives of `function`."""
    members = alternatives(function)
    if len(members) < 2:
        return evaluation.each(function, lambda member: _call(evaluation, member, actuals, expr))
    # Which alternative it is depends on the run, and so does what it does.
    with evaluation.collected() as effects:
        result = evaluation.each(function, lambda member: _call(evaluation, member, actuals, expr))
    unsure = {Kind.QUERIES, Kind.BLOCKS, Kind.MISUSES}
    evaluation.note(
        [
            replace(effect, confidence=Confidence.LIKELY) if effect.kind in unsure else effect
            for effect in effects
        ]
    )
    return result


def _call(evaluation: Evaluation, function: Value, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    match function:
        case Function():
            return call_function(evaluation, function, actuals, expr)
        case Bound(function=inner, receiver=receiver):
            return call_function(evaluation, inner, (Actual(receiver), *actuals), expr)
        case Partial(function=inner, actuals=given):
            return call(evaluation, inner, (*given, *actuals), expr)
        case ClassObject():
            return construct(evaluation, function, actuals, expr)
        case External():
            return libraries.call(evaluation, function, actuals, expr)
        case Method():
            return _call_method(evaluation, function, actuals, expr)
        case Hop():
            return bridges.call_hop(evaluation, function, actuals, expr)
        case ReEntry():
            return bridges.call_reentry(evaluation, function, actuals, expr)
        case Instance(cls=cls):
            if evaluation.program.classes.member(cls, "__call__") is not None:
                return evaluation.call_method(function, "__call__", actuals, expr)
            return libraries.call_instance(evaluation, function, actuals, expr)
        case LazyUser():
            requests.use_user(evaluation, function, expr)
            return UNTYPED
        case _:
            reason = _reason(function)
            evaluation.emit(Kind.UNKNOWN, Category.UNRESOLVED_CALL, expr, reason)
            return Unknown(reason)


def _reason(function: Value) -> str:
    return function.reason if isinstance(function, Unknown) else "a call of something that is no function"


def _call_method(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    match method.owner:
        case "queryset" | "related" | "no such twin" if isinstance(method.receiver, Manager | QuerySet):
            return querysets.call_method(evaluation, method, actuals, expr)
        case "instance" | "neighbour" | "display" | "no such twin":
            return instances.call_method(evaluation, method, actuals, expr)
        case "container" | "builtins.str" | "builtins.list" | "builtins.dict":
            return containers.call_method(evaluation, method, actuals, expr)
        case "asynchronous dispatch":
            origin = evaluation.make((expr.end, "awaitable"))
            return Awaitable(UNTYPED, "super().dispatch", AwaitKind.PROJECT, origin)
        case "function" | "coroutine":
            return bridges.call_function_method(evaluation, method, actuals, expr)
        case _:
            return libraries.call_method(evaluation, method, actuals, expr)


# -- project functions ------------------------------------------------------------------------------------


def call_function(
    evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    """Call a project function: inline where it is nested here, by its summary otherwise."""
    facts = function.facts
    if function.frame and evaluation.live_scope(function.frame) is not None:
        return _call_nested(evaluation, function, actuals, expr)
    if facts.is_async:
        return _coroutine(evaluation, function, actuals, expr)
    if facts.is_generator:
        return _generator(evaluation, function, actuals)
    summary, key = summary_of(evaluation, function, actuals)
    if _is_memoised(facts):
        _call_memoised(evaluation, function, summary, expr)
    else:
        evaluation.emit_through(summary.effects, expr, _via(evaluation, function, expr), facts.qualname)
    apply_writes(evaluation, summary, key, expr)
    return returned(evaluation, summary, key, expr)


def _is_memoised(facts: FunctionFacts) -> bool:
    """Whether `functools` keeps the function's results."""
    targets = [getattr(decorator, "function", decorator) for decorator in facts.decorators]
    return any(_names(target, "lru_cache") or _names(target, "cache") for target in targets)


def _call_memoised(evaluation: Evaluation, function: Function, summary: Summary, expr: Expr) -> None:
    """A memoised function works at its first call at most; which call that is, is rarely known."""
    origin = ("memo", function.module, function.facts.qualname)
    if evaluation.state.known(origin, "called") is None:
        with evaluation.collected() as effects:
            evaluation.emit_through(
                summary.effects, expr, _via(evaluation, function, expr), function.facts.qualname
            )
        evaluation.note([replace(effect, confidence=Confidence.LIKELY) for effect in effects])
    evaluation.state.learn(origin, "called", TRUE)


def _via(evaluation: Evaluation, function: Function, expr: Expr) -> str:
    callee = getattr(expr, "function", None)
    spelling = evaluation.spelled(callee) if callee is not None else ""
    name = function.facts.name
    return f"`{spelling}`" if spelling.endswith(name) else f"`{function.facts.qualname}`"


def summary_of(
    evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...]
) -> tuple[Summary, CallKey]:
    """The summary of a function for these arguments, and the key that maps its parameters to them."""
    bound = bind_actuals(function.facts, actuals)
    key = CallKey.of(function, bound, evaluation)
    return evaluation.summaries.get(evaluation, key), replace(key, given=bound)


def bind_actuals(facts: FunctionFacts, actuals: tuple[Actual, ...]) -> tuple[tuple[str, Value], ...]:
    """The parameters that the arguments fill, by name."""
    parameters = facts.parameters
    by_name = {p.name: p for p in parameters}
    positional = [p for p in parameters if p.kind is ParameterKind.POSITIONAL]
    bound: dict[str, Value] = {}
    extra: list[Value] = []
    keywords: list[tuple[str, Value]] = []
    position = 0
    spread = False
    for actual in actuals:
        if actual.keyword:
            parameter = by_name.get(actual.keyword)
            if parameter is not None and parameter.kind in {ParameterKind.POSITIONAL, ParameterKind.KEYWORD}:
                bound[actual.keyword] = actual.value
            else:
                keywords.append((actual.keyword, actual.value))
        elif actual.spread:
            spread = True
        elif position < len(positional) and not spread:
            bound[positional[position].name] = actual.value
            position += 1
        else:
            extra.append(actual.value)
    for parameter in parameters:
        default = parameter.default
        if (
            parameter.name not in bound
            and not spread
            and isinstance(default, Literal)
            and (default.value is None or isinstance(default.value, bool))
        ):
            bound[parameter.name] = Const(default.value)
        if parameter.kind is ParameterKind.VAR_POSITIONAL and (extra or not spread):
            bound[parameter.name] = TupleOf(tuple(extra))
        elif parameter.kind is ParameterKind.VAR_KEYWORD and (keywords or not spread):
            bound[parameter.name] = DictOf(tuple(keywords))
    return tuple(bound.items())


def bind_parameters(evaluation: Evaluation, function: Function, given: dict[str, Value]) -> None:
    """Bind the parameters of the function whose scope was just opened."""
    for position, parameter in enumerate(function.facts.parameters):
        origin = ("param", parameter.name)
        value = given.get(parameter.name)
        if value is None or isinstance(value, Unknown):
            value = _assumed(evaluation, function, parameter, position, passed=value is not None)
        evaluation.bind_here(parameter.name, value)
        if isinstance(value, Instance):
            for name, content in value.held:
                evaluation.state.learn(value.origin, f".{name}", content)
            if Const("user loaded") in value.parts:
                evaluation.state.learn(value.origin, "user loaded", TRUE)
            if Const("session loaded") in value.parts:
                evaluation.state.learn((*value.origin, "session"), "loaded", TRUE)
        if getattr(value, "origin", NOWHERE) == origin and origin not in evaluation.state.heap:
            evaluation.state.make(origin)


def _assumed(
    evaluation: Evaluation, function: Function, parameter: Parameter, position: int, *, passed: bool
) -> Value:
    """What a parameter is where the call does not tell: by its annotation, its role or its default."""
    origin = ("param", parameter.name)
    if parameter.kind is ParameterKind.VAR_POSITIONAL:
        return Collection("tuple", UNTYPED)
    if parameter.kind is ParameterKind.VAR_KEYWORD:
        return DictOf((), UNTYPED)
    if position == 0 and function.owner and not _is_static(function.facts):
        cls = function.owner
        if any(getattr(d, "id", "") == "classmethod" for d in function.facts.decorators):
            return ClassObject(cls)
        return receiver_of(evaluation, cls)
    if parameter.annotation is not None:
        value = annotated(evaluation, parameter.annotation, origin)
        if isinstance(value, Instance) and parameter.default is not None and not passed:
            default = evaluation.quietly(parameter.default)
            if isinstance(default, Instance) and evaluation.program.classes.derives(
                value.cls, "typing.Protocol"
            ):
                return default
        if promised(value):
            return value
    if (
        parameter.name == "request"
        and parameter.annotation is None
        and not evaluation.program.imports_other_framework(function.module)
    ):
        return Instance(requests.REQUEST, origin)
    if parameter.default is not None and not passed:
        value = evaluation.quietly(parameter.default)
        # A caller may pass anything instead of a plain default; a class or function says more.
        return value if isinstance(value, Function | ClassObject | Instance) else UNTYPED
    return UNTYPED


def receiver_of(evaluation: Evaluation, cls: str) -> Value:
    """`self` in a method of the class."""
    program = evaluation.program
    origin = ("param", "self")
    if program.models.is_model(cls):
        from async_audit.effects.values import Provenance

        return ModelInstance(cls, origin, provenance=Provenance.GIVEN)
    if program.classes.derives(cls, "django.db.models.QuerySet"):
        return QuerySet("", (cls,), origin)
    if program.classes.derives(cls, "django.db.models.Manager"):
        return Manager("", (cls,), origin)
    return Instance(cls, origin)


def _is_static(facts: FunctionFacts) -> bool:
    return any(getattr(decorator, "id", "") == "staticmethod" for decorator in facts.decorators)


def apply_writes(evaluation: Evaluation, summary: Summary, key: CallKey, expr: Expr) -> None:
    """What the called function learned about its arguments holds afterwards."""
    given = dict(key.given)
    for parameter, fact, value in summary.writes:
        target = given.get(parameter)
        for member in alternatives(target) if target is not None else ():
            origin = getattr(member, "origin", NOWHERE)
            if isinstance(member, Instance | ModelInstance | QuerySet | Manager):
                kept = at_origin(value, (expr.end, fact)) if fact.startswith(".") else value
                evaluation.state.learn(origin, fact, kept)


def returned(evaluation: Evaluation, summary: Summary, key: CallKey, expr: Expr) -> Value:
    """The result of a summary as the caller sees it: parameters replaced by the arguments."""
    given = dict(key.given)
    return _substitute(evaluation, summary.result, given, (expr.end, "result"))


def _substitute(
    evaluation: Evaluation, value: Value, given: dict[str, Value], origin: tuple[int | str, ...]
) -> Value:
    found = getattr(value, "origin", NOWHERE)
    if len(found) == 2 and found[0] == "param":
        argument = given.get(str(found[1]))
        if argument is not None and not isinstance(argument, Unknown):
            return argument
        return value if not hasattr(value, "origin") else at_origin(value, evaluation.make(origin))
    match value:
        case Union(members=members):
            return join(
                _substitute(evaluation, member, given, (*origin, index) if index else origin)
                for index, member in enumerate(members)
            )
        case TupleOf(items=items):
            parts = tuple(
                _substitute(evaluation, item, given, (*origin, index)) for index, item in enumerate(items)
            )
            return TupleOf(parts, value.kind, origin)
        case Instance() | ModelInstance() | Manager() | QuerySet() | Collection() | DictOf() | Awaitable():
            return at_origin(value, evaluation.make(origin))
        case _:
            return value


def _coroutine(evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    from async_audit.effects.attributes import held

    facts = function.facts
    summary, key = summary_of(evaluation, function, actuals)
    if facts.is_generator:
        return Lazy(summary.result, is_async=True, waits=summary.awaits)
    result = returned(evaluation, summary, key, expr)
    if not promised(result) and facts.returns is not None:
        result = held(_annotated_result(evaluation, function, expr))
    origin = evaluation.make((expr.end, "awaitable"))
    what = evaluation.spelled(getattr(expr, "function", expr))
    return Awaitable(
        result,
        what,
        AwaitKind.PROJECT,
        origin,
        access_check=evaluation.program.is_access_check(facts.name),
        context=ContextCall(function, actuals),
    )


def _annotated_result(evaluation: Evaluation, function: Function, expr: Expr) -> Value:
    assert function.facts.returns is not None
    annotation = function.facts.returns
    return evaluation.summaries.in_module(
        evaluation, function.module, lambda inner: annotated(inner, annotation, (expr.end, "result"))
    )


def apply_awaited(evaluation: Evaluation, context: ContextCall, expr: Expr) -> None:
    """What an awaited project coroutine learned about its arguments holds after the await."""
    if context.function.frame and evaluation.live_scope(context.function.frame) is not None:
        return
    summary, key = summary_of(evaluation, context.function, context.actuals)
    apply_writes(evaluation, summary, key, expr)


def context_effects(evaluation: Evaluation, context: ContextCall) -> tuple[Effect, ...]:
    """The effects a project coroutine has with these arguments that it has not with any.

    What it does whatever it is called with is reported in the coroutine itself.
    """
    if context.function.frame and evaluation.live_scope(context.function.frame) is not None:
        return ()
    summary, key = summary_of(evaluation, context.function, context.actuals)
    generic = CallKey.of(context.function, ())
    if replace(key, given=()) == generic:
        return ()
    usual = {effect.category for effect in evaluation.summaries.get(evaluation, generic).effects}
    return tuple(effect for effect in summary.effects if effect.category not in usual)


def _generator(evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...]) -> Value:
    summary, _ = summary_of(evaluation, function, actuals)
    if any(_names(decorator, "contextmanager") for decorator in function.facts.decorators):
        return Instance("contextlib.GeneratorContextManager", NOWHERE, (_pack(function, actuals, summary),))
    return Lazy(summary.result, generator=ContextCall(function, actuals))


def _pack(function: Function, actuals: tuple[Actual, ...], summary: Summary) -> Value:
    return Lazy(summary.result, generator=ContextCall(function, actuals))


def _names(decorator: Expr, name: str) -> bool:
    return getattr(decorator, "id", getattr(decorator, "name", "")) == name


def run_generator(evaluation: Evaluation, context: ContextCall, expr: Expr) -> Value:
    """Consume a generator function's iterator on this thread."""
    function = context.function
    if function.frame and evaluation.live_scope(function.frame) is not None:
        return _run_inline(evaluation, function, context.actuals)[1]
    summary, key = summary_of(evaluation, function, context.actuals)
    evaluation.emit_through(summary.effects, expr, f"`{function.facts.qualname}`", function.facts.qualname)
    return returned(evaluation, summary, key, expr)


# -- functions nested in the evaluated one ------------------------------------------------------------------


def _call_nested(
    evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    facts = function.facts
    if facts.is_async:
        with evaluation.probing(), evaluation.unmuted(), evaluation.collected() as effects:
            result, produced = _run_inline(evaluation, function, actuals)
        if facts.is_generator:
            return Lazy(produced, is_async=True, waits=awaits_by_category(effects))
        origin = evaluation.make((expr.end, "awaitable"))
        waits = awaits_by_category(effects)
        return Awaitable(result, facts.name, AwaitKind.PROJECT, origin, waits=waits)
    if facts.is_generator:
        with evaluation.probing():
            _, produced = _run_inline(evaluation, function, actuals)
        return Lazy(produced, generator=ContextCall(function, actuals))
    return _run_inline(evaluation, function, actuals)[0]


def _run_inline(
    evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...]
) -> tuple[Value, Value]:
    """Run a nested function's body here; returns what it returns and what it yields."""
    from async_audit.effects.statements import run_body

    running = any(scope.facts is function.facts for scope in evaluation.scopes)
    if running or len(evaluation.scopes) > _DEEPEST_INLINE:
        return NEVER if running else Unknown("functions nested too deeply"), NEVER
    scope = evaluation.open_scope(function)
    given = dict(bind_actuals(function.facts, actuals))
    bind_parameters(evaluation, function, given)
    reachable = evaluation.state.reachable
    run_body(evaluation, function.facts)
    evaluation.state.reachable = reachable
    evaluation.close_scope()
    return join(scope.returned), join(scope.yielded)


# -- classes ------------------------------------------------------------------------------------------------


def construct(evaluation: Evaluation, cls: ClassObject, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`Class(…)`: `__init__` runs on this thread."""
    program = evaluation.program
    name = cls.name
    if name == "django.contrib.auth.get_user_model()":
        name = program.models.user_model
    if program.models.is_model(name):
        _run_constructor(evaluation, name, ModelInstance(name, (expr.end, "instance")), actuals, expr)
        return instances.construct(evaluation, name, actuals, expr)
    from async_audit.effects import forms

    special = forms.construct(evaluation, name, actuals, expr)
    if special is not None:
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
    for method in ("__new__", "__init__"):
        member = evaluation.program.classes.member(name, method)
        facts = member.cls.function(method) if member is not None else None
        if member is not None and facts is not None:
            found = True
            function = Function(member.cls.path, facts, member.cls.name)
            receiver = ClassObject(name) if method == "__new__" else value
            summary, key = summary_of(evaluation, function, (Actual(receiver), *actuals))
            evaluation.emit_through(summary.effects, expr, f"`{name.rpartition('.')[2]}`", facts.qualname)
            apply_writes(evaluation, summary, key, expr)
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


def is_super(value: Value) -> bool:
    """Whether the value is `super()`."""
    return isinstance(value, Super)


def constant(value: Value) -> object:
    """The constant behind a value, if it is one."""
    return value.value if isinstance(value, Const) else None


def plain_shape(value: QuerySet) -> bool:
    """Whether a queryset yields instances."""
    return value.shape is Shape.INSTANCES
