"""At which HTTP methods an entry point answers, as far as its name and its decorators say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.project.decorator_names import decorator_name
from async_audit.project.interfaces import HANDLERS
from async_audit.project.registrations import registered
from async_audit.project.views import VIEW
from async_audit.syntax.facts import Argument, Call, Display, Expr, FunctionFacts, Literal

if TYPE_CHECKING:
    from async_audit.project.program import Program


def http_methods(program: Program, path: str, facts: FunctionFacts) -> tuple[str, ...]:
    """The HTTP methods in alphabetical order; empty where every one, or where it is not known."""
    said = [found for decorator in facts.decorators if (found := _said(program, path, decorator))]
    if said:
        return tuple(sorted(set.intersection(*map(set, said))))
    handed = registered(program, path, facts)
    if handed:
        return tuple(sorted({method for registration in handed for method in registration.methods}))
    if not facts.owner:
        return ()
    owner = program.classes.named(path, facts.owner)
    if facts.name in HANDLERS:
        return (facts.name.upper(),)
    action = program.catalogue.viewset_actions.get(facts.name)
    if action is not None and program.classes.derives(owner, VIEW):
        return (action.method,)
    return ()


def _said(program: Program, path: str, decorator: Expr) -> tuple[str, ...]:
    """What one decorator says."""
    name = decorator_name(program, path, decorator)
    arguments = decorator.arguments if isinstance(decorator, Call) else ()
    row = program.catalogue.http_methods.get(name)
    if row is not None:
        return row.always or _listed(arguments) or row.default
    if program.catalogue.specials.get(name) != "operation-decorator":
        return ()
    method = name.rpartition(".")[2].removeprefix("http_")
    return (method.upper(),) if method in HANDLERS else ()


def _listed(arguments: tuple[Argument, ...]) -> tuple[str, ...]:
    """The strings of the list that is the first argument or the one called `methods`."""
    named = [argument for argument in arguments if argument.keyword in {"methods", "request_method_list"}]
    for argument in named or arguments[:1]:
        if isinstance(argument.value, Display):
            texts = [item.value for item in argument.value.items if isinstance(item, Literal)]
            return tuple(text.upper() for text in texts if isinstance(text, str))
    return ()
