"""Abstract values in words, for people who want to see what the analysis believed."""

from __future__ import annotations

from async_audit.effects.values import (
    Awaitable,
    Bound,
    ClassObject,
    Collection,
    Const,
    DictOf,
    External,
    Function,
    Hop,
    Instance,
    Lazy,
    LazyUser,
    Manager,
    Method,
    ModelInstance,
    ModuleObject,
    Never,
    Partial,
    QuerySet,
    ReEntry,
    Super,
    TupleOf,
    Union,
    Unknown,
    Value,
)


def described(value: Value) -> str:  # one line a kind of value
    """A short description of what a value is believed to be."""
    match value:
        case Unknown(reason=reason):
            return f"unknown ({reason})"
        case Never():
            return "never reached"
        case Const(value=constant):
            return repr(constant)
        case ModuleObject(name=name):
            return f"module {name}"
        case ClassObject(name=name):
            return f"class {name}"
        case ModelInstance():
            return _model_instance(value)
        case Instance(cls=cls):
            return f"a {cls}"
        case Manager(model=model, related=related):
            return f"{'related manager' if related else 'manager'} of {model or 'an unknown model'}"
        case QuerySet():
            return _queryset(value)
        case Function(facts=facts) | Bound(function=Function(facts=facts)):
            return f"{'coroutine function' if facts.is_async else 'function'} {facts.qualname}"
        case External(name=name):
            return name
        case Method(owner=owner, name=name):
            return f"method {name} of {owner}"
        case Partial(function=function):
            return f"partial of {described(function)}"
        case Hop(function=function, thread=thread):
            return f"{described(function)}, run on the {thread.value} thread"
        case ReEntry(function=function):
            return f"{described(function)}, run on an event loop from synchronous code"
        case Awaitable(result=result, kind=kind):
            return f"awaitable ({kind.value}) of {described(result)}"
        case Collection(kind=kind, element=element):
            return f"{kind} of {described(element)}"
        case TupleOf(items=items, kind=kind):
            return f"{kind} ({', '.join(described(item) for item in items)})"
        case DictOf():
            return "dictionary"
        case Lazy(element=element, is_async=is_async):
            return f"{'asynchronous ' if is_async else ''}iterator of {described(element)}"
        case LazyUser():
            return "request.user, not loaded yet"
        case Super(cls=cls):
            return f"super() of {cls}"
        case Union(members=members):
            return " or ".join(dict.fromkeys(described(member) for member in members))


def _model_instance(value: ModelInstance) -> str:
    loaded = ", ".join(sorted(value.loaded))
    return f"{value.provenance.value} {value.model}" + (f" with {loaded} loaded" if loaded else "")


def _queryset(value: QuerySet) -> str:
    state = "evaluated" if value.prefetched else "empty" if value.empty else "unevaluated"
    loaded = ", ".join(sorted(value.loaded))
    return f"{state} queryset of {value.model}" + (f" loading {loaded}" if loaded else "")
