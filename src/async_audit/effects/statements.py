"""Statements: how a body runs, with its branches, loops and exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import (
    branching,
    bridges,
    consumption,
    contexts,
    executors,
    loops,
    operators,
    response_schemas,
)
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.arguments import bind_parameters
from async_audit.effects.assignment import assign, run_assign, run_declare
from async_audit.effects.forgotten import is_left_unawaited
from async_audit.effects.kinds import Category, Effect, Kind
from async_audit.effects.loading import as_of_now
from async_audit.effects.narrowing import narrow
from async_audit.effects.state import State, joined
from async_audit.effects.values import (
    NONE,
    Awaitable,
    AwaitKind,
    ClassObject,
    Collection,
    External,
    Function,
    Instance,
    TupleOf,
    Value,
    alternatives,
    join,
)
from async_audit.findings import Confidence
from async_audit.project.classes import ProjectClass
from async_audit.project.names import Definition, LibraryName, ProjectModule
from async_audit.syntax.facts import (
    Assert,
    Assign,
    Await,
    Call,
    ClassFacts,
    Comprehension,
    Declare,
    Define,
    DefineClass,
    Delete,
    Evaluate,
    Expr,
    For,
    FunctionFacts,
    If,
    Import,
    Jump,
    JumpKind,
    Match,
    Name,
    Outer,
    Raise,
    Return,
    Statement,
    Subscript,
    Try,
    While,
    With,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def run_body(evaluation: Evaluation, facts: FunctionFacts) -> None:
    """Run the statements of the function whose scope is innermost."""
    run_block(evaluation, facts.body)


def run_nested(evaluation: Evaluation, function: Function) -> tuple[Effect, ...]:
    """What a function defined in this body does with what the body calls it with, on top of this state."""
    before = evaluation.state
    evaluation.state = before.copy()
    evaluation.state.reachable = True
    scope = evaluation.open_scope(function)
    with evaluation.collected() as effects:
        bind_parameters(evaluation, function, evaluation.given_to_nested.get(function.facts, {}))
        run_body(evaluation, function.facts)
    del scope
    evaluation.close_scope()
    evaluation.state = before
    return tuple(effects)


def run_block(evaluation: Evaluation, body: tuple[Statement, ...]) -> None:
    """Run statements in order, up to one that does not return."""
    for statement in body:
        if not evaluation.state.reachable:
            # Definitions behind a return still exist for the audit of what is nested in the function.
            continue
        run(evaluation, statement)


def run(evaluation: Evaluation, statement: Statement) -> None:
    """Run one statement."""
    match statement:
        case Evaluate(value=value):
            _run_expression(evaluation, value)
        case Assign():
            run_assign(evaluation, statement)
        case Declare():
            run_declare(evaluation, statement)
        case Return(value=value):
            _run_return(evaluation, value)
        case If():
            branching.run_if(evaluation, statement)
        case For():
            loops.run_for(evaluation, statement)
        case While():
            loops.run_while(evaluation, statement)
        case With():
            _run_with(evaluation, statement)
        case Try():
            _run_try(evaluation, statement)
        case Match():
            branching.run_match(evaluation, statement)
        case Raise(value=value, cause=cause):
            for part in (value, cause):
                if part is not None:
                    evaluation.evaluate(part)
            evaluation.state.reachable = False
        case Assert(test=test):
            consumption.truth(evaluation, evaluation.evaluate(test), test)
            narrow(evaluation, test, truthy=True)
        case Jump(kind=kind):
            scope = evaluation.scope
            (scope.breaks if kind is JumpKind.BREAK else scope.continues).append(evaluation.state.copy())
            evaluation.state.reachable = False
        case Define(function=facts):
            define(evaluation, facts, "")
        case DefineClass(definition=definition):
            _define_class(evaluation, definition)
        case Import():
            _run_import(evaluation, statement)
        case Outer(names=names, is_global=is_global):
            if is_global:
                scope = evaluation.scope
                scope.global_names = scope.global_names | frozenset(names)
        case Delete(targets=targets):
            for target in targets:
                if not isinstance(target, Name):
                    _delete(evaluation, target)


def _delete(evaluation: Evaluation, target: Expr) -> None:
    if isinstance(target, Subscript):
        owner, key = evaluation.evaluate(target.value), evaluation.evaluate(target.index)
        if operators.call_special(evaluation, owner, ("__delitem__",), (key,), target) is None:
            consumption.item(evaluation, owner, key, target, is_slice=None)


def _run_expression(evaluation: Evaluation, expr: Expr) -> None:
    value = evaluation.evaluate(expr)
    executors.note_dropped(evaluation, value)
    members = alternatives(value)
    if isinstance(expr, Comprehension) and isinstance(value, Collection):
        members = alternatives(value.element)
    if not all(is_left_unawaited(member) for member in members):
        return
    for member in members[:1]:
        if isinstance(member, Awaitable):
            _report_unawaited(evaluation, member, expr)


def _report_unawaited(evaluation: Evaluation, value: Awaitable, expr: Expr) -> None:
    subject = f"`{value.what}` gives a coroutine that is never awaited: nothing happens"
    remedy = "`await` it"
    if value.starts:
        subject = f"`{value.what}` begins to run and is never awaited: nobody waits for it or sees its errors"
    elif isinstance(expr, Await):
        subject = f"what is awaited here gives the coroutine of `{value.what}`, which nobody awaits"
        remedy = "`await` that directly, without a thread"
    evaluation.emit(Kind.MISUSES, Category.MISSING_AWAIT, expr, subject, remedy)


def _run_return(evaluation: Evaluation, value: Expr | None) -> None:
    result = NONE if value is None else evaluation.evaluate(value)
    if value is not None:
        _check_returned(evaluation, value, result)
        response_schemas.validate(evaluation, result, value)
    evaluation.scope.returned.append(as_of_now(evaluation, result))
    if evaluation.passing is not None:
        evaluation.passing.note_end(evaluation, result)
    evaluation.state.reachable = False


def _check_returned(evaluation: Evaluation, expr: Expr, value: Value) -> None:
    """A plain view that returns a coroutine: Django takes the coroutine for the response and raises."""
    facts = evaluation.scope.facts
    members = alternatives(value)
    if isinstance(expr, Await) and _comes_from_thread(evaluation, expr) and members:
        for member in members[:1] if all(map(is_left_unawaited, members)) else ():
            if isinstance(member, Awaitable):
                _report_unawaited(evaluation, member, expr)
    if (
        facts.is_async
        or len(evaluation.scopes) > 1
        or facts.owner
        or facts.decorators
        or not facts.parameters
    ):
        return
    if facts.parameters[0].name != "request" or not members:
        return
    if not all(isinstance(m, Awaitable) and m.kind is AwaitKind.PROJECT and not m.scheduled for m in members):
        return
    if evaluation.program.is_awaited_somewhere(facts.name):
        return
    evaluation.emit(
        Kind.MISUSES,
        Category.MISSING_AWAIT,
        expr,
        f"the plain function `{facts.name}` returns a coroutine, which Django takes for the response",
        "make it `async def` and `await` the call",
        Confidence.LIKELY,
    )


def _comes_from_thread(evaluation: Evaluation, expr: Await) -> bool:
    """Whether what was awaited last at `expr` ran in a thread."""
    awaited = alternatives(evaluation.latest.get(id(expr.value), UNTYPED))
    return any(isinstance(member, Awaitable) and member.crosses_thread for member in awaited)


# -- definitions ------------------------------------------------------------------------------------------


def define(evaluation: Evaluation, facts: FunctionFacts, owner: str) -> Value:
    """A `def` inside a function: a closure, with its decorators applied, bound to its name."""
    from async_audit.effects.definitions import decorated

    frame = evaluation.scope.number if evaluation.scopes else 0
    function = Function(evaluation.path, facts, owner, evaluation.capture(facts), frame)
    if not evaluation.is_muted and (facts.is_async or _defines_coroutine(facts)):
        evaluation.nested.append(function)
    value: Value = function
    for default in facts.parameters:
        if default.default is not None:
            evaluation.evaluate(default.default)
    if facts.decorators:
        value = decorated(evaluation, function)
    if not owner:
        evaluation.bind_here(facts.name, value)
    return value


def _defines_coroutine(facts: FunctionFacts) -> bool:
    return any(inner.is_async or _defines_coroutine(inner) for inner in facts.nested)


def _define_class(evaluation: Evaluation, definition: ClassFacts) -> None:
    """A `class` inside a function: its bases are looked up with the function's own names."""
    classes = evaluation.program.classes
    name = classes.qualified(evaluation.path, definition.qualname)
    if classes.get(name) is None:
        from async_audit.effects.evaluation import class_of_name

        bases = tuple(
            class_of_name(member) or "unknown base"
            for base in definition.bases
            for member in alternatives(evaluation.quietly(base))
        )
        classes.add(ProjectClass(name, evaluation.path, definition, bases))
    for statement in definition.body:
        if isinstance(statement, Define):
            define(evaluation, statement.function, name)
    evaluation.bind_here(definition.name, ClassObject(name))


