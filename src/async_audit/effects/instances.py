"""Model instances: what their attributes and methods do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.catalogue.rows import Action
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.conditions import fetched_here
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.loading import ANYTHING, below_owner, given_paths, loaded_paths, paths_below
from async_audit.effects.prefetching import learn_back, prefetched_list
from async_audit.effects.queryset_methods import missing_twin, twin_advice
from async_audit.effects.querysets import FOR_CALLERS
from async_audit.effects.refreshing import SINGLE, refresh
from async_audit.effects.values import (
    FALSE,
    INTEGER,
    NONE,
    STRING,
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    ClassObject,
    Const,
    DictOf,
    Instance,
    Manager,
    Method,
    ModelInstance,
    Provenance,
    TupleOf,
    Unknown,
    Value,
    alternatives,
)
from async_audit.findings import Confidence
from async_audit.project.orm import Field, Model, Relation

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

NO_SUCH_ROW = "django.core.exceptions.ObjectDoesNotExist"

ROW_EXCEPTIONS = frozenset({"DoesNotExist", "MultipleObjectsReturned", "NotUpdated"})
"""The exception classes that Django puts on each model class (django/db/models/base.py, `ModelBase`)."""


_NEIGHBOURS = ("get_next_by_", "get_previous_by_", "get_next_in_order", "get_previous_in_order")
"""How the methods begin that find the row before or behind an instance (django/db/models/base.py)."""


def is_loaded(evaluation: Evaluation, value: ModelInstance, name: str) -> bool:
    """Whether the relation `name` of the instance can be read without a query."""
    state = evaluation.state
    if state.known(value.origin, f"unloaded {name}") is not None:
        return False
    if state.known(value.origin, f"loaded {name}") is not None:
        return True
    if state.known(value.origin, f"loaded {ANYTHING}") is not None:
        return True
    loaded = value.loaded | fetched_here(evaluation, value.model)
    if ANYTHING in loaded:
        return True
    return any(path == name or path.startswith(f"{name}__") for path in loaded)


def read_attribute(evaluation: Evaluation, value: ModelInstance, name: str, expr: Expr) -> Value:
    """`instance.name`."""
    from async_audit.effects.attributes import member_value

    assigned = evaluation.state.known(value.origin, f".{name}")
    if assigned is not None:
        return assigned
    program = evaluation.program
    found = program.models.attribute(value.model, name)
    if found is not None:
        return _read_field(evaluation, value, found, expr)
    member = program.classes.member(value.model, name)
    if member is not None:
        return member_value(evaluation, member, value, name, expr)
    by_key = program.models.field_by_column(value.model, name)
    if by_key is not None:
        _read_column(evaluation, value, by_key, expr)
    if name in {"pk", "id", "_state", "_meta"} or by_key is not None:
        return Instance(f"django.db.models.Model.{name}")
    if is_loaded(evaluation, value, name):
        return prefetched_list(evaluation, value, name, expr)
    row = program.catalogue.instance.get(name)
    if row is not None:
        return Method(value, "instance", name)
    for current in program.classes.order(value.model):
        library = program.catalogue.method(current, name)
        if library is not None:
            return Method(value, current, name)
    if name.startswith(_NEIGHBOURS):
        return Method(value, "neighbour", name)
    if name.startswith("get_") and name.endswith("_display"):
        return Method(value, "display", name)
    if name in ROW_EXCEPTIONS:
        return ClassObject(NO_SUCH_ROW)
    if name == "__class__":
        return ClassObject(value.model)
    for written in _written(evaluation, value, name):
        return written
    if (
        name.startswith("a")
        and not program.classes.is_open(value.model)
        and program.classes.member(value.model, "__getattr__") is None
    ):
        return Method(value, "no such twin", name)
    return Unknown(f"attribute {name} of a model")


def _written(evaluation: Evaluation, value: ModelInstance, name: str) -> list[Value]:
    from async_audit.effects.attributes import written_attribute

    written = written_attribute(evaluation, value.model, name)
    return [written] if written is not None else []


def _read_field(evaluation: Evaluation, value: ModelInstance, item: Field, expr: Expr) -> Value:
    origin = (*value.origin, item.name) if value.origin else ()
    match item.relation:
        case Relation.PLAIN:
            _read_column(evaluation, value, item, expr)
            return Unknown(f"the value of field {item.name}")
        case Relation.FILE:
            return Instance("django.db.models.fields.files.FieldFile", origin, (value, Const(item.name)))
        case Relation.MANY_TO_MANY | Relation.REVERSE_MANY:
            return _related_manager(evaluation, value, item)
        case Relation.GENERIC_RELATION:
            if evaluation.state.known(("content types",), value.model) is None and not is_loaded(
                evaluation, value, item.name
            ):
                _report(
                    evaluation,
                    value,
                    item,
                    expr,
                    "looks up the content type, unless it is cached",
                    Confidence.LIKELY,
                )
                evaluation.state.learn(("content types",), value.model, TRUE)
            return _related_manager(evaluation, value, item)
        case _:
            pass
    if (
        value.provenance is not Provenance.HELD
        and not _is_for_callers_to_say(evaluation, value)
        and not is_loaded(evaluation, value, item.name)
        and not _surely_absent(evaluation, value, item)
    ):
        given = value.provenance is Provenance.GIVEN
        _report(
            evaluation,
            value,
            item,
            expr,
            "loads the related object, which is not known to be loaded",
            Confidence.LIKELY if given else Confidence.CERTAIN,
        )
    if not is_loaded(evaluation, value, item.name):
        # What was fetched with the object is no news, and may not hold of another object that may be here.
        evaluation.state.learn(value.origin, f"loaded {item.name}", TRUE)
    if not item.target:
        return Unknown(f"what {item.name} refers to")
    if value.provenance is Provenance.HELD:
        return ModelInstance(item.target, origin, provenance=Provenance.HELD)
    below = paths_below(value.loaded | fetched_here(evaluation, value.model), item.name)
    back = frozenset({item.back}) if item.back else frozenset()
    # select_related(…).only("title", "author__name") defers the other columns of `author` too.
    only = paths_below(value.only, item.name) if value.only is not None else None
    deferred = paths_below(value.deferred, item.name)
    return ModelInstance(item.target, origin, below | back, deferred, only or None, value.provenance)


def _is_for_callers_to_say(evaluation: Evaluation, value: ModelInstance) -> bool:
    """Whether the instance is an argument of a function that the project calls.

    Each call is evaluated with what it passes, and reported where that is not loaded.
    """
    if value.provenance is not Provenance.GIVEN or value.origin[:1] != ("param",) or not evaluation.scopes:
        return False
    facts = evaluation.scopes[0].facts
    is_method = bool(facts.owner and facts.parameters) and not facts.is_static
    receiver = facts.parameters[0].name if is_method else ""
    return value.origin[1] != receiver and evaluation.program.is_called_somewhere(facts.name)


def _surely_absent(evaluation: Evaluation, value: ModelInstance, item: Field) -> bool:
    """Whether a new instance has no key to follow: Django then raises without a query."""
    if item.relation is Relation.GENERIC_FOREIGN_KEY and value.provenance is Provenance.FRESH:
        return True
    if value.provenance is not Provenance.FRESH:
        return False
    return evaluation.state.known(value.origin, f"unloaded {item.name}") is None


def _report(
    evaluation: Evaluation,
    value: ModelInstance,
    item: Field,
    expr: Expr,
    what: str,
    confidence: Confidence,
) -> None:
    spelling = evaluation.spelled(expr)
    remedy = f'load it with `select_related("{item.name}")`, or read it inside `sync_to_async`'
    if item.relation in {Relation.GENERIC_FOREIGN_KEY, Relation.REVERSE_MANY}:
        remedy = f'load it with `prefetch_related("{item.name}")`, or read it inside `sync_to_async`'
    if item.relation is Relation.GENERIC_RELATION:
        remedy = "use it inside `sync_to_async`"
    category = Category.LAZY_ATTRIBUTE
    if evaluation.state.known(value.origin, "from hop") is not None:
        category = Category.LAZY_RESULT_OF_HOP
        remedy = "load it inside the thread"
    evaluation.emit(Kind.QUERIES, category, expr, f"`{spelling}` {what}", remedy, confidence)


def _read_column(evaluation: Evaluation, value: ModelInstance, item: Field, expr: Expr) -> None:
    """A column that `only()` or `defer()` left out is fetched when it is read."""
    names = {item.name, item.column} - {""}
    left_out = not names.isdisjoint(value.deferred) or (
        value.only is not None
        and not any(name in names or name.startswith(f"{item.name}__") for name in value.only)
        and not item.primary_key
        and item.name != "id"
    )
    if left_out and evaluation.state.known(value.origin, f"loaded {item.name}") is None:
        _report(evaluation, value, item, expr, "fetches a deferred field", Confidence.CERTAIN)
        evaluation.state.learn(value.origin, f"loaded {item.name}", TRUE)


def _related_manager(evaluation: Evaluation, value: ModelInstance, item: Field) -> Value:
    if not item.target:
        return Unknown(f"the manager {item.name}")
    loaded = loaded_paths(evaluation, value)
    prefetched = None
    if is_loaded(evaluation, value, item.name):
        prefetched = paths_below(loaded | fetched_here(evaluation, value.model), item.name)
    origin = (*value.origin, item.name) if value.origin else ()
    if prefetched is None and _is_for_callers_to_say(evaluation, value):
        evaluation.state.learn(origin, FOR_CALLERS, TRUE)
    return Manager(
        item.target,
        default_manager_classes(evaluation, item.target),
        origin,
        related=True,
        parent=item.back,
        parents=frozenset(f"{item.back}__{path}" for path in below_owner(evaluation, value)),
        prefetched=prefetched,
        perhaps=value.provenance in {Provenance.GIVEN, Provenance.HELD},
    )


def default_manager_classes(evaluation: Evaluation, model: str) -> tuple[str, ...]:
    """The classes of the model's default manager: the first one that it declares."""
    managers = evaluation.program.models.get(model).managers
    found = managers.get("objects") or next(iter(managers.values()), None)
    if found is not None:
        return found.classes
    for ancestor in evaluation.program.classes.order(model):
        row = evaluation.program.catalogue.models.get(ancestor)
        if row is not None and row.manager:
            return (row.manager,)
    return ()


