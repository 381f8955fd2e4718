"""Bridges between the event loop and threads: `sync_to_async`, executors, `async_to_sync`, event loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import callbacks, needless
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import (
    STALLS,
    SUSPENSIONS,
    AwaitCount,
    Category,
    Effect,
    Kind,
    added_up,
    without_stalls,
)
from async_audit.effects.values import (
    FALSE,
    NONE,
    Actual,
    Awaitable,
    AwaitKind,
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
    Method,
    ModelInstance,
    Partial,
    QuerySet,
    ReEntry,
    Thread,
    TupleOf,
    Unknown,
    Value,
    alternatives,
    join,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr, FunctionFacts

_TAKES_FUNCTION_FIRST = frozenset({"hop", "hop-now", "partial"})


def wrapped_position(evaluation: Evaluation, function: Value) -> int:
    """The position of the argument that a call of `function` will run elsewhere; -1 where there is none."""
    match function:
        case External(name=name):
            special = evaluation.program.catalogue.specials.get(name, "")
            return 0 if special in _TAKES_FUNCTION_FIRST else -1
        case Method(name="run_in_executor"):
            return 1
        case _:
            return -1


def evaluate_wrapped(evaluation: Evaluation, function: Value, expr: Expr) -> Value:
    """The value of a callable that is handed to a bridge; finds calls made too early."""
    with evaluation.collected() as effects:
        value = evaluation.evaluate(expr)
    early = [effect for effect in effects if effect.kind in {Kind.QUERIES, Kind.BLOCKS}]
    if (early and not _is_callable(value)) or (_is_result(value) and isinstance(value, QuerySet)):
        evaluation.note([effect for effect in effects if effect not in early])
        evaluation.emit(
            Kind.MISUSES,
            Category.CALLED_BEFORE_WRAPPED,
            expr,
            f"`{evaluation.spelled(expr)}` runs on the event loop before it is handed to a thread",
            "pass the function itself and its arguments to the call of the wrapper",
        )
        return UNTYPED
    evaluation.note(effects)
    del function
    return value


def _is_result(value: Value) -> bool:
    """Whether a value is surely data and no function."""
    kinds = ModelInstance | Collection | TupleOf | DictOf | Const | QuerySet | Lazy
    return all(
        isinstance(member, kinds) or (isinstance(member, Instance) and member.cls.startswith("builtins."))
        for member in alternatives(value)
    ) and bool(alternatives(value))


def _is_callable(value: Value) -> bool:
    return any(
        isinstance(member, Function | Bound | External | Method | Partial | Hop | ReEntry | ClassObject)
        for member in alternatives(value)
    )


def make_hop(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`sync_to_async(f)`, or the decorator that `sync_to_async(thread_sensitive=False)` gives."""
    shared = any(actual.keyword == "thread_sensitive" and actual.value == FALSE for actual in actuals)
    thread = Thread.SHARED if shared else Thread.REQUEST
    positional = [actual.value for actual in actuals if not actual.keyword or actual.keyword == "func"]
    if not positional:
        return Partial(External("asgiref.sync.sync_to_async"), actuals)
    function = positional[0]
    coroutine = coroutine_function(function)
    if coroutine is not None:
        evaluation.emit(
            Kind.MISUSES,
            Category.MISSING_AWAIT,
            expr,
            f"`{coroutine.name}` is a coroutine function: `sync_to_async` refuses it",
            "`await` it directly",
        )
    needless.check_hop(evaluation, function, expr)
    return Hop(function, thread, own_executor=any(actual.keyword == "executor" for actual in actuals))


def coroutine_function(value: Value) -> FunctionFacts | None:
    """The project's coroutine function that `value` surely is."""
    match value:
        case Function(facts=facts) | Bound(function=Function(facts=facts)):
            return facts if facts.is_async and not facts.is_generator else None
        case _:
            return None