def _run_import(evaluation: Evaluation, statement: Import) -> None:
    if statement.member == "*":
        return
    summaries = evaluation.summaries
    facts = evaluation.program.modules.readable(evaluation.path)
    if facts is None:
        return
    values: list[Value] = []
    for meaning in evaluation.program.names.imported(facts, statement):
        match meaning:
            case ProjectModule() | LibraryName() | Definition():
                values.append(summaries.definitions.meaning(evaluation, meaning))
            case _:
                values.append(summaries.definitions.module_name(evaluation, meaning.path, statement.member))
    evaluation.bind(statement.binds, join(values) if values else UNTYPED)


# -- with and try -----------------------------------------------------------------------------------------


def _run_with(evaluation: Evaluation, statement: With) -> None:
    groups: list[tuple[Instance, Expr]] = []
    pools: list[tuple[Value, Expr]] = []
    for expr, target in statement.items:
        entered = contexts.enter(evaluation, expr, is_async=statement.is_async)
        if isinstance(entered, Instance) and entered.cls == "asyncio.TaskGroup":
            groups.append((entered, expr))
        if not statement.is_async and executors.is_executor(evaluation, entered):
            pools.append((entered, expr))
        if target is not None:
            assign(evaluation, target, entered)
    run_block(evaluation, statement.body)
    for group, expr in groups:
        bridges.close_group(evaluation, group, expr)
    for pool, expr in pools:
        executors.close(evaluation, pool, expr, f"leaving `with {evaluation.spelled(expr)}`")


