"""What happens to a value that is iterated, tested, indexed, compared or turned into text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import channel_scopes, forms, formsets, operators, querysets, requests
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import AwaitCount, Category, Kind, concerns_callers, shortest
from async_audit.effects.values import (
    FILLED,
    NEVER,
    NONE,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    ClassObject,
    Collection,
    Const,
    DictOf,
    External,
    Instance,
    Lazy,
    LazyUser,
    Manager,
    Method,
    ModelInstance,
    QuerySet,
    TupleOf,
    Union,
    Unknown,
    Value,
    alternatives,
    join,
)
from async_audit.project.interfaces import is_stub
from async_audit.syntax.asynchronous import is_asynchronous
from async_audit.syntax.facts import Call, Clause, Comprehension, Expr, Operation, Slice

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def element(value: Value) -> Value:
    """What a collection holds, without consuming anything."""
    match value:
        case Collection(element=inner) | Lazy(element=inner):
            return inner
        case TupleOf(items=items):
            return join(items)
        case DictOf(keys=keys):
            return STRING if keys == NEVER else join((STRING, keys)) if value.items else keys
        case _:
            return UNTYPED


def settled(value: Value) -> Value:
    """`value` without the coroutines among its alternatives, unless it is nothing else.

    Code that returns a coroutine in one mode and a plain value in another is used in the mode at hand.
    """
    if not isinstance(value, Union):
        return value
    plain = [member for member in value.members if not isinstance(member, Awaitable)]
    return join(plain) if plain and len(plain) < len(value.members) else value


def iterate(evaluation: Evaluation, value: Value, expr: Expr, how: str) -> Value:
    """The element that a synchronous iteration over `value` at `expr` gives."""
    value = settled(value)
    return evaluation.each(value, lambda member: _iterate(evaluation, member, expr, how))


def _iterate(evaluation: Evaluation, value: Value, expr: Expr, how: str) -> Value:
    match value:
        case QuerySet():
            querysets.evaluate_queryset(evaluation, value, expr, how)
            return querysets.element(value, (*value.origin, "[]") if value.origin else (expr.end, "[]"))
        case Lazy(is_async=False):
            return consume(evaluation, value, expr)
        case Lazy():
            return _not_synchronous(evaluation, value, expr)
        case Awaitable():
            missing_await(evaluation, value, expr, "iterated")
            return UNTYPED
        case Instance():
            return _iterate_instance(evaluation, value, expr, how)
        case ModelInstance(model=cls) if evaluation.program.classes.member(cls, "__iter__") is not None:
            return iterate(evaluation, evaluation.call_method(value, "__iter__", (), expr), expr, how)
        case Collection() | TupleOf() | DictOf():
            return element(value)
        case LazyUser():
            requests.use_user(evaluation, value, expr)
            return UNTYPED
        case _:
            return UNTYPED


def _not_synchronous(evaluation: Evaluation, value: Lazy, expr: Expr) -> Value:
    subject, remedy = f"`{evaluation.spelled(expr)}` is an asynchronous iterator", "use `async for`"
    if value.comprehension is not None:
        waits = any(clause.is_async for clause in value.comprehension[0].clauses)
        inside = "async for" if waits else "await"
        subject = f"a generator expression with `{inside}` in it is asynchronous, and no plain iterable"
        remedy = "make it a list, with brackets around the comprehension"
    evaluation.emit(Kind.MISUSES, Category.AWAIT_OF_SYNC_VALUE, expr, subject, remedy)
    return value.element


def _iterate_instance(evaluation: Evaluation, value: Instance, expr: Expr, how: str) -> Value:
    if value.cls in {"django.core.paginator.Page", "django.core.paginator.AsyncPage"} and value.parts:
        if evaluation.state.known(value.origin, "object list") is not None:
            return element(value.parts[0])
        return _iterate(evaluation, value.parts[0], expr, how)
    member = evaluation.program.classes.member(value.cls, "__iter__")
    if member is not None:
        iterator = evaluation.call_method(value, "__iter__", (), expr)
        if iterator != value:
            return iterate(evaluation, iterator, expr, how)
        return evaluation.call_method(value, "__next__", (), expr)
    if evaluation.program.classes.member(value.cls, "__getitem__") is not None:
        return evaluation.call_method(value, "__getitem__", (Actual(UNTYPED),), expr)
    if value.cls == formsets.FORM_SET:
        formsets.fetch(evaluation, value, expr)
        return UNTYPED
    if evaluation.program.classes.derives(value.cls, forms.FORM):
        return Instance(forms.BOUND_FIELD, (), (value, UNTYPED))
    return _iterate_library(evaluation, value, expr)


def _iterate_library(evaluation: Evaluation, value: Instance, expr: Expr) -> Value:
    """The element of a library's iterable: a row for `__iter__` says what the iteration does."""
    from async_audit.effects import libraries

    row = evaluation.program.catalogue.methods.get((value.cls, "__iter__"))
    if row is None:
        return UNTYPED
    libraries.report(evaluation, row, f"iterating over {evaluation.spelled(expr)}", expr)
    return (
        Instance(row.returns, (expr.end, "[]")) if row.returns and "builtins" not in row.returns else UNTYPED
    )