def call_hop(evaluation: Evaluation, hop: Hop, actuals: tuple[Actual, ...], expr: Expr) -> Awaitable:
    """Call a wrapped function: it runs in a thread, its effects stay there, its result comes back."""
    raised = evaluation.state.raised
    with evaluation.collected() as effects:
        result = evaluation.call(hop.function, actuals, expr)
    # A query in a thread raises nothing here.
    evaluation.state.raised = raised
    # The request waits for slow work in a thread as well.
    evaluation.note([effect for effect in effects if effect.kind is Kind.SLOW])
    what = _hop_name(evaluation, hop.function, expr)
    if hop.thread is Thread.SHARED:
        _report_foreign_thread(evaluation, effects, expr)
        if not hop.own_executor:
            evaluation.emit(Kind.SHARES, Category.EXECUTOR, expr, f"`{what}`")
    if coroutine_function(hop.function) is not None:
        result = UNTYPED
    kind = AwaitKind.HOP_REQUEST if hop.thread is Thread.REQUEST else AwaitKind.HOP_SHARED
    origin = evaluation.make((expr.end, "awaitable"))
    return Awaitable(result, what, kind, origin, crosses_thread=True)


def _hop_name(evaluation: Evaluation, function: Value, expr: Expr) -> str:
    match function:
        case Function(facts=facts) | Bound(function=Function(facts=facts)):
            return facts.name if facts.name != "<lambda>" else "the lambda"
        case External(name=name):
            return name.removeprefix("builtins.")
        case _:
            return evaluation.spelled(expr)


def _report_foreign_thread(evaluation: Evaluation, effects: list[Effect], expr: Expr) -> None:
    query = next((effect for effect in effects if effect.kind is Kind.QUERIES), None)
    if query is not None:
        evaluation.emit(
            Kind.MISUSES,
            Category.FOREIGN_THREAD,
            expr,
            f"{query.subject} in a thread of the shared executor: on a connection of its own, outside the "
            "request's transaction, which stays open unless something closes it",
            "use `sync_to_async` with its default `thread_sensitive=True`",
        )


def hop_now(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr, *, own_executor: bool) -> Value:
    """`asyncio.to_thread(f, *args)`."""
    if not actuals:
        return UNTYPED
    function, rest = actuals[0].value, actuals[1:]
    return call_hop(evaluation, Hop(function, Thread.SHARED, own_executor), rest, expr)


