"""The value of each kind of expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from async_audit.effects import bridges, conditions, consumption, operators, querysets
from async_audit.effects.absence import PRESENT, missing
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.awaiting import evaluate_await
from async_audit.effects.kinds import unsure
from async_audit.effects.loading import as_of_now
from async_audit.effects.values import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    NEVER,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    Collection,
    Const,
    DictOf,
    Function,
    Instance,
    QuerySet,
    TupleOf,
    Unknown,
    Value,
    alternatives,
    join,
)
from async_audit.syntax.facts import (
    REPRESENTATION,
    Attribute,
    Await,
    Call,
    Comprehension,
    Conditional,
    DictDisplay,
    Display,
    Expr,
    Formatted,
    Lambda,
    Literal,
    Name,
    Operation,
    Slice,
    Starred,
    Subscript,
    Unpacking,
    Walrus,
    Yield,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"})


def evaluate(evaluation: Evaluation, expr: Expr) -> Value:
    """The value of `expr`; effects are noted and the state is changed as running it would."""
    if type(expr) is Name:  # half of all expressions
        return evaluation.name(expr.id)
    value = evaluation.latest[id(expr)] = _EVALUATORS[type(expr)](evaluation, expr)
    return value


def _name(evaluation: Evaluation, expr: Name) -> Value:
    return evaluation.name(expr.id)


def _attribute(evaluation: Evaluation, expr: Attribute) -> Value:
    return evaluation.attribute(evaluate(evaluation, expr.value), expr.name, expr)


def _literal(evaluation: Evaluation, expr: Literal) -> Value:
    del evaluation
    return Const(expr.value)


def _await(evaluation: Evaluation, expr: Await) -> Value:
    return evaluate_await(evaluation, expr, expr.value)


def _formatted(evaluation: Evaluation, expr: Formatted) -> Value:
    for value in expr.values:
        represented = isinstance(value, Operation) and value.operators == (REPRESENTATION,)
        shown = value.operands[0] if represented and isinstance(value, Operation) else value
        consumption.text(evaluation, evaluate(evaluation, shown), shown, represented=represented)
    return STRING


def _lambda(evaluation: Evaluation, expr: Lambda) -> Value:
    facts = expr.function
    return Function(evaluation.path, facts, captured=evaluation.capture(facts), frame=_frame(evaluation))


def _walrus(evaluation: Evaluation, expr: Walrus) -> Value:
    result = evaluate(evaluation, expr.value)
    if isinstance(expr.target, Name):
        evaluation.bind(expr.target.id, result)
    return result


def _starred(evaluation: Evaluation, expr: Starred) -> Value:
    return evaluate(evaluation, expr.value)


def _sliced(evaluation: Evaluation, expr: Slice) -> Value:
    for part in (expr.lower, expr.upper, expr.step):
        if part is not None:
            evaluate(evaluation, part)
    return Instance("builtins.slice", (), () if expr.step is None else (TRUE,))


def _frame(evaluation: Evaluation) -> int:
    return evaluation.scope.number if evaluation.scopes else 0


def _call(evaluation: Evaluation, expr: Call) -> Value:
    function = evaluate(evaluation, expr.function)
    wrapped = bridges.wrapped_position(evaluation, function)
    actuals: list[Actual] = []
    for position, argument in enumerate(expr.arguments):
        if position == wrapped:
            value = bridges.evaluate_wrapped(evaluation, function, argument.value)
        else:
            value = evaluate(evaluation, argument.value)
        spread = argument.unpacking is not Unpacking.NONE
        if spread and isinstance(value, TupleOf):
            actuals.extend(Actual(item) for item in value.items)
            continue
        if spread and isinstance(value, DictOf) and value.rest == NEVER:
            actuals.extend(Actual(item, name) for name, item in value.items)
            continue
        if spread and argument.unpacking is Unpacking.ITERABLE:
            value = consumption.iterate(evaluation, value, argument.value, "unpacks it")
        elif spread and not isinstance(value, DictOf):
            # What the mapping holds is not the mapping.
            value = UNTYPED
        actuals.append(Actual(value, argument.keyword, spread))
    if evaluation.passing is not None:
        evaluation.passing.note_call(evaluation, expr, tuple(actuals))
    return evaluation.call(function, tuple(actuals), expr)


def _subscript(evaluation: Evaluation, expr: Subscript) -> Value:
    value = consumption.settled(evaluate(evaluation, expr.value))
    index = expr.index
    key = evaluate(evaluation, index)
    return evaluation.each(
        value, lambda member: consumption.item(evaluation, member, key, expr, is_slice=_slice(index))
    )


def _slice(index: Expr) -> Slice | None:
    return index if isinstance(index, Slice) else None


def _operation(evaluation: Evaluation, expr: Operation) -> Value:
    spellings, operands = expr.operators, expr.operands
    operator = spellings[0]
    if operator in {"and", "or"}:
        return _boolean(evaluation, operator, operands)
    if operator == "not":
        consumption.truth(evaluation, evaluate(evaluation, operands[0]), operands[0])
        return BOOLEAN
    values = [evaluate(evaluation, operand) for operand in operands]
    if len(values) == 1:
        found = operators.unary(evaluation, operator, values[0], expr)
        if found is not None:
            return found
        return values[0] if isinstance(values[0], Const | Instance) else Unknown("an operator")
    if operator in _COMPARISONS:
        for position, comparison in enumerate(spellings):
            consumption.compare(
                evaluation, comparison, values[position], values[position + 1], operands[position + 1], expr
            )
        return BOOLEAN
    return _arithmetic(evaluation, expr, operator, values[0], values[1])


def _boolean(evaluation: Evaluation, operator: str, operands: tuple[Expr, ...]) -> Value:
    from async_audit.effects.narrowing import decided, narrow

    left = evaluate(evaluation, operands[0])
    consumption.truth(evaluation, left, operands[0])
    if decided(evaluation, operands[0], left) is (operator == "or"):
        return left
    before = evaluation.state.copy()
    conditions.regain(evaluation, evaluation.after_both, operands[0], operator)
    narrow(evaluation, operands[0], truthy=operator == "and")
    absent = missing(evaluation, operands[0])
    evaluation.state.fallback |= absent.where_false if operator == "or" else absent.where_true
    with evaluation.collected() as effects:
        right = evaluate(evaluation, operands[1])
    evaluation.state.fallback, evaluation.state.raised = before.fallback, before.raised
    helper = bool(evaluation.scopes) and not evaluation.scopes[0].facts.is_async
    evaluation.note([unsure(effect) for effect in effects] if helper else effects)
    if operator == "or":
        kept = [member for member in alternatives(left) if member not in (Const(None), Const(value=False))]
    else:
        kept = [
            member
            for member in alternatives(left)
            if isinstance(member, Const | Unknown) or member in (BOOLEAN, INTEGER, STRING)
        ]
    after = evaluation.state
    if after.variables != before.variables or after.heap != before.heap:
        from async_audit.effects.state import joined

        evaluation.state = joined(before, after)
        evaluation.after_both = (operands, after)
    return join((*kept, right))


def _arithmetic(evaluation: Evaluation, expr: Operation, operator: str, left: Value, right: Value) -> Value:
    if operator == "|" and isinstance(left, DictOf) and isinstance(right, DictOf):
        pairs = {**dict(left.items), **dict(right.items)}
        origin = evaluation.make((expr.end, "display"))
        return DictOf(tuple(pairs.items()), join((left.rest, right.rest)), origin)
    if operator in {"&", "|", "^"}:
        for side in (left, right):
            if isinstance(side, QuerySet):
                return querysets.derived(evaluation, side, expr)
    found = operators.binary(evaluation, operator, left, right, expr)
    if found is not None:
        return found
    if operator == "%" and isinstance(left, Const) and isinstance(left.value, str):
        consumption.format_with(evaluation, right, expr.operands[1])
        return STRING
    if isinstance(left, TupleOf | Collection) and isinstance(right, TupleOf | Collection):
        return Collection(left.kind, join((consumption.element(left), consumption.element(right))))
    if operator == "*" and isinstance(left, TupleOf | Collection):
        return Collection(left.kind, consumption.element(left))
    for side in (left, right):
        if isinstance(side, Awaitable):
            consumption.missing_await(evaluation, side, expr, "calculated with")
    if operator == "/" and isinstance(left, Instance):
        row = evaluation.program.catalogue.method(left.cls, "__truediv__")
        if row is not None and row.returns:
            return Instance(evaluation.program.catalogue.canonical(row.returns), (expr.end, "path"))
    for side in (left, right):
        if side in (STRING, FLOAT) or (isinstance(side, Const) and isinstance(side.value, str)):
            return STRING if side != FLOAT else FLOAT
    return Unknown("an operator")


def _display(evaluation: Evaluation, expr: Display) -> Value:
    items: list[Value] = []
    spread = False
    for item in expr.items:
        value = evaluate(evaluation, item)
        if isinstance(item, Starred):
            spread = True
            value = consumption.iterate(evaluation, value, item.value, "unpacks it")
        items.append(value)
    origin = evaluation.make((expr.end, "display"))
    if spread or expr.kind == "set" or len(items) > 32 or (not items and expr.kind != "tuple"):
        return Collection(expr.kind, join(items), origin)
    return TupleOf(tuple(items), expr.kind, origin)


def _dict(evaluation: Evaluation, expr: DictDisplay) -> Value:
    known: list[tuple[str, Value]] = []
    rest: list[Value] = []
    for key, value in expr.items:
        if isinstance(key, Starred):
            spread = evaluate(evaluation, key.value)
            if isinstance(spread, DictOf):
                known.extend(spread.items)
                rest.append(spread.rest)
            else:
                rest.append(UNTYPED)
            continue
        name = evaluate(evaluation, key)
        result = evaluate(evaluation, value)
        if isinstance(name, Const) and isinstance(name.value, str):
            known.append((name.value, result))
        else:
            rest.append(result)
    items = tuple(dict(known).items())
    if len(items) > 64:
        return DictOf(
            (), join([*rest, *(value for _, value in items)]), evaluation.make((expr.end, "display"))
        )
    return DictOf(items, join(rest), evaluation.make((expr.end, "display")))


def _conditional(evaluation: Evaluation, expr: Conditional) -> Value:
    from async_audit.effects.narrowing import decided, narrow
    from async_audit.effects.state import joined

    test = expr.test
    value = evaluate(evaluation, test)
    consumption.truth(evaluation, value, test)
    answer = decided(evaluation, test, value)
    absent = missing(evaluation, test) if answer is None else PRESENT
    before = evaluation.state.copy()
    fallback = before.fallback
    results: list[Value] = []
    if answer is not False:
        narrow(evaluation, test, truthy=True)
        evaluation.state.fallback |= absent.where_true
        with conditions.holding(evaluation, test):
            results.append(evaluate(evaluation, expr.body))
    after_body, evaluation.state = evaluation.state, before
    if answer is True:
        evaluation.state = after_body
        return join(results)
    narrow(evaluation, test, truthy=False)
    evaluation.state.fallback |= absent.where_false
    results.append(evaluate(evaluation, expr.orelse))
    if answer is None:
        evaluation.state = joined(after_body, evaluation.state)
    evaluation.state.fallback = fallback
    return join(results)


def _yield(evaluation: Evaluation, expr: Yield) -> Value:
    value = expr.value
    result: Value = Const(None) if value is None else evaluate(evaluation, value)
    if expr.delegates and value is not None:
        result = consumption.iterate(evaluation, result, value, "yields from it")
    if evaluation.scopes:
        evaluation.scope.yielded.append(as_of_now(evaluation, result))
    return Unknown("what was sent to the generator")


_EVALUATORS: dict[type[Expr], Callable[[Evaluation, Any], Value]] = {
    Name: _name,
    Attribute: _attribute,
    Call: _call,
    Literal: _literal,
    Await: _await,
    Subscript: _subscript,
    Operation: _operation,
    Formatted: _formatted,
    Display: _display,
    DictDisplay: _dict,
    Comprehension: consumption.comprehension,
    Lambda: _lambda,
    Conditional: _conditional,
    Walrus: _walrus,
    Yield: _yield,
    Starred: _starred,
    Slice: _sliced,
}
