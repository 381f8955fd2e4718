"""Rendering a template on the event loop: which of the values it shows make a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects import consumption, requests
from async_audit.effects.annotated import UNTYPED
from async_audit.effects.kinds import Category, Kind
from async_audit.effects.template_branches import CLOSING, FURTHER, OPENING, Branches, answer_of
from async_audit.effects.values import (
    Actual,
    Bound,
    Const,
    DictOf,
    Function,
    Instance,
    LazyUser,
    Method,
    Unknown,
    Value,
    alternatives,
)
from async_audit.project.templates import Tag, literal, tags_of, variables

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

_DEEPEST_INCLUDE = 5


def render(evaluation: Evaluation, template: str, context: Value, request: Value | None, expr: Expr) -> None:
    """Note that rendering `template` at `expr` queries, if what it uses of the context does."""
    tags = evaluation.program.templates.find(template)
    if tags is not None:
        _render(evaluation, tags, template, context, request, expr)


def render_source(
    evaluation: Evaluation, source: str, context: Value, request: Value | None, expr: Expr
) -> None:
    """The same for a template that is written in the code."""
    _render(evaluation, tags_of(source), "this template", context, request, expr)


def _render(
    evaluation: Evaluation,
    tags: tuple[Tag, ...],
    template: str,
    context: Value,
    request: Value | None,
    expr: Expr,
) -> None:
    names: dict[str, Value] = dict(context.items) if isinstance(context, DictOf) else {}
    if isinstance(request, Instance) and requests.is_request(evaluation, request):
        names.setdefault("request", request)
        origin = request.origin or ("request",)
        names.setdefault("user", evaluation.attribute(request, "user", expr))
        names.setdefault("perms", Instance("django.contrib.auth.context_processors.PermWrapper", origin))
    with evaluation.collected() as effects:
        _run(evaluation, tags, names, expr, 0)
    evaluation.note([effect for effect in effects if effect.kind is Kind.MISUSES])
    culprit = next((effect for effect in effects if effect.kind is Kind.QUERIES), None)
    if culprit is not None:
        evaluation.emit(
            Kind.QUERIES,
            Category.TEMPLATE,
            expr,
            f"rendering {template} on the event loop queries the database: {culprit.subject}",
            "return a `TemplateResponse`, which Django renders in a thread, or load the values first",
            culprit.confidence,
        )


def _run(
    evaluation: Evaluation,
    tags: tuple[Tag, ...],
    names: dict[str, Value],
    expr: Expr,
    depth: int,
    replaced: frozenset[str] = frozenset(),
) -> None:
    """Follow the tags of one template; the blocks in `replaced` are those a child template fills."""
    scopes: list[dict[str, Value]] = []
    branches = Branches()
    skipped = 0
    for tag in tags:
        if tag.name == "block" and (skipped or tag.rest.split(" ")[0] in replaced):
            skipped += 1
        elif tag.name == "endblock" and skipped:
            skipped -= 1
        if skipped or not _is_reached(evaluation, tag, branches, names, expr):
            continue
        match tag.name:
            case "for":
                scopes.append(dict(names))
                _start_loop(evaluation, tag.rest, names, expr)
            case "endfor" | "endwith":
                if scopes:
                    names.clear()
                    names.update(scopes.pop())
            case "with":
                scopes.append(dict(names))
                _bind_with(evaluation, tag.rest, names, expr)
            case "include" | "extends":
                included = evaluation.program.templates.find(literal(tag.rest))
                if included is not None and depth < _DEEPEST_INCLUDE and tag.name == "include":
                    given = _given_to_include(evaluation, tag.rest, names, expr)
                    _run(evaluation, included, given, expr, depth + 1)
                elif included is not None and depth < _DEEPEST_INCLUDE:
                    filled = {inner.rest.split(" ")[0] for inner in tags if inner.name == "block"}
                    _run(evaluation, included, names, expr, depth + 1, replaced | filled)
            case "":
                _show(evaluation, tag.rest, names, expr)
            case _:
                pass


def _is_reached(
    evaluation: Evaluation, tag: Tag, branches: Branches, names: dict[str, Value], expr: Expr
) -> bool:
    """Whether a tag is shown; one that begins or ends a branch has tested its variables then."""
    was_reached = branches.is_reached
    if tag.name in CLOSING:
        branches.close()
    elif tag.name in FURTHER:
        branches.go_on()
    if tag.name in OPENING or (tag.name == "elif" and branches.is_reached):
        answers: list[bool | None] = []
        for path in variables(tag.rest) if was_reached or tag.name == "elif" else ():
            value = _resolve(evaluation, path, names, expr)
            consumption.truth(evaluation, value, expr)
            answers.append(answer_of(value))
        if tag.name in OPENING:
            branches.open(answer=answers[0] if answers and tag.rest in names else None)
    return branches.is_reached


def _given_to_include(
    evaluation: Evaluation, rest: str, names: dict[str, Value], expr: Expr
) -> dict[str, Value]:
    """The names that an included template has: `with product=other only`."""
    _, separator, given = rest.partition(" with ")
    words = given.split() if separator else rest.split()
    inside = {} if "only" in words else dict(names)
    for word in words if separator else ():
        name, equals, path = word.partition("=")
        if equals and path:
            inside[name] = _resolve(evaluation, path.partition("|")[0], names, expr)
    return inside


def _start_loop(evaluation: Evaluation, rest: str, names: dict[str, Value], expr: Expr) -> None:
    targets, _, iterable = rest.partition(" in ")
    path = next(iter(variables(iterable)), "")
    value = _resolve(evaluation, path, names, expr) if path else UNTYPED
    element = consumption.iterate(evaluation, value, expr, "the template iterates over it")
    bound = [target.strip() for target in targets.split(",")]
    names["forloop"] = DictOf((), UNTYPED)
    for target in bound:
        names[target] = element if len(bound) == 1 else UNTYPED


def _bind_with(evaluation: Evaluation, rest: str, names: dict[str, Value], expr: Expr) -> None:
    for part in rest.split():
        name, separator, path = part.partition("=")
        if separator and path:
            names[name] = _resolve(evaluation, path.partition("|")[0], names, expr)
    path, separator, name = rest.partition(" as ")
    if separator:
        names[name.strip()] = _resolve(evaluation, path.partition("|")[0].strip(), names, expr)


def _show(evaluation: Evaluation, rest: str, names: dict[str, Value], expr: Expr) -> None:
    for path in variables(rest):
        value = _resolve(evaluation, path, names, expr)
        if "|length" in rest.replace(" ", ""):
            consumption.iterate(evaluation, value, expr, "the template counts its rows")
        else:
            consumption.text(evaluation, value, expr)


def _resolve(evaluation: Evaluation, path: str, names: dict[str, Value], expr: Expr) -> Value:
    """The value of a dotted template variable; Django calls what is callable on the way."""
    first, *rest = path.split(".")
    value = names.get(first)
    if value is None:
        return Unknown("a template variable that is not known")
    if isinstance(value, Instance) and value.cls.endswith(".PermWrapper"):
        user = LazyUser(value.origin, evaluation.program.models.user_model)
        if rest:
            requests.use_user(evaluation, user, expr)
        return UNTYPED
    for part in rest:
        value = _step(evaluation, value, part, expr)
    return value


def _step(evaluation: Evaluation, value: Value, part: str, expr: Expr) -> Value:
    if part.isdigit():
        return consumption.item(evaluation, value, Const(int(part)), expr, is_slice=None)
    if isinstance(value, DictOf):
        known = dict(value.items).get(part)
        if known is not None:
            return known
    found = evaluation.attribute(value, part, expr)
    if any(isinstance(member, Method) and member.owner == "no such twin" for member in alternatives(found)):
        # What a template takes from an object may have been put there by a view.
        return UNTYPED
    if any(isinstance(member, Bound | Method | Function) for member in alternatives(found)):
        actuals: tuple[Actual, ...] = ()
        return evaluation.call(found, actuals, expr)
    return found
