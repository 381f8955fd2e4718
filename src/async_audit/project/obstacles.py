"""What keeps a synchronous view from being a coroutine, besides its own body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_audit.project.databases import database_options
from async_audit.project.deployment import is_aside
from async_audit.project.names import LibraryName
from async_audit.project.views import API_VIEW
from async_audit.syntax.facts import Call

if TYPE_CHECKING:
    from async_audit.project.program import Program
    from async_audit.project.synchronous_views import Body, SynchronousView

_NEVER = (99, 0)
_ATOMIC = "django.db.transaction.atomic"
_METHOD_DECORATOR = "django.utils.decorators.method_decorator"


def obstacles(program: Program, view: SynchronousView) -> tuple[str, ...]:
    """What would have to change before the view can be a coroutine, in plain words."""
    found = [*_of_decorators(program, view)]
    if view.bodies and view.bodies[0].owner:
        found.extend(_of_class(program, view.bodies[0].owner))
    if program_is_atomic(program):
        found.append("`ATOMIC_REQUESTS`: decorate it with `@transaction.non_atomic_requests`")
    return tuple(dict.fromkeys(found))


def program_is_atomic(program: Program) -> bool:
    """Whether a setting opens a transaction for each request, which refuses coroutines."""
    return any(
        option.value and not option.is_fallback and not is_aside(option.path)
        for option in database_options(program, "ATOMIC_REQUESTS")
    )


def _of_decorators(program: Program, view: SynchronousView) -> Iterator[str]:
    for body in view.bodies[:1]:
        for name in _wrappers(program, body):
            row = program.catalogue.wrappers.get(name)
            short = name.rpartition(".")[2]
            if name == _ATOMIC:
                yield "`@atomic` takes no coroutine: open the transaction behind one `sync_to_async`"
            elif row is not None and row.coroutines_since >= _NEVER:
                yield f"`@{short}` takes no coroutine"
            elif row is not None and row.coroutines_since > program.django:
                since = "{}.{}".format(*row.coroutines_since)
                yield f"`@{short}` takes coroutines from Django {since} on"


def _wrappers(program: Program, body: Body) -> Iterator[str]:
    """The library decorators of a function, those that `method_decorator` applies included."""
    for decorator in body.facts.decorators:
        target = decorator.function if isinstance(decorator, Call) else decorator
        names = [m.name for m in program.classes.resolve(body.path, target) if isinstance(m, LibraryName)]
        if _METHOD_DECORATOR in names and isinstance(decorator, Call) and decorator.arguments:
            inner = decorator.arguments[0].value
            target = inner.function if isinstance(inner, Call) else inner
            names = [m.name for m in program.classes.resolve(body.path, target) if isinstance(m, LibraryName)]
        yield from (program.catalogue.canonical(name) for name in names)


def _of_class(program: Program, owner: str) -> Iterator[str]:
    if program.classes.derives(owner, API_VIEW):
        yield "REST framework never awaits a handler: use adrf, or a plain Django view"
        return
    for base in program.classes.order(owner):
        if base in program.catalogue.wrappers and program.classes.get(base) is None:
            yield f"`{base.rpartition('.')[2]}` checks the user synchronously"
    yield "all handlers of the class become coroutines together"
