"""What keeps a synchronous view from being a coroutine, besides its own body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from async_audit.project.decorator_names import applied_decorator, dispatch_decorator
from async_audit.project.views import API_VIEW

if TYPE_CHECKING:
    from async_audit.project.program import Program
    from async_audit.project.synchronous_views import SynchronousView

_NEVER = (99, 0)
_ATOMIC = "django.db.transaction.atomic"


def obstacles(program: Program, view: SynchronousView) -> tuple[str, ...]:
    """What would have to change before the view can be a coroutine, in plain words."""
    found: list[str] = []
    if view.handler is not None:
        facts, path = view.handler.facts, view.handler.path
        names = [applied_decorator(program, path, decorator) for decorator in facts.decorators]
        found += _of_decorators(program, names, is_method=bool(view.cls))
    if view.cls:
        found += _of_class(program, view.cls)
    if program.opens_transactions:
        found.append("`ATOMIC_REQUESTS`: decorate it with `@transaction.non_atomic_requests`")
    return tuple(dict.fromkeys(found))


def _of_decorators(program: Program, names: Iterable[str], *, is_method: bool) -> Iterator[str]:
    for name in names:
        row = program.catalogue.wrappers.get(name)
        short = name.rpartition(".")[2]
        if name == _ATOMIC:
            yield "`@atomic` takes no coroutine: open the transaction behind one `sync_to_async`"
        elif row is None:
            continue
        elif row.since(is_method=is_method) >= _NEVER:
            yield f"`@{short}` takes no coroutine"
        elif row.since(is_method=is_method) > program.django:
            since = "{}.{}".format(*row.since(is_method=is_method))
            yield f"`@{short}` takes coroutines from Django {since} on"


def _of_class(program: Program, cls: str) -> Iterator[str]:
    if program.classes.derives(cls, API_VIEW):
        yield "REST framework never awaits a handler: use adrf, or a plain Django view"
        return
    for base in program.classes.library_bases(cls):
        if base in program.catalogue.wrappers:
            yield f"`{base.rpartition('.')[2]}` checks the user synchronously"
    for name in _on_dispatch(program, cls):
        row = program.catalogue.wrappers.get(name)
        if row is not None and row.touches_response:
            short = name.rpartition(".")[2]
            yield f"`{short}` on `dispatch` works on the response, and would get a coroutine"
    yield "all handlers of the class become coroutines together"


def _on_dispatch(program: Program, cls: str) -> Iterator[str]:
    """What decorates `dispatch` of the class or of one that it inherits from."""
    for current in program.classes.order(cls):
        project_class = program.classes.get(current)
        if project_class is not None:
            for decorator in project_class.facts.decorators:
                yield dispatch_decorator(program, project_class.path, decorator)
