"""Built-in functions: what they consume, call and give. Which name does what is in `data/builtins.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects import consumption, dynamic_imports, forgotten, operators
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.loading import ANYTHING
from async_audit.effects.values import (
    BOOLEAN,
    FALSE,
    INTEGER,
    NEVER,
    NONE,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    Bound,
    ClassObject,
    Collection,
    Const,
    DictOf,
    Function,
    Hop,
    Instance,
    Lazy,
    LazyUser,
    Method,
    ModelInstance,
    Partial,
    QuerySet,
    Super,
    TupleOf,
    Value,
    alternatives,
    join,
)

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr


_REPRESENTING = frozenset({"builtins.repr", "builtins.ascii", "pprint.pprint", "pprint.pformat"})
"""What shows the `repr` of its arguments."""


def call(
    evaluation: Evaluation, special: str, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value | None:
    """The value of a built-in with this behaviour; nothing where the behaviour is not a built-in's."""
    positional = [actual.value for actual in actuals if not actual.keyword]
    first = positional[0] if positional else None
    match special:
        case "collect" | "collect-mapping" | "default-mapping" | "namespace":
            return _container(evaluation, special, name, actuals, expr)
        case "reduce":
            return _reduce(evaluation, name, actuals, positional, expr)
        case "choose" if first is not None:
            return consumption.iterate(evaluation, first, expr, "reads all rows")
        case "length":
            return _length(evaluation, first, expr)
        case "truth" if first is not None:
            consumption.truth(evaluation, first, expr)
            return BOOLEAN
        case "text" | "print":
            for value in positional:
                consumption.text(evaluation, value, expr, represented=name in _REPRESENTING)
            return STRING if special == "text" else NONE
        case "iterate" if first is not None:
            return _iterator(evaluation, first, expr)
        case "next" if first is not None:
            produced = consumption.iterate(evaluation, first, expr, "takes its next row")
            return join((produced, *positional[1:]))
        case "aiter" if first is not None:
            return Lazy(consumption.iterate_async(evaluation, first, expr), is_async=True)
        case "anext" if first is not None:
            inner = consumption.iterate_async(evaluation, first, expr)
            return Awaitable(inner, "anext", AwaitKind.HOP_REQUEST, evaluation.make((expr.end, "awaitable")))
        case "map" if len(positional) > 1:
            keeps = not name.endswith(("map", "starmap"))
            return _lazy_over(evaluation, positional[1:], positional[0], expr, keeps_elements=keeps)
        case "chain" if name == "itertools.groupby":
            return _group(evaluation, positional, actuals, expr)
        case "chain":
            return _chain(evaluation, name, positional, expr)
        case "getattr" if len(positional) > 1:
            return _getattr(evaluation, positional, expr)
        case "hasattr" if len(positional) > 1:
            found = _getattr(evaluation, positional, expr)
            return FALSE if isinstance(found, Method) and found.owner == "no such twin" else BOOLEAN
        case "isinstance" if first is not None:
            for member in alternatives(first):
                if isinstance(member, LazyUser):
                    from async_audit.effects.requests import use_user

                    use_user(evaluation, member, expr)
            return BOOLEAN
        case "type" if first is not None:
            return join(_type(member) for member in alternatives(first) if member != NONE)
        case "super":
            return _super(evaluation, positional)
        case "locals":
            return DictOf(evaluation.local_variables())
        case "attrgetter" | "methodcaller":
            return Instance(name, (), tuple(positional))
        case "setattr" if len(positional) > 2:
            _setattr(evaluation, positional)
            return NONE
        case "partial" if first is not None:
            return Partial(first, actuals[1:])
        case "serialise" if first is not None:
            return _serialised(evaluation, name, first, actuals, expr)
        case "namedtuple" if len(positional) > 1:
            return Instance(name, (), (Const(" ".join(_field_names(positional[1]))),))
        case "replace" if isinstance(first, Instance):
            return _changed_copy(evaluation, first, actuals, expr)
        case "same" if positional:
            return _same(evaluation, name, positional)
        case "property" | "marker" | "memoise":
            return first if first is not None else Partial(_marker(name), ())
        case "iscoroutinefunction" if first is not None:
            return _is_coroutine_function(first)
        case "running-loop" | "new-loop":
            return Instance("asyncio.AbstractEventLoop", (expr.end, "loop"), (Const(special),))
        case "import-module":
            return dynamic_imports.import_module(evaluation, first, expr)
        case "import-string":
            return dynamic_imports.import_string(evaluation, first, expr)
        case "wraps":
            return Partial(_marker("builtins.staticmethod"), ())
        case _:
            return None


