"""What keeps a synchronous view from being a coroutine, besides its own body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_audit.project.decorator_names import decorator_name
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
    own = view.bodies[:1]
    found = [text for body in own for text in _of_decorators(program, body)]
    found += [text for body in own if body.receiver for text in _of_class(program, body.receiver)]
    if program.opens_transactions:
        found.append("`ATOMIC_REQUESTS`: decorate it with `@transaction.non_atomic_requests`")
    return tuple(dict.fromkeys(found))


def _of_decorators(program: Program, body: Body) -> Iterator[str]:
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
        name = decorator_name(program, body.path, decorator)
        if name == _METHOD_DECORATOR and isinstance(decorator, Call) and decorator.arguments:
            name = decorator_name(program, body.path, decorator.arguments[0].value)
        yield name


def _of_class(program: Program, owner: str) -> Iterator[str]:
    if program.classes.derives(owner, API_VIEW):
        yield "REST framework never awaits a handler: use adrf, or a plain Django view"
        return
    for base in program.classes.library_bases(owner):
        if base in program.catalogue.wrappers:
            yield f"`{base.rpartition('.')[2]}` checks the user synchronously"
    yield "all handlers of the class become coroutines together"
