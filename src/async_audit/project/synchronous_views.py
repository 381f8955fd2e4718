"""The synchronous views that a URL leads to: functions, and the handlers of classes with the hooks they run.

Operations of ninja, FastAPI and their like are views too.

A handler that a library defines, as `ListView.get` is, has no body here: what it runs of the project are
hooks, and the view stands under its class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from async_audit.project.entry_points import EntryKind, method_kind, served_kind
from async_audit.project.http_methods import http_methods
from async_audit.project.interfaces import HANDLERS, is_test_module
from async_audit.project.names import Definition
from async_audit.project.routes import routes_of
from async_audit.project.views import aliased, answered, has_async_handlers
from async_audit.syntax.facts import Assign, ClassFacts, FunctionFacts

if TYPE_CHECKING:
    from async_audit.project.program import Program


@dataclass(frozen=True, slots=True)
class Body:
    """A function whose body a request runs: its module, its facts and the class it is a method of.

    `receiver` is the class of `self`, which may be a subclass of its owner.
    """

    path: str
    facts: FunctionFacts
    owner: str = ""
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class SynchronousView:
    """A view that is no coroutine: its qualified name, that of its route, and what it runs.

    `handler` is its own body; nothing where a library has it. `cls` is its class, empty for a function, and
    `unknown` are the bases of that which no table knows. Its requests come through the bodies of `others`.
    """

    name: str
    routed_as: str
    path: str
    start: int
    end: int
    handler: Body | None
    cls: str = ""
    others: tuple[Body, ...] = ()
    unknown: tuple[str, ...] = ()
    kind: EntryKind = EntryKind.VIEW

    @property
    def bodies(self) -> tuple[Body, ...]:
        """Everything of the project that its requests run."""
        return self.others if self.handler is None else (self.handler, *self.others)

    def routes(self, program: Program) -> tuple[str, ...]:
        """The routes that lead to the view."""
        if self.handler is None:
            return program.routes.get(self.routed_as, ())
        return routes_of(program, self.handler.path, self.handler.facts, self.routed_as)

    def methods(self, program: Program) -> tuple[str, ...]:
        """The HTTP methods at which it answers; empty for every one, or where it is not known."""
        if self.handler is None:
            return ()
        return http_methods(program, self.handler.path, self.handler.facts)


def synchronous_views(program: Program, routed: Iterator[str]) -> Iterator[SynchronousView]:
    """The synchronous views among the qualified names that routes lead to, those of tests left out."""
    for name in routed:
        found = _definition(program, name)
        if found is None or is_test_module(found.path):
            continue
        if isinstance(found.facts, ClassFacts):
            yield from _of_class(program, name, found.path, found.facts)
        elif not found.facts.is_async:
            facts = found.facts
            yield SynchronousView(name, name, found.path, facts.start, facts.end, Body(found.path, facts))


def synchronous_operations(program: Program) -> Iterator[SynchronousView]:
    """The plain functions that ninja, FastAPI and their like answer with; no URL configuration names them."""
    for facts in program.modules_naming(program.catalogue.packages("operation-decorator")):
        for function in facts.functions:
            if not function.is_async and _is_operation(program, facts.path, function):
                yield _operation(program, facts.path, function)


def _is_operation(program: Program, path: str, facts: FunctionFacts) -> bool:
    routed = program.classes.qualified(path, facts.owner or facts.qualname) in program.routes
    return not routed and served_kind(program, path, facts, None) is EntryKind.OPERATION


def _operation(program: Program, path: str, facts: FunctionFacts) -> SynchronousView:
    name = program.classes.qualified(path, facts.qualname)
    owner = program.classes.named(path, facts.owner) if facts.owner else ""
    body = Body(path, facts, owner, owner)
    return SynchronousView(name, name, path, facts.start, facts.end, body, kind=EntryKind.OPERATION)


def _definition(program: Program, name: str) -> Definition | None:
    """The function or class of the project that has this qualified name."""
    module, _, last = name.rpartition(".")
    file = program.modules.find(module, "") if module else None
    if file is None:
        return None
    for meaning in program.names.lookup(file.relative, last):
        if isinstance(meaning, Definition):
            return meaning
    return None


def _of_class(program: Program, name: str, path: str, facts: ClassFacts) -> Iterator[SynchronousView]:
    cls = program.classes.of(path, facts).name
    if has_async_handlers(program, cls):
        return
    methods = dict(_methods(program, cls))
    hooks = {method: body for method, body in methods.items() if method in program.catalogue.view_hooks}
    handlers = {method: body for method, body in methods.items() if _is_handler(program, cls, method, body)}
    unknown = _unknown_bases(program, cls)
    for method, body in handlers.items():
        calls = _calls(body, methods)
        run = tuple(hook for named, hook in hooks.items() if _runs(program, cls, method, named, calls))
        others = (*run, *_delegated(program, cls, method, calls))
        span = (body.facts.start, body.facts.end)
        yield SynchronousView(f"{name}.{method}", name, body.path, *span, body, cls, others, unknown)
    if not handlers:
        others = (*hooks.values(), *_delegated(program, cls, "", None))
        yield SynchronousView(name, name, path, facts.start, facts.end, None, cls, others, unknown)


def _unknown_bases(program: Program, cls: str) -> tuple[str, ...]:
    """The bases of which no table says anything; the class itself where it stands on none that is known."""
    bases = [base for base in program.classes.library_bases(cls) if base != "builtins.object"]
    unknown = tuple(base for base in bases if not program.catalogue.knows(base))
    return unknown if len(unknown) < len(bases) else (*unknown, cls)


def _calls(handler: Body, methods: dict[str, Body]) -> frozenset[str]:
    """The last names of what a handler calls, itself or in other methods of its class."""
    found: set[str] = set()
    pending = [handler]
    while pending:
        new = pending.pop().facts.calls - found
        found |= new
        pending.extend(methods[name] for name in new if name in methods)
    return frozenset(found)


def _delegated(program: Program, cls: str, handler: str, calls: frozenset[str] | None) -> Iterator[Body]:
    """The bodies that requests run of the classes that the view names in its attributes.

    `calls` is what the handler calls; none where a library has it.
    """
    for row in program.catalogue.view_delegates:
        if handler and row.handlers and handler not in row.handlers:
            continue
        if calls is not None and row.through and row.through.isdisjoint(calls):
            continue
        if any(program.classes.derives(cls, other) for other in row.not_of):
            continue
        member = program.classes.member(cls, row.attribute)
        if member is None or not isinstance(member.statement, Assign):
            continue
        for named in program.classes.class_names(member.cls.path, member.statement.value):
            yield from (body for method, body in _methods(program, named) if row.names(method))


def _methods(program: Program, cls: str) -> Iterator[tuple[str, Body]]:
    """Every method of the class that the project defines, as the MRO finds it."""
    seen: set[str] = set()
    for current in program.classes.order(cls):
        project_class = program.classes.get(current)
        if project_class is None:
            continue
        for name in project_class.members:
            function = project_class.function(name) or aliased(project_class, name)
            if name not in seen and function is not None:
                yield name, Body(project_class.path, function, current, cls)
            seen.add(name)


def _is_handler(program: Program, cls: str, method: str, body: Body) -> bool:
    """Whether requests are answered by the method: a plain one that the tables name, or a decorator."""
    if body.facts.is_async or (method in HANDLERS and method not in answered(program, cls)):
        return False
    return method_kind(program, cls, body.path, body.facts) is EntryKind.VIEW


def _runs(program: Program, cls: str, handler: str, hook: str, calls: frozenset[str]) -> bool:
    """Whether a request that the handler answers comes through the hook."""
    row = program.catalogue.view_hooks[hook]
    stands = not row.of or any(program.classes.derives(cls, base) for base in row.of)
    reached = not row.through or not row.through.isdisjoint(calls)
    return stands and reached and (not row.handlers or handler in row.handlers)