def consume(evaluation: Evaluation, value: Lazy, expr: Expr) -> Value:
    """Run a lazy iterator at `expr` and return its element."""
    from async_audit.effects.calls import run_generator

    produced = [iterate(evaluation, source, expr, "consumes it") for source in value.sources]
    if value.generator is not None:
        return run_generator(evaluation, value.generator, expr)
    if value.comprehension is not None:
        facts, frame = value.comprehension
        if evaluation.live_scope(frame) is not None:
            return _run_clauses(evaluation, facts, facts.clauses, join(produced))
    if value.pending:
        evaluation.emit_through(value.pending, expr, "the generator expression", "<genexpr>")
        return value.element
    if value.mapper is not None:
        item = produced[0] if produced else UNTYPED
        with evaluation.in_loop():
            mapped = evaluation.call(
                value.mapper, tuple(Actual(part) for part in produced or [UNTYPED]), expr
            )
        return item if value.keeps_elements else mapped
    if value.element == NEVER:
        return join(produced)
    return value.element


def iterate_async(evaluation: Evaluation, value: Value, expr: Expr) -> Value:
    """The element that `async for` over `value` gives."""
    members = alternatives(value)
    if any(map(_may_be_asynchronous, members)):
        # Something beside it tells which of them it is, such as the flag of a response.
        members = tuple(member for member in members if not _is_plain_iterable(member))
    return evaluation.each(join(members), lambda member: _iterate_async(evaluation, member, expr))


def _is_plain_iterable(value: Value) -> bool:
    is_lazy = isinstance(value, Lazy) and not value.is_async
    return is_lazy or isinstance(value, Collection | TupleOf | DictOf)


def _may_be_asynchronous(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, Lazy) and value.is_async)


def _iterate_async(evaluation: Evaluation, value: Value, expr: Expr) -> Value:
    match value:
        case QuerySet():
            if not value.prefetched:
                evaluation.emit(Kind.AWAITS, Category.HOP_REQUEST, expr, evaluation.spelled(expr))
            evaluation.state.learn(value.origin, "evaluated", TRUE)
            return querysets.element(value, (*value.origin, "[]") if value.origin else (expr.end, "[]"))
        case Lazy(is_async=True):
            note_iteration(evaluation, value, expr)
            return value.element
        case Awaitable(kind=kind) if kind in _IO:
            # Clients give pages that can be awaited as well as iterated over; the tables tell of the await.
            from async_audit.effects.awaiting import note_await  # mutual recursion

            note_await(evaluation, value, expr)
            return element(value.result)
        case Awaitable() if value.context is None or not is_stub(value.context.function.facts):
            missing_await(evaluation, value, expr, "iterated")
            return element(value.result)
        case Lazy() | Collection() | TupleOf() | DictOf() | Manager():
            evaluation.emit(
                Kind.MISUSES,
                Category.AWAIT_OF_SYNC_VALUE,
                expr,
                f"`{evaluation.spelled(expr)}` is no asynchronous iterable",
                "use a plain `for`" if not isinstance(value, Manager) else "iterate over `.all()`",
            )
            return element(value)
        case Instance(cls="django.core.paginator.AsyncPage") if value.parts:
            return _iterate_async(evaluation, value.parts[0], expr)
        case Instance() if evaluation.program.classes.member(value.cls, "__anext__") is not None:
            if evaluation.program.classes.member(value.cls, "__aiter__") is not None:
                evaluation.call_method(value, "__aiter__", (), expr)
            return _next_of(evaluation, value, expr)
        case Instance() if evaluation.program.classes.member(value.cls, "__aiter__") is not None:
            iterator = evaluation.call_method(value, "__aiter__", (), expr)
            return UNTYPED if iterator == value else _iterate_async(evaluation, iterator, expr)
        case _:
            evaluation.emit(
                Kind.UNKNOWN, Category.UNRESOLVED_AWAIT, expr, f"async for over {evaluation.spelled(expr)}"
            )
            return UNTYPED