def _collect(
    evaluation: Evaluation, name: str, source: Value | None, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    """A list, tuple or set of what there is in `source`; `sorted` puts it in order."""
    kind = name.rpartition(".")[2].replace("sorted", "list").replace("frozenset", "set")
    if source is None:
        return Collection(kind, join(()), evaluation.make((expr.end, "list")))
    result = consumption.collect(evaluation, source, kind, expr)
    inner = consumption.element(result)
    if not _call_key(evaluation, actuals, inner, expr) and name == "builtins.sorted":
        operators.ordering(evaluation, inner, expr)
    return result


def call_accessor(evaluation: Evaluation, accessor: Instance, value: Value, expr: Expr) -> Value:
    """What an `attrgetter` or a `methodcaller` gives for a value."""
    names = [part.value for part in accessor.parts if isinstance(part, Const) and isinstance(part.value, str)]
    if evaluation.program.catalogue.specials[accessor.cls] == "methodcaller":
        given = tuple(Actual(part) for part in accessor.parts[1:])
        return evaluation.call_method(value, names[0], given, expr) if names else UNTYPED
    found: list[Value] = []
    for name in names:
        result = value
        for attribute in name.split("."):
            result = evaluation.attribute(result, attribute, expr)
        found.append(result)
    return found[0] if len(found) == 1 else TupleOf(tuple(found))


def _is_coroutine_function(value: Value) -> Value:
    """What `iscoroutinefunction` answers, where the function is known."""
    answers: set[bool] = set()
    for member in alternatives(value):
        match member:
            case Function(facts=facts) | Bound(function=Function(facts=facts)):
                answers.add(facts.is_async and not facts.is_generator)
            case Hop():
                answers.add(True)  # noqa: FBT003  (the answer itself)
            case _:
                return BOOLEAN
    return Const(answers.pop()) if len(answers) == 1 else BOOLEAN


def _marker(name: str) -> Value:
    from async_audit.effects.values import External

    return External(name)


def _same(evaluation: Evaluation, name: str, positional: list[Value]) -> Value:
    if name == "typing.cast" and len(positional) > 1:
        if isinstance(positional[0], ClassObject):
            from async_audit.effects.annotated import instance_value, promised

            if not promised(positional[1]):
                return instance_value(evaluation.program, positional[0].name, ())
        return positional[1]
    return positional[0]


def _call_key(evaluation: Evaluation, actuals: tuple[Actual, ...], element: Value, expr: Expr) -> bool:
    """Call what orders the elements, if it is given; whether it is."""
    keys = [actual.value for actual in actuals if actual.keyword == "key"]
    for key in keys:
        compared = evaluation.call(key, (Actual(element),), expr)
        forgotten.check_key(evaluation, compared, expr)
    return bool(keys)


def _setattr(evaluation: Evaluation, positional: list[Value]) -> None:
    """What is set under a name that is not known may be any relation of the object."""
    from async_audit.effects.written_attributes import set_attribute

    target, name, value = positional[:3]
    if isinstance(name, Const):
        set_attribute(evaluation, target, str(name.value), value)
        return
    for member in alternatives(target):
        if isinstance(member, ModelInstance):
            evaluation.state.learn(member.origin, f"loaded {ANYTHING}", TRUE)


def _container(
    evaluation: Evaluation, special: str, name: str, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    """A list, set or dictionary that is made of the arguments, or an object that has them as attributes."""
    first = next((actual.value for actual in actuals if not actual.keyword), None)
    match special:
        case "collect":
            return _collect(evaluation, name, first, actuals, expr)
        case "default-mapping":
            made = NEVER if first is None else evaluation.call(first, (), expr)
            rows = _mapping(evaluation, actuals[1:], expr)
            return replace(rows, rest=join((rows.rest, made)))
        case "namespace":
            return make_row(evaluation, Instance(name), actuals, expr)
        case _:
            return _mapping(evaluation, actuals, expr)


def _mapping(evaluation: Evaluation, actuals: tuple[Actual, ...], expr: Expr) -> DictOf:
    pairs = tuple((a.keyword, a.value) for a in actuals if a.keyword and not a.spread)
    rest: Value = UNTYPED if actuals else NEVER
    for actual in actuals:
        if not actual.keyword and not isinstance(actual.value, DictOf | Instance):
            pair = consumption.iterate(evaluation, actual.value, expr, "fetches all rows")
            if isinstance(pair, TupleOf) and len(pair.items) == 2:
                rest = pair.items[1]
        elif isinstance(actual.value, DictOf):
            pairs = (*actual.value.items, *pairs)
    return DictOf(pairs, rest, evaluation.make((expr.end, "dict")))


def _reduce(
    evaluation: Evaluation, name: str, actuals: tuple[Actual, ...], positional: list[Value], expr: Expr
) -> Value:
    if name == "functools.reduce":
        elements = [
            consumption.iterate(evaluation, value, expr, "reads all rows") for value in positional[1:2]
        ]
        if positional:
            evaluation.call(positional[0], (Actual(UNTYPED), *(Actual(e) for e in elements)), expr)
        return UNTYPED
    if len(positional) > 1 and name.endswith(("max", "min")):
        return join(positional)
    produced: Value = UNTYPED
    for value in positional[:1]:
        produced = consumption.iterate(evaluation, value, expr, "reads all rows")
    if not _call_key(evaluation, actuals, produced, expr) and name.endswith(("max", "min")):
        operators.ordering(evaluation, produced, expr)
    if name.endswith(("any", "all")):
        return BOOLEAN
    return produced if name.endswith(("max", "min")) else UNTYPED


def _length(evaluation: Evaluation, value: Value | None, expr: Expr) -> Value:
    for member in alternatives(value) if value is not None else ():
        match member:
            case QuerySet():
                consumption.iterate(evaluation, member, expr, "counts its rows by fetching them")
            case Awaitable():
                consumption.missing_await(evaluation, member, expr, "measured")
            case Instance(cls=cls) | ModelInstance(model=cls) if (
                evaluation.program.classes.member(cls, "__len__") is not None
            ):
                evaluation.call_method(member, "__len__", (), expr)
            case Instance(cls="django.forms.models.BaseModelFormSet"):
                consumption.iterate(evaluation, member, expr, "builds a form for each row")
            case Instance(cls="django.core.paginator.Page") if member.parts:
                consumption.iterate(evaluation, member, expr, "counts its rows by fetching them")
            case _:
                pass
    return INTEGER


def _iterator(evaluation: Evaluation, value: Value, expr: Expr) -> Value:
    if isinstance(value, Lazy):
        return value
    return Collection("list", consumption.iterate(evaluation, value, expr, "starts to iterate over it"))


def _lazy_over(
    evaluation: Evaluation, sources: list[Value], mapper: Value, expr: Expr, *, keeps_elements: bool
) -> Value:
    """`map` and `filter` call iter() on their sources at once: a queryset is queried where they stand."""
    started: list[Value] = []
    for source in sources:
        if isinstance(source, QuerySet):
            inner = consumption.iterate(evaluation, source, expr, "starts to iterate over it")
            started.append(Collection("list", inner))
        else:
            started.append(source)
    with evaluation.probing():
        elements = [consumption.element(source) for source in started]
        result = evaluation.call(mapper, tuple(Actual(element) for element in elements), expr)
    if keeps_elements:
        forgotten.check_answer(evaluation, result, expr)
    element = elements[0] if keeps_elements else result
    return Lazy(element, tuple(started), mapper, keeps_elements)


def _chain(evaluation: Evaluation, name: str, positional: list[Value], expr: Expr) -> Value:
    elements: list[Value] = []
    sources: list[Value] = []
    for source in positional:
        if isinstance(source, QuerySet) and not name.endswith("chain"):
            elements.append(consumption.iterate(evaluation, source, expr, "starts to iterate over it"))
            sources.append(Collection("list", elements[-1]))
        elif isinstance(source, QuerySet):
            with evaluation.muted():
                from async_audit.effects.querysets import element

                elements.append(element(source, (expr.end, "[]")))
            sources.append(source)
        else:
            elements.append(consumption.element(source))
            sources.append(source)
    last = name.rpartition(".")[2]
    if last == "enumerate":
        return Lazy(TupleOf((INTEGER, elements[0] if elements else UNTYPED)), tuple(sources))
    if last in {"zip", "product", "zip_longest"}:
        return Lazy(TupleOf(tuple(elements)), tuple(sources))
    return Lazy(join(elements) if last in {"chain", "islice", "cycle"} else UNTYPED, tuple(sources))


def _group(evaluation: Evaluation, positional: list[Value], actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`groupby(rows, key)`: the key is asked of each row when the groups are read."""
    rows = _chain(evaluation, "itertools.groupby", positional[:1], expr)
    key = next((actual.value for actual in actuals if actual.keyword == "key"), None)
    key = positional[1] if key is None and len(positional) > 1 else key
    if not isinstance(rows, Lazy) or not rows.sources:
        return rows
    row = consumption.element(rows.sources[0])
    if key is None:
        return replace(rows, element=TupleOf((row, Collection("list", row))))
    with evaluation.probing():
        value = evaluation.call(key, (Actual(row),), expr)
    asked = Lazy(row, rows.sources, key, keeps_elements=True)
    return Lazy(TupleOf((value, Collection("list", row))), (asked,))


def _getattr(evaluation: Evaluation, positional: list[Value], expr: Expr) -> Value:
    names = [
        name.value if isinstance(name, Const) and isinstance(name.value, str) else ""
        for name in alternatives(positional[1])
    ]
    if not all(names):
        return UNTYPED
    values = [evaluation.attribute(positional[0], name, expr) for name in names]
    return join((*values, *positional[2:3]))


def _type(value: Value) -> Value:
    match value:
        case ModelInstance(model=name) | Instance(cls=name):
            return ClassObject(name)
        case _:
            return UNTYPED


def _super(evaluation: Evaluation, positional: list[Value]) -> Value:
    if len(positional) > 1 and isinstance(positional[0], ClassObject):
        return Super(positional[0].name, positional[1])
    for scope in reversed(evaluation.scopes):
        if scope.function.owner and scope.facts.parameters:
            receiver = evaluation.state.variables.get(f"{scope.number}:{scope.facts.parameters[0].name}")
            return Super(scope.function.owner, receiver) if receiver is not None else UNTYPED
    return UNTYPED


def _field_names(value: Value) -> list[str]:
    """The fields that `namedtuple` is given: a text of names, or a list of texts."""
    items = value.items if isinstance(value, TupleOf) else (value,)
    texts = [item.value for item in items if isinstance(item, Const) and isinstance(item.value, str)]
    return " ".join(texts).replace(",", " ").split()


def make_row(evaluation: Evaluation, row: Instance, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`Row(…)`, where `Row` was made by `namedtuple`: its fields are what it is given."""
    names = [name for part in row.parts for name in _field_names(part)]
    origin = evaluation.make((expr.end, "row"))
    for position, actual in enumerate(actuals):
        name = actual.keyword or (names[position] if position < len(names) else "")
        if name and not actual.spread:
            evaluation.state.learn(origin, f".{name}", actual.value)
    return Instance(f"{row.cls}()", origin)


def _changed_copy(evaluation: Evaluation, value: Instance, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`dataclasses.replace(value, name=new)`: what the copy holds is what `value` holds, but for the new."""
    origin = evaluation.make((expr.end, "instance"))
    for fact, content in evaluation.state.heap.get(value.origin, {}).items():
        evaluation.state.learn(origin, fact, content)
    for actual in actuals:
        if actual.keyword and not actual.spread:
            evaluation.state.learn(origin, f".{actual.keyword}", actual.value)
    return replace(value, origin=origin)


def _serialised(
    evaluation: Evaluation, name: str, value: Value, actuals: tuple[Actual, ...], expr: Expr
) -> Value:
    """What `copy.copy`, `pickle` and `json` give, which have read all of `value`."""
    default = next((actual.value for actual in actuals if actual.keyword == "default"), None)
    _serialise(evaluation, value, default, expr)
    if name == "copy.copy" and isinstance(value, Instance):
        return _changed_copy(evaluation, value, (), expr)
    return value if name == "copy.copy" and isinstance(value, ModelInstance) else UNTYPED


def _serialise(evaluation: Evaluation, value: Value, default: Value | None, expr: Expr) -> None:
    """`copy.copy`, `pickle` and `json` read every row; `json` hands to `default` what it does not know."""
    for member in alternatives(value):
        match member:
            case QuerySet() if default is None:
                consumption.iterate(evaluation, member, expr, "reads all rows")
            case Awaitable():
                consumption.missing_await(evaluation, member, expr, "serialised")
            case ModelInstance() | QuerySet() if default is not None:
                evaluation.call(default, (Actual(member),), expr)
            case DictOf(items=items, rest=rest):
                for _, inner in items:
                    _serialise(evaluation, inner, default, expr)
                _serialise(evaluation, rest, default, expr)
            case TupleOf(items=parts):
                for part in parts:
                    _serialise(evaluation, part, default, expr)
            case Collection(element=element) if default is not None:
                _serialise(evaluation, element, default, expr)
            case _:
                pass