def _run_try(evaluation: Evaluation, statement: Try) -> None:
    before = evaluation.state.copy()
    run_block(evaluation, statement.body)
    after_body = evaluation.state
    run_block(evaluation, statement.orelse)
    ends = [evaluation.state]
    raised = _anywhere_in(before, after_body)
    looks_for_loop = _looks_for_running_loop(evaluation, statement.body)
    for handler in statement.handlers:
        evaluation.state = raised.copy()
        if looks_for_loop:
            # On the event loop there is a running loop: `except RuntimeError` is for other threads.
            evaluation.state.reachable = False
        if handler.exception is not None and not _catches_guard(evaluation, handler.exception):
            evaluation.state.raised = after_body.raised
        if handler.name:
            evaluation.bind(handler.name, Instance("builtins.Exception"))
        run_block(evaluation, handler.body)
        ends.append(evaluation.state)
    evaluation.state = branching.join_all(ends)
    if statement.final:
        reachable = evaluation.state.reachable
        if not reachable:
            evaluation.state = joined(evaluation.state, raised)
        evaluation.state.reachable = True
        run_block(evaluation, statement.final)
        evaluation.state.reachable = evaluation.state.reachable and reachable


def _catches_guard(evaluation: Evaluation, exception: Expr) -> bool:
    """Whether an `except` clause catches what Django raises for a query on the event loop."""
    from async_audit.effects.evaluation import class_of_name

    caught = evaluation.quietly(exception)
    specials = evaluation.program.catalogue.specials
    items = caught.items if isinstance(caught, TupleOf) else (caught,)
    names = [class_of_name(item) for item in items]
    return any(not name or specials.get(name) == "catches-guard" for name in names)


def _looks_for_running_loop(evaluation: Evaluation, body: tuple[Statement, ...]) -> bool:
    """Whether a `try` asks first of all for the running event loop."""
    first = body[0] if body else None
    call = getattr(first, "value", None)
    if not isinstance(call, Call):
        return False
    function = evaluation.quietly(call.function)
    specials = evaluation.program.catalogue.specials
    return isinstance(function, External) and specials.get(function.name) == "running-loop"


def _anywhere_in(before: State, after: State) -> State:
    """A state that covers an exception at any point between two others."""
    reached = after.copy()
    reached.reachable = True
    return joined(before.copy(), reached)