def call_reentry(evaluation: Evaluation, value: ReEntry, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call what `async_to_sync` made: it refuses to run where a loop is running already."""
    evaluation.emit(
        Kind.MISUSES,
        Category.LOOP_INSIDE_LOOP,
        expr,
        "`async_to_sync` cannot run in the thread of a running event loop",
        "`await` the coroutine directly",
    )
    with evaluation.muted():
        result = evaluation.call(value.function, actuals, expr)
    _hold_thread(evaluation, result, expr)
    return _awaited(result)


def run_in_executor(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`loop.run_in_executor(executor, f, *args)`: the future runs without being awaited."""
    hop = Hop(actuals[1].value, Thread.SHARED, own_executor=actuals[0].value != NONE)
    return replace(call_hop(evaluation, hop, actuals[2:], expr), scheduled=True)


_HOLDING = {
    Category.NETWORK: Category.HTTP,
    Category.DRIVER: Category.STORE,
    Category.CHANNEL: Category.STORE,
    Category.TIMER: Category.SLEEP,
    Category.CHILD_PROCESS: Category.SUBPROCESS,
}
"""What a thread waits for that runs a coroutine to its end."""


def _hold_thread(evaluation: Evaluation, coroutine: Value, expr: Expr) -> None:
    """Note what a synchronous function waits for while it runs a coroutine to its end."""
    from async_audit.effects.awaiting import awaits_of  # mutual recursion

    for member in alternatives(coroutine):
        if isinstance(member, Awaitable):
            for count in awaits_of(evaluation, member):
                held = _HOLDING.get(count.category)
                if held is not None:
                    evaluation.emit_in_thread(held, expr, f"`{member.what}`", count.witness)


def _awaited(value: Value) -> Value:
    return join(member.result if isinstance(member, Awaitable) else UNTYPED for member in alternatives(value))


def run_loop(evaluation: Evaluation, name: str, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`asyncio.run(coroutine)` and its like."""
    evaluation.emit(
        Kind.MISUSES,
        Category.LOOP_INSIDE_LOOP,
        expr,
        f"`{name}` cannot be called while an event loop is running in this thread",
        "`await` the coroutine directly",
    )
    if not actuals:
        return UNTYPED
    _hold_thread(evaluation, actuals[0].value, expr)
    return _awaited(actuals[0].value)


def gather(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`asyncio.gather(*coroutines)`."""
    results: list[Value] = []
    spread = False
    for actual in actuals:
        if actual.keyword:
            continue
        spread = spread or actual.spread
        if not actual.spread:
            refuse(evaluation, actual.value, expr, "`gather`")
        results.append(_awaited(actual.value))
        _run_unawaited(evaluation, actual.value, expr)
        for member in alternatives(actual.value):
            if isinstance(member, Awaitable) and member.context is not None:
                from async_audit.effects.awaiting import report_context

                report_context(evaluation, member, expr)
    result: Value = Collection("list", join(results)) if spread else TupleOf(tuple(results), "list")
    together = [(actual.value, actual.spread) for actual in actuals if not actual.keyword]
    waits = report_serialized(evaluation, together, expr)
    origin = evaluation.make((expr.end, "awaitable"))
    return Awaitable(result, "asyncio.gather", AwaitKind.PROJECT, origin, waits=waits, starts=True)


def _run_unawaited(evaluation: Evaluation, coroutine: Value, expr: Expr) -> None:
    """What a coroutine learns about its arguments holds after it has run, whoever awaits it."""
    from async_audit.effects.calls import apply_awaited  # mutual recursion

    for member in alternatives(coroutine):
        if isinstance(member, Awaitable) and member.context is not None:
            apply_awaited(evaluation, member.context, expr)


def refuse(evaluation: Evaluation, value: Value, expr: Expr, taker: str) -> None:
    """Note that `taker` gets what is surely no awaitable: it raises a TypeError."""
    data = Collection | TupleOf | DictOf | QuerySet | ModelInstance
    functions = Function | Bound
    members = alternatives(value)
    if members and all(isinstance(member, data) for member in members):
        what, remedy = "data", "pass the coroutines one by one, as with `*coroutines`"
    elif members and all(isinstance(member, functions) for member in members):
        what, remedy = "a function", "call it"
    else:
        return
    evaluation.emit(
        Kind.MISUSES,
        Category.AWAIT_OF_SYNC_VALUE,
        expr,
        f"{taker} takes coroutines and gets {what}, which cannot be awaited",
        remedy,
    )


def report_serialized(
    evaluation: Evaluation, values: list[tuple[Value, bool]], expr: Expr
) -> tuple[AwaitCount, ...]:
    """Note that what should run together runs one after another on the request's one thread.

    Each value stands for one awaitable, or for as many as a sequence that is spread has. Returns the awaits
    that all of it takes.
    """
    from async_audit.effects.awaiting import awaits_of  # mutual recursion

    counts: list[AwaitCount] = []
    several = len(values) > 1 or any(is_spread for _, is_spread in values)
    only_hops = bool(values)
    overlapping = 0
    for value, is_spread in values:
        for member in alternatives(value) or (value,):
            taken = awaits_of(evaluation, member) if isinstance(member, Awaitable) else ()
            counts.extend(count for count in taken if count.category in STALLS)
            waits = without_stalls(taken)
            if not waits or any(count.category is not Category.HOP_REQUEST for count in waits):
                only_hops = False
            if not isinstance(member, Awaitable):
                waits = (AwaitCount(Category.UNRESOLVED_AWAIT, 1),)
            overlapping += any(count.category in _OVERLAPPING for count in waits)
            counts.extend(count.in_loop if is_spread else count for count in waits)
    if only_hops and several:
        evaluation.emit(
            Kind.MISUSES,
            Category.SERIALIZED_GATHER,
            expr,
            "these all go to the request's one thread and run one after another",
            "put them into one function behind one `sync_to_async`, or await them in turn",
        )
    if several and overlapping:
        counts.append(AwaitCount(Category.OVERLAP, max(overlapping, 2)))
    return added_up(counts)


_OVERLAPPING = SUSPENSIONS | {Category.HOP_SHARED}
"""What runs at the same time where it is awaited together."""


def create_task(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`asyncio.create_task(coroutine)`: it runs without being awaited."""
    from async_audit.effects.awaiting import awaits_of  # mutual recursion

    coroutine = actuals[0].value if actuals else UNTYPED
    refuse(evaluation, coroutine, expr, "a task")
    _run_unawaited(evaluation, coroutine, expr)
    waits = awaits_of(evaluation, coroutine) if isinstance(coroutine, Awaitable) else ()
    if not isinstance(coroutine, Awaitable):
        waits = (AwaitCount(Category.UNRESOLVED_AWAIT, 1),)
    origin = evaluation.make((expr.end, "awaitable"))
    return Awaitable(_awaited(coroutine), "the task", AwaitKind.PROJECT, origin, scheduled=True, waits=waits)


def await_through(actuals: tuple[Actual, ...], *, starts: bool) -> Value:
    """`asyncio.wait_for(coroutine, timeout)`, or `shield` which `starts` it: an awaitable with its result."""
    for member in alternatives(actuals[0].value) if actuals else ():
        if isinstance(member, Awaitable):
            return replace(member, starts=member.starts or starts)
    return UNTYPED


def call_function_method(
    evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    """`task.delay(…)`, `future.add_done_callback(…)` and other attributes of functions and coroutines."""
    task = method.receiver
    row = evaluation.program.catalogue.takes_callback("asyncio.Future", method.name)
    if row is not None and isinstance(task, Awaitable):
        callbacks.take(evaluation, row, actuals, expr)
    if method.name == "result" and isinstance(task, Awaitable) and task.scheduled:
        return task.result
    return NONE if method.owner == "coroutine" else Unknown(f"attribute {method.name} of a function")


def make_reentry(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`async_to_sync(f)`, or the decorator that `async_to_sync(force_new_loop=True)` gives."""
    positional = [actual.value for actual in actuals if not actual.keyword]
    if not positional:
        return Partial(External("asgiref.sync.async_to_sync"), actuals)
    needless.check_reentry(evaluation, positional[0], expr)
    return ReEntry(positional[0])


def own_loop_future(actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`run_coroutine_threadsafe(coroutine, loop)`: waiting for it on the loop itself never ends."""
    loop = actuals[1].value if len(actuals) > 1 else UNTYPED
    own = isinstance(loop, Instance) and Const("running-loop") in loop.parts
    return Instance("async_audit.OwnLoopFuture" if own else "concurrent.futures.Future", (expr.end,))


def wait_for_own_loop(evaluation: Evaluation, expr: Expr) -> Value:
    """`future.result()` of a coroutine that the waiting loop itself should run."""
    evaluation.emit(
        Kind.MISUSES,
        Category.LOOP_INSIDE_LOOP,
        expr,
        "this waits on the event loop for a coroutine that the same event loop has to run",
        "`await` the coroutine directly",
    )
    return UNTYPED


def add_to_group(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`group.create_task(coroutine)`: the group remembers it until its block ends."""
    origin = getattr(method.receiver, "origin", ())
    known = evaluation.state.known(origin, "tasks")
    tasks = known.items if isinstance(known, TupleOf) else ()
    added = actuals[0].value if actuals else UNTYPED
    if len(tasks) < _MOST_TASKS and added not in tasks:
        evaluation.state.learn(origin, "tasks", TupleOf((*tasks, added)))
    return create_task(evaluation, actuals, expr)


_MOST_TASKS = 16
"""Tasks of one group that are told apart; more of them change no answer."""


def close_group(evaluation: Evaluation, group: Instance, expr: Expr) -> None:
    """The end of a task group's block: its tasks have run, together or one after another."""
    known = evaluation.state.known(group.origin, "tasks")
    tasks = [(task, False) for task in known.items] if isinstance(known, TupleOf) else []
    evaluation.emit_awaits(report_serialized(evaluation, tasks, expr), expr, "the task group")


def as_completed(expr: Expr) -> Value:
    """`asyncio.as_completed(coroutines)`: awaitables of which each is awaited in turn."""
    one = Awaitable(UNTYPED, "the next result", AwaitKind.UNKNOWN, (expr.end, "awaitable"), scheduled=True)
    return Collection("list", one)