def _next_of(evaluation: Evaluation, iterator: Value, expr: Expr) -> Value:
    """What awaiting the `__anext__` of a project's iterator gives, once for each turn."""
    from async_audit.effects import awaiting  # mutual recursion

    with evaluation.in_loop():
        awaitable = evaluation.call_method(iterator, "__anext__", (), expr)
        if not isinstance(awaitable, Awaitable):
            return UNTYPED
        awaiting.note_await(evaluation, awaitable, expr)
        return awaiting.await_result(evaluation, awaitable, expr)


_IO = frozenset({AwaitKind.NETWORK, AwaitKind.DATABASE})


def note_iteration(evaluation: Evaluation, value: Lazy, expr: Expr) -> None:
    """Note where an asynchronous iterator waits."""
    waits = (AwaitCount(Category.UNRESOLVED_AWAIT, 1),) if value.waits is None else value.waits
    evaluation.emit_awaits(waits, expr, evaluation.spelled(expr))


def comprehension(evaluation: Evaluation, expr: Comprehension) -> Value:
    """The value of a comprehension; a generator expression waits for its consumer."""
    first = expr.clauses[0]
    source = evaluation.evaluate(first.iterable)
    if expr.kind == "generator":
        return _generator(evaluation, expr, first, source)
    if first.is_async:
        produced = iterate_async(evaluation, source, first.iterable)
    else:
        produced = iterate(evaluation, source, first.iterable, "iterates over it")
    result = _run_clauses(evaluation, expr, expr.clauses, produced)
    origin = evaluation.make((expr.end, "comprehension"))
    if expr.kind == "dict":
        return DictOf((), result, origin)
    return Collection(expr.kind, result, origin)


def _generator(evaluation: Evaluation, expr: Comprehension, first: Clause, source: Value) -> Value:
    frame = evaluation.scope.number if evaluation.scopes else 0
    if first.is_async:
        produced = iterate_async(evaluation, source, first.iterable)
        result = _run_clauses(evaluation, expr, expr.clauses, produced)
        return Lazy(result, is_async=True, comprehension=(expr, frame))
    # Python calls iter() on the first iterable at once, and a queryset's iter() is its query.
    if isinstance(source, QuerySet):
        source = Collection("list", iterate(evaluation, source, first.iterable, "iterates over it"))
    with evaluation.probing(), evaluation.unmuted(), evaluation.collected() as effects:
        result = _run_clauses(evaluation, expr, expr.clauses, element(source))
    pending = shortest(effect for effect in effects if concerns_callers(effect))
    return Lazy(
        result, (source,), is_async=is_asynchronous(expr), comprehension=(expr, frame), pending=pending
    )


def _run_clauses(
    evaluation: Evaluation, expr: Comprehension, clauses: tuple[Clause, ...], produced: Value
) -> Value:
    """Evaluate the inside of a comprehension once, with the first target bound to `produced`."""
    from async_audit.effects.assignment import assign
    from async_audit.effects.narrowing import narrow

    before = dict(evaluation.state.variables)
    with evaluation.in_loop():
        for position, clause in enumerate(clauses):
            if position:
                source = evaluation.evaluate(clause.iterable)
                if clause.is_async:
                    produced = iterate_async(evaluation, source, clause.iterable)
                else:
                    produced = iterate(evaluation, source, clause.iterable, "iterates over it")
            assign(evaluation, clause.target, produced)
            for condition in clause.conditions:
                truth(evaluation, evaluation.evaluate(condition), condition)
                narrow(evaluation, condition, truthy=True)
        if expr.key is not None:
            evaluation.evaluate(expr.key)
        result = evaluation.evaluate(expr.element)
    evaluation.state.variables = before
    return result


