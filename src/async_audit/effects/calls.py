"""Calls: what runs, with which arguments, on which thread, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import (
    bridges,
    construction,
    containers,
    forgotten,
    instances,
    libraries,
    queryset_methods,
    requests,
)
from async_audit.effects.annotated import UNTYPED, annotated, promised
from async_audit.effects.arguments import bind_actuals, bind_parameters
from async_audit.effects.call_keys import CallKey
from async_audit.effects.handed_over import note_call
from async_audit.effects.kinds import REQUESTS_OWN, Category, Effect, Kind
from async_audit.effects.learned import apply_writes
from async_audit.effects.portable import portable
from async_audit.effects.summaries import Summary
from async_audit.effects.tallies import tally
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
    TupleOf,
    Union,
    Unknown,
    Value,
    alternatives,
    at_origin,
    join,
)
from async_audit.findings import Confidence
from async_audit.syntax.facts import Expr, FunctionFacts

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.effects.state import State

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
            return construction.construct(evaluation, function, actuals, expr)
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
            forgotten.check_given(evaluation, actuals, expr)
            return queryset_methods.call_method(evaluation, method, actuals, expr)
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
    note_call(evaluation, function, actuals)
    if function.frame and evaluation.live_scope(function.frame) is not None:
        return _call_nested(evaluation, function, actuals, expr)
    if facts.is_async:
        return _coroutine(evaluation, function, actuals, expr)
    if facts.is_generator:
        return _generator(evaluation, function, actuals)
    summary, given = summary_of(evaluation, function, actuals)
    if _is_memoised(facts):
        _call_memoised(evaluation, function, summary, expr)
    else:
        evaluation.emit_through(summary.effects, expr, _via(evaluation, function, expr), facts.qualname)
    apply_writes(evaluation, summary.writes, given, expr)
    return returned(evaluation, summary, given, expr)


def _is_memoised(facts: FunctionFacts) -> bool:
    """Whether `functools` keeps the function's results."""
    targets = [getattr(decorator, "function", decorator) for decorator in facts.decorators]
    return any(_names(target, "lru_cache") or _names(target, "cache") for target in targets)


def _call_memoised(evaluation: Evaluation, function: Function, summary: Summary, expr: Expr) -> None:
    """A memoised function works at its first call at most; which call that is, is rarely known.

    One without parameters then blocks once in the life of a process, which keeps nobody waiting for long.
    A query raises all the same, and an exception is not kept.
    """
    once = not function.facts.parameters
    done = tuple(effect for effect in summary.effects if not (once and effect.kind is Kind.BLOCKS))
    origin = ("memo", function.module, function.facts.qualname)
    if evaluation.state.known(origin, "called") is None:
        with evaluation.collected() as effects:
            evaluation.emit_through(done, expr, _via(evaluation, function, expr), function.facts.qualname)
        evaluation.note([replace(effect, confidence=Confidence.LIKELY) for effect in effects])
    evaluation.state.learn(origin, "called", TRUE)


def _via(evaluation: Evaluation, function: Function, expr: Expr) -> str:
    callee = getattr(expr, "function", None)
    spelling = evaluation.spelled(callee) if callee is not None else ""
    name = function.facts.name
    return f"`{spelling}`" if spelling.endswith(name) else f"`{function.facts.qualname}`"


def summary_of(
    evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...]
) -> tuple[Summary, dict[str, Value]]:
    """The summary of a function for these arguments, and its parameters with what they are given."""
    bound = bind_actuals(function.facts, actuals)
    key = CallKey.of(function, bound, evaluation)
    return evaluation.summaries.get(evaluation, key), dict(bound)


def key_of(evaluation: Evaluation, context: ContextCall) -> CallKey:
    """Under which key the summary of a project coroutine's call is known."""
    return CallKey.of(context.function, bind_actuals(context.function.facts, context.actuals), evaluation)


def returned(evaluation: Evaluation, summary: Summary, given: dict[str, Value], expr: Expr) -> Value:
    """The result of a summary as the caller sees it: parameters replaced by the arguments."""
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
        case Instance(held=held) if held:
            return with_held(evaluation, replace(value, origin=evaluation.make(origin)))
        case Instance() | ModelInstance() | Manager() | QuerySet() | Collection() | DictOf() | Awaitable():
            return at_origin(value, evaluation.make(origin))
        case _:
            return value


def with_held(evaluation: Evaluation, value: Instance) -> Value:
    """An instance that came from another function: what it holds is known here by its own origin."""
    for name, content in value.held:
        evaluation.state.learn(value.origin, f".{name}", at_origin(content, (*value.origin, f".{name}")))
    return replace(value, held=())