def call_method(evaluation: Evaluation, method: Method, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """Call a method that Django gives to model instances."""
    value = method.receiver
    assert isinstance(value, ModelInstance)
    callee = evaluation.spelled(getattr(expr, "function", expr))
    if method.owner == "neighbour":
        _emit_query(evaluation, expr, callee, "wrap it in `sync_to_async`")
        return ModelInstance(value.model, (expr.end, "row"))
    if method.owner == "display":
        return STRING
    if method.owner == "no such twin":
        evaluation.emit(
            Kind.MISUSES,
            Category.NO_SUCH_ASYNC_METHOD,
            expr,
            f"`{value.model.rpartition('.')[2]}` has no `{method.name}`",
            "wrap the synchronous method in `sync_to_async`",
            Confidence.LIKELY,
        )
        return UNTYPED
    row = evaluation.program.catalogue.instance[method.name]
    if row.name.removeprefix("a") == "refresh_from_db":
        refresh(evaluation, value, actuals)
    if row.action is Action.TWIN:
        if row.twin_since > evaluation.program.django:
            missing_twin(evaluation, row.name, row.twin_since, callee, expr)
            return UNTYPED
        return Awaitable(
            _result(row.returns), callee, AwaitKind.HOP_REQUEST, evaluation.make((expr.end, "awaitable"))
        )
    if row.action is Action.QUERIES:
        _emit_query(evaluation, expr, callee, twin_advice(evaluation, row))
    elif _validation_queries(evaluation, value, row.name, actuals):
        evaluation.emit(
            Kind.QUERIES,
            Category.DJANGO_CALL,
            expr,
            f"`{callee}` looks up unique fields and relations in the database",
            "wrap it in `sync_to_async`",
        )
    return _result(row.returns)


def _emit_query(evaluation: Evaluation, expr: Expr, callee: str, remedy: str) -> None:
    evaluation.emit(Kind.QUERIES, Category.ORM_CALL, expr, f"`{callee}` queries the database", remedy)


def _result(returns: str) -> Value:
    match returns:
        case "none":
            return NONE
        case "counts":
            return TupleOf((INTEGER, DictOf((), INTEGER)))
        case _:
            return UNTYPED


def _validation_queries(
    evaluation: Evaluation, value: ModelInstance, name: str, actuals: tuple[Actual, ...]
) -> bool:
    """Whether validating an instance of the model has anything to look up."""
    model = evaluation.program.models.get(value.model)
    relations = has_relation(model)
    if value.provenance is Provenance.FRESH:
        # A key that was never given is not looked up.
        given = value.loaded | {
            fact.removeprefix("unloaded ")
            for fact in evaluation.state.heap.get(value.origin, {})
            if fact.startswith("unloaded ")
        }
        relations = any(item.relation in _KEYS and item.name in given for item in model.fields.values())
    if any(a.keyword == "exclude" for a in actuals):
        relations = False
    skips_unique = any(a.keyword == "validate_unique" and a.value == FALSE for a in actuals)
    match name:
        case "full_clean":
            return relations or (has_unique(model) and not skips_unique)
        case "clean_fields":
            return relations
        case "validate_unique":
            return has_unique(model)
        case _:
            return False


def has_unique(model: Model) -> bool:
    """Whether the model has a unique field besides its automatic key."""
    return any(item.unique or item.relation is Relation.ONE_TO_ONE for item in model.fields.values()) or any(
        item.primary_key and item.relation is Relation.PLAIN for item in model.fields.values()
    )


def has_relation(model: Model) -> bool:
    """Whether the model has a foreign key."""
    return any(item.relation in _KEYS for item in model.fields.values())


_KEYS = frozenset({Relation.FOREIGN_KEY, Relation.ONE_TO_ONE})


def write_attribute(evaluation: Evaluation, value: ModelInstance, name: str, new: Value) -> None:
    """`instance.name = new`: a related object that is assigned is loaded, a new key unloads it."""
    state = evaluation.state
    item = evaluation.program.models.attribute(value.model, name)
    if item is not None and item.relation in SINGLE:
        learn_back(evaluation, item, new, value)
        state.learn(value.origin, f"loaded {name}", TRUE)
        state.unlearn(value.origin, f"unloaded {name}")
        if any(isinstance(member, ModelInstance) for member in alternatives(new)):
            state.learn(value.origin, f".{name}", new)
        return
    by_key = evaluation.program.models.field_by_column(value.model, name)
    if by_key is not None:
        state.unlearn(value.origin, f"loaded {by_key.name}", f".{by_key.name}")
        state.learn(value.origin, f"unloaded {by_key.name}", TRUE)
        return
    if item is not None and item.relation is Relation.FILE:
        return
    state.learn(value.origin, f".{name}", new)
    state.learn(value.origin, f"loaded {name}", TRUE)


def _look_up_type(evaluation: Evaluation, value: ModelInstance, name: str, expr: Expr) -> None:
    """An object that is assigned to a generic foreign key has its content type looked up."""
    item = evaluation.program.models.attribute(value.model, name)
    if item is None or item.relation is not Relation.GENERIC_FOREIGN_KEY:
        return
    if evaluation.state.known(("content types",), value.model) is None:
        evaluation.emit(
            Kind.QUERIES,
            Category.LAZY_ATTRIBUTE,
            expr,
            f"assigning `{name}` looks up the content type, unless it is cached",
            "use it inside `sync_to_async`",
            Confidence.LIKELY,
        )


def construct(evaluation: Evaluation, model: str, actuals: tuple[Actual, ...], expr: Expr) -> Value:
    """`Model(…)`: nothing is fetched; relations given as objects are loaded."""
    origin = evaluation.make((expr.end, "instance"))
    given = frozenset(actual.keyword for actual in actuals if actual.keyword)
    value = ModelInstance(model, origin, provenance=Provenance.FRESH)
    for name in given:
        by_key = evaluation.program.models.field_by_column(model, name)
        if by_key is not None:
            evaluation.state.learn(origin, f"unloaded {by_key.name}", TRUE)
    for name in sorted(given):
        _look_up_type(evaluation, value, name, expr)
    for actual in actuals:
        if actual.keyword and actual.value == TRUE:
            evaluation.state.learn(origin, f"set {actual.keyword}", TRUE)
        if actual.keyword and any(isinstance(m, ModelInstance) for m in alternatives(actual.value)):
            evaluation.state.learn(origin, f".{actual.keyword}", actual.value)
            learn_back(
                evaluation, evaluation.program.models.attribute(model, actual.keyword), actual.value, value
            )
    return replace(value, loaded=given | given_paths(evaluation, actuals))