def truth(evaluation: Evaluation, value: Value, expr: Expr) -> None:
    """`value` is tested for truth at `expr`."""
    value = settled(value)
    members = value.members if isinstance(value, Union) else (value,)
    for member in members:
        match member:
            case QuerySet():
                querysets.evaluate_queryset(evaluation, member, expr, "tests its truth")
            case Awaitable():
                missing_await(evaluation, member, expr, "tested, which is always true")
            case LazyUser():
                requests.use_user(evaluation, member, expr)
            case Instance(cls=cls) | ModelInstance(model=cls):
                for name in ("__bool__", "__len__"):
                    if evaluation.program.classes.member(cls, name) is not None:
                        evaluation.call_method(member, name, (), expr)
                        break
            case _:
                pass


def text(evaluation: Evaluation, value: Value, expr: Expr, *, represented: bool = False) -> None:
    """`value` becomes text at `expr`: `str`, an f-string, `print`; or `repr`, as in the text of a list."""
    value = settled(value)
    members = value.members if isinstance(value, Union) else (value,)
    for member in members:
        match member:
            case QuerySet():
                querysets.evaluate_queryset(evaluation, member, expr, "shows its rows")
            case LazyUser():
                requests.use_user(evaluation, member, expr)
            case Instance(cls=forms.BOUND_FIELD):
                forms.render_field(evaluation, member, expr)
            case Instance(cls=formsets.FORM_SET):
                formsets.fetch(evaluation, member, expr)
            case Instance() if evaluation.program.classes.derives(member.cls, forms.FORM):
                forms.render_form(evaluation, member, expr)
            case ModelInstance(model=cls) | Instance(cls=cls):
                for name in _text_methods(member, represented=represented):
                    if evaluation.program.classes.member(cls, name) is not None:
                        evaluation.call_method(member, name, (), expr)
                        break
            case Awaitable():
                missing_await(evaluation, member, expr, "turned into text")
            case Collection(element=inner):
                _represent(evaluation, (inner,), expr)
            case TupleOf(items=items):
                _represent(evaluation, items, expr)
            case _:
                pass


def _represent(evaluation: Evaluation, parts: tuple[Value, ...], expr: Expr) -> None:
    """The text of a list shows its parts. Coroutines among them may be awaited later on all the same."""
    for part in parts:
        for member in alternatives(part):
            if not isinstance(member, Awaitable):
                text(evaluation, member, expr, represented=True)


def _text_methods(value: ModelInstance | Instance, *, represented: bool) -> tuple[str, ...]:
    """The methods that make the text, the first that there is.

    `Model.__repr__` shows the `str` of the instance, and `object.__str__` its `repr`.
    """
    if isinstance(value, ModelInstance):
        return ("__repr__", "__str__") if represented else ("__str__",)
    return ("__repr__",) if represented else ("__str__", "__repr__")


def format_with(evaluation: Evaluation, value: Value, expr: Expr) -> None:
    """`value` fills the places of a `%` format."""
    values = value.items if isinstance(value, TupleOf) else (value,)
    for part in values:
        if isinstance(part, DictOf):
            for _, inner in part.items:
                text(evaluation, inner, expr)
        else:
            text(evaluation, part, expr)


def compare(
    evaluation: Evaluation, operator: str, left: Value, right: Value, right_expr: Expr, expr: Expr
) -> None:
    """`left operator right` is evaluated."""
    if operator in {"is", "is not"}:
        # A name that holds a coroutine may hold none at another time.
        made_here = isinstance(expr, Operation) and isinstance(expr.operands[0], Call)
        if (
            isinstance(left, Awaitable)
            and right == NONE
            and (made_here or left.kind is AwaitKind.HOP_REQUEST)
        ):
            missing_await(evaluation, left, expr, "compared with `None`")
        return
    if operator in {"in", "not in"}:
        if isinstance(right, Instance) and requests.is_session(evaluation, right):
            requests.use_session(evaluation, right, expr, "in")
        elif operators.call_special(evaluation, right, ("__contains__",), (left,), right_expr) is None:
            iterate(evaluation, right, right_expr, "searches it")
        if isinstance(left, LazyUser):
            requests.use_user(evaluation, left, expr)
        return
    operators.comparison(evaluation, operator, left, right, expr)
    for side in (left, right):
        members = side.members if isinstance(side, Union) else (side,)
        for member in members:
            if isinstance(member, LazyUser):
                requests.use_user(evaluation, member, expr)
            elif isinstance(member, Awaitable):
                missing_await(evaluation, member, expr, "compared")


