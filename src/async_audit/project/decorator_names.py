"""What a decorator is called: a library's function, or a method of an object that a library's class made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.project.names import Binding, LibraryName
from async_audit.syntax.facts import Assign, Attribute, Call, Expr, Literal, Name

if TYPE_CHECKING:
    from async_audit.project.program import Program


def decorator_name(program: Program, path: str, decorator: Expr) -> str:
    """The qualified name of a decorator in the module at `path`; empty where it is not a library's.

    Of `@router.get("/")` with `router = ninja.Router()` it is `ninja.Router.get`.
    """
    target = decorator.function if isinstance(decorator, Call) else decorator
    names = [m.name for m in program.classes.resolve(path, target) if isinstance(m, LibraryName)]
    if names:
        return program.catalogue.canonical(names[0])
    match target:
        case Attribute(value=Name() | Attribute() as owner, name=method):
            made_by = _made_by(program, path, owner)
            return f"{made_by}.{method}" if made_by else ""
        case _:
            return ""


def _made_by(program: Program, path: str, owner: Expr) -> str:
    """The library class that a module-level name is an instance of: of `router = Router()` its `Router`."""
    for meaning in program.classes.resolve(path, owner):
        match meaning:
            case Binding(path=where, statement=Assign(value=Call(function=function))):
                for name in program.classes.class_names(where, function):
                    known = program.classes.order(name)
                    return next((base for base in known if program.classes.get(base) is None), name)
            case _:
                continue
    return ""


_METHOD_DECORATOR = "django.utils.decorators.method_decorator"


def applied_decorator(program: Program, path: str, decorator: Expr) -> str:
    """The qualified name of what `@method_decorator(…)` applies, or of any other decorator itself."""
    name = decorator_name(program, path, decorator)
    if name == _METHOD_DECORATOR and isinstance(decorator, Call) and decorator.arguments:
        return decorator_name(program, path, decorator.arguments[0].value)
    return name


def dispatch_decorator(program: Program, path: str, decorator: Expr) -> str:
    """The qualified name of what `@method_decorator(…, name="dispatch")` applies to a class; else empty."""
    if not isinstance(decorator, Call) or decorator_name(program, path, decorator) != _METHOD_DECORATOR:
        return ""
    named = [argument.value for argument in decorator.arguments if argument.keyword == "name"]
    if not (named and isinstance(named[0], Literal) and named[0].value == "dispatch"):
        return ""
    return applied_decorator(program, path, decorator)