def _coroutine(evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    from async_audit.effects.attributes import held

    facts = function.facts
    summary, given = summary_of(evaluation, function, actuals)
    if facts.is_generator:
        return _asynchronously_produced(facts, Lazy(summary.result, is_async=True, waits=summary.awaits))
    result = returned(evaluation, summary, given, expr)
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
    return evaluation.summaries.definitions.in_module(
        evaluation, function.module, lambda inner: annotated(inner, annotation, (expr.end, "result"))
    )


def apply_awaited(evaluation: Evaluation, context: ContextCall, expr: Expr) -> None:
    """What an awaited project coroutine learned about its arguments holds after the await."""
    if context.function.frame and evaluation.live_scope(context.function.frame) is not None:
        return
    summary, given = summary_of(evaluation, context.function, context.actuals)
    apply_writes(evaluation, summary.writes, given, expr)


def context_effects(evaluation: Evaluation, context: ContextCall) -> tuple[Effect, ...]:
    """The effects a project coroutine has with these arguments that it has not with any.

    What it does whatever it is called with is reported in the coroutine itself.
    """
    if context.function.frame and evaluation.live_scope(context.function.frame) is not None:
        return ()
    key = key_of(evaluation, context)
    summary = evaluation.summaries.get(evaluation, key)
    generic = CallKey.of(context.function, ())
    if key == generic:
        return ()
    unbound = evaluation.summaries.get(evaluation, generic).effects
    usual = {effect.category for effect in unbound if not effect.behind}
    usual.update((Category.SLOW_WORK, Category.EXECUTOR))
    return tuple(effect for effect in summary.effects if effect.category not in usual)


def requests_own(evaluation: Evaluation, context: ContextCall) -> tuple[Effect, ...]:
    """What a project coroutine does to the request of whoever awaits it, such as slow work."""
    if context.function.frame and evaluation.live_scope(context.function.frame) is not None:
        return ()
    summary, _ = summary_of(evaluation, context.function, context.actuals)
    return tuple(effect for effect in summary.effects if effect.kind in REQUESTS_OWN)


def _generator(evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...]) -> Value:
    summary, _ = summary_of(evaluation, function, actuals)
    return _produced_by(function, actuals, summary.result)


def _produced_by(function: Function, actuals: tuple[Actual, ...], element: Value) -> Value:
    """What calling a generator function gives: an iterator, or the context manager that is made of it."""
    iterator = Lazy(element, generator=ContextCall(function, actuals))
    if any(_names(decorator, "contextmanager") for decorator in function.facts.decorators):
        return Instance("contextlib.GeneratorContextManager", NOWHERE, (iterator,))
    return iterator


def _asynchronously_produced(facts: FunctionFacts, iterator: Lazy) -> Value:
    """What calling an asynchronous generator function gives: it, or the context manager made of it."""
    if len(facts.decorators) == 1 and _names(facts.decorators[0], "asynccontextmanager"):
        return Instance("contextlib.AsyncGeneratorContextManager", NOWHERE, (iterator,))
    return iterator


def _names(decorator: Expr, name: str) -> bool:
    return getattr(decorator, "id", getattr(decorator, "name", "")) == name


def run_generator(evaluation: Evaluation, context: ContextCall, expr: Expr) -> Value:
    """Consume a generator function's iterator on this thread."""
    function = context.function
    if function.frame and evaluation.live_scope(function.frame) is not None:
        return _run_inline(evaluation, function, context.actuals)[1]
    summary, given = summary_of(evaluation, function, context.actuals)
    evaluation.emit_through(summary.effects, expr, f"`{function.facts.qualname}`", function.facts.qualname)
    return returned(evaluation, summary, given, expr)


# -- functions nested in the evaluated one ------------------------------------------------------------------


def _call_nested(
    evaluation: Evaluation, function: Function, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    facts = function.facts
    if facts.is_async:
        _remember_given(evaluation, facts, actuals)
        with evaluation.probing(), evaluation.unmuted(), evaluation.collected() as effects:
            result, produced = _run_inline(evaluation, function, actuals)
            after = evaluation.state
        _keep_learned(evaluation, after)
        if facts.is_generator:
            return _asynchronously_produced(facts, Lazy(produced, is_async=True, waits=tally(facts, effects)))
        origin = evaluation.make((expr.end, "awaitable"))
        waits = tally(facts, effects)
        return Awaitable(result, facts.name, AwaitKind.PROJECT, origin, waits=waits)
    if facts.is_generator:
        with evaluation.probing():
            _, produced = _run_inline(evaluation, function, actuals)
        return _produced_by(function, actuals, produced)
    return _run_inline(evaluation, function, actuals)[0]


def _keep_learned(evaluation: Evaluation, after: State) -> None:
    """What a nested coroutine has done to the variables and objects around it holds once it is awaited."""
    state = evaluation.state
    for origin, facts in after.heap.items():
        known = state.heap.get(origin)
        # What came into being inside is made anew when the coroutine is told of itself.
        if known is not None and known is not facts:
            state.heap[origin] = {**known, **facts}
    for name, value in state.variables.items():
        changed = after.variables.get(name, value)
        if changed is not value and changed != value:
            state.variables[name] = join((value, changed))


def _remember_given(evaluation: Evaluation, facts: FunctionFacts, actuals: tuple[Actual, ...]) -> None:
    """Keep what a nested coroutine is called with, for its own audit when the body around it is done."""
    given = evaluation.given_to_nested.setdefault(facts, {})
    for name, value in bind_actuals(facts, actuals):
        reduced = portable(evaluation, value, ("given", name))
        if reduced is not None and not isinstance(reduced, Const):
            given[name] = join((given.get(name, NEVER), reduced))


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
    before = evaluation.state
    evaluation.state = before.copy()
    run_body(evaluation, function.facts)
    evaluation.state.reachable = before.reachable
    evaluation.state.fallback, evaluation.state.raised = before.fallback, before.raised
    evaluation.close_scope()
    return join(scope.returned), join(scope.yielded)


# -- classes ------------------------------------------------------------------------------------------------