def item(evaluation: Evaluation, value: Value, key: Value, expr: Expr, *, is_slice: Slice | None) -> Value:
    """`value[key]` at `expr`."""
    match value:
        case QuerySet():
            return _queryset_item(evaluation, value, key, expr)
        case TupleOf(items=items):
            if (
                isinstance(key, Const)
                and isinstance(key.value, int)
                and -len(items) <= key.value < len(items)
            ):
                return items[key.value]
            return Collection(value.kind, join(items), value.origin) if is_slice else join(items)
        case Collection():
            return value if is_slice else value.element
        case DictOf(items=pairs, rest=rest):
            found = (
                dict(pairs).get(key.value) if isinstance(key, Const) and isinstance(key.value, str) else None
            )
            if found is None and not pairs and rest == NEVER:
                return FILLED
            return found if found is not None else join((*(pair for _, pair in pairs), rest))
        case Awaitable():
            missing_await(evaluation, value, expr, "indexed")
            return UNTYPED
        case ClassObject(name=name):
            return ClassObject(name, (key,))
        case Instance(cls="django.core.files.storage.handler.StorageHandler"):
            return Instance("django.core.files.storage.Storage", (expr.end,), (key,))
        case Instance(cls="django.core.cache.CacheHandler"):
            return Instance("django.core.cache.backends.base.BaseCache", (expr.end,), (key,))
        case Instance(cls="django.db.utils.ConnectionHandler"):
            return Instance("django.db.backends.base.base.BaseDatabaseWrapper", (expr.end,), (key,))
        case Instance(cls=requests.SCOPE):
            return channel_scopes.item(evaluation, value, key)
        case Instance(cls="django.core.paginator.Page") if value.parts:
            return item(evaluation, value.parts[0], key, expr, is_slice=is_slice)
        case Instance():
            if requests.is_session(evaluation, value):
                requests.use_session(evaluation, value, expr, "[…]")
                return UNTYPED
            if evaluation.program.classes.member(value.cls, "__getitem__") is not None:
                return evaluation.call_method(value, "__getitem__", (Actual(key),), expr)
            if value.cls == formsets.FORM_SET:
                formsets.fetch(evaluation, value, expr)
            if evaluation.program.classes.derives(value.cls, forms.FORM):
                return Instance(forms.BOUND_FIELD, (), (value, key))
            return UNTYPED
        case External() | Method():
            return value
        case _:
            return UNTYPED


def _queryset_item(evaluation: Evaluation, value: QuerySet, key: Value, expr: Expr) -> Value:
    known = evaluation.state.known(value.origin, "evaluated") is not None or value.prefetched
    inner = querysets.element(value, (expr.end, "[]"))
    if not (isinstance(key, Instance) and key.cls == "builtins.slice"):
        if not known and not value.empty:
            querysets.report_evaluation(evaluation, value, expr, "fetches one row")
        return inner
    if key.parts:
        if not known and not value.empty:
            querysets.report_evaluation(evaluation, value, expr, "a slice with a step fetches its rows")
        return Collection("list", inner, (expr.end,))
    if known:
        return Collection("list", inner, (expr.end,))
    return querysets.derived(evaluation, value, expr)


def missing_await(evaluation: Evaluation, value: Awaitable, expr: Expr, how: str) -> None:
    """A coroutine is used as if it were its result."""
    if value.scheduled or value.kind is AwaitKind.UNKNOWN:
        return
    if evaluation.state.known(value.origin, "reported") is not None:
        return
    evaluation.state.learn(value.origin, "reported", TRUE)
    if value.access_check and how.startswith("tested"):
        evaluation.emit(
            Kind.MISUSES,
            Category.ACCESS_CHECK,
            expr,
            f"`{value.what}` is not awaited: the test is always true",
            "`await` it",
        )
        return
    kind = "future" if value.starts else "coroutine"
    evaluation.emit(
        Kind.MISUSES,
        Category.MISSING_AWAIT,
        expr,
        f"`{value.what}` gives a {kind} that is never awaited but {how}",
        "`await` it",
    )


def collect(evaluation: Evaluation, value: Value, kind: str, expr: Expr) -> Value:
    """A list, set or tuple made of what `value` yields."""
    if isinstance(value, TupleOf) and kind in {"list", "tuple"}:
        return TupleOf(value.items, kind, evaluation.make((expr.end, "list")))
    inner = iterate(evaluation, value, expr, "fetches all rows")
    return Collection(kind, inner, evaluation.make((expr.end, "list")))
