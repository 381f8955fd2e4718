"""Class-based views: which handlers a class has, and whether they are coroutines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.project.classes import ProjectClass, literal_strings
from async_audit.project.interfaces import HANDLERS
from async_audit.syntax.facts import Assign, Expr, FunctionFacts, Name

if TYPE_CHECKING:
    from async_audit.project.program import Program

VIEW = "django.views.generic.View"
API_VIEW = "rest_framework.views.APIView"
ASYNC_API_VIEW = "adrf.views.APIView"


@dataclass(frozen=True, slots=True)
class ViewHandler:
    """One handler of a view class: who defines it, and whether it is a coroutine function."""

    name: str
    owner: str
    is_async: bool


def is_view(program: Program, cls: str) -> bool:
    """Whether the class is one of Django's class-based views."""
    return program.classes.derives(cls, VIEW)


def handlers(program: Program, cls: str) -> tuple[ViewHandler, ...]:
    """The handlers that decide whether Django takes the view for asynchronous, those of libraries included.

    `options` does not count (`View.view_is_async`).
    """
    found: list[ViewHandler] = []
    for name in sorted(answered(program, cls) - {"options"}):
        for current in program.classes.order(cls):
            project_class = program.classes.get(current)
            if project_class is not None:
                function = project_class.function(name) or aliased(project_class, name)
                if function is not None:
                    found.append(ViewHandler(name, current, function.is_async))
                    break
            elif name in program.catalogue.handlers.get(current, ()):
                found.append(ViewHandler(name, current, is_async=False))
                break
    return tuple(found)


def answered(program: Program, cls: str) -> frozenset[str]:
    """The handlers that `http_method_names` of the class lets through."""
    member = program.classes.member(cls, "http_method_names")
    if member is not None and isinstance(member.statement, Assign):
        names = literal_strings(member.statement.value)
        if names:
            return HANDLERS & frozenset(names)
    return HANDLERS


def aliased(cls: ProjectClass, name: str) -> FunctionFacts | None:
    """The method that `post = get` in a class body makes another name of; so may `get` be one."""
    for _ in HANDLERS:
        statement = cls.members.get(name)
        if not isinstance(statement, Assign) or not isinstance(statement.value, Name):
            return None
        name = statement.value.id
        function = cls.function(name)
        if function is not None:
            return function
    return None


def dispatching(program: Program, cls: str) -> tuple[tuple[ProjectClass, FunctionFacts], ...]:
    """The coroutines called `dispatch` that the project puts around a view's handlers, outermost first."""
    order = program.classes.order(cls) if is_view(program, cls) else ()
    owners = map(program.classes.get, order)
    found = [(owner, owner.function("dispatch")) for owner in owners if owner is not None]
    return tuple((owner, facts) for owner, facts in found if facts is not None and facts.is_async)


def has_async_handlers(program: Program, cls: str) -> bool:
    """Whether Django runs the view on the event loop."""
    return is_view(program, cls) and any(handler.is_async for handler in handlers(program, cls))


@dataclass(frozen=True, slots=True)
class InheritedHook:
    """A plain method of a mixin that a class brings onto the event loop, and the base that names it."""

    base: Expr
    owner: ProjectClass
    function: FunctionFacts


def inherited_hooks(program: Program, cls: ProjectClass) -> tuple[InheritedHook, ...]:
    """The plain hooks of mixins that run on the event loop because of this class's handlers.

    A base that has asynchronous handlers itself answers for its own.
    """
    if not has_async_handlers(program, cls.name):
        return ()
    found: list[InheritedHook] = []
    for base in cls.facts.bases:
        names = program.classes.class_names(cls.path, base)
        orders = [program.classes.order(name) for name in names if not has_async_handlers(program, name)]
        for hook in sorted(program.catalogue.loop_hooks):
            member = program.classes.member(cls.name, hook)
            function = None if member is None else member.cls.function(hook)
            if member is None or function is None or function.is_async or member.cls.name == cls.name:
                continue
            if any(member.cls.name in order for order in orders):
                found.append(InheritedHook(base, member.cls, function))
    return tuple(found)
