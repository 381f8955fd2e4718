"""What a decorator is called: a library's function, or a method of an object that a library's class made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.project.names import Binding, Definition, LibraryName
from async_audit.syntax.facts import Assign, Attribute, Call, Expr, FunctionFacts, Literal, Name

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
    """What makes the object of a name: of `router = Router()` its `Router`, of a function its decorator."""
    for meaning in program.classes.resolve(path, owner):
        match meaning:
            case Binding(path=where, statement=Assign(value=Call(function=function))):
                return _library_class(program, where, function)
            case Definition(path=where, facts=FunctionFacts(decorators=(first, *_))):
                return decorator_name(program, where, first)
            case _:
                continue
    return _made_in_class(program, path, owner.id) if isinstance(owner, Name) else ""


def _made_in_class(program: Program, path: str, name: str) -> str:
    """What makes the object that a class body of the module gives a name."""
    facts = program.modules.readable(path)
    for definition in facts.classes if facts is not None else ():
        for statement in definition.body:
            match statement:
                case Assign(targets=(Name(id=target),), value=Call(function=function)) if target == name:
                    return _library_class(program, path, function)
                case _:
                    continue
    return ""


def _library_class(program: Program, path: str, function: Expr) -> str:
    """The library's class that a call of this makes an instance of, along the bases of the project's own."""
    for name in program.classes.class_names(path, function):
        known = program.classes.order(name)
        return next((base for base in known if program.classes.get(base) is None), name)
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
