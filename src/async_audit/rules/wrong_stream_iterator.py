"""A streaming response gets the kind of generator that its server cannot stream.

## What it does

Reports `StreamingHttpResponse(f())` where `f` is a synchronous generator of the project, or a generator
expression, and ASGI alone serves the project; and where `f` is an asynchronous one and WSGI alone does.

## Why it matters

Django can only pass the other kind on as a whole: under ASGI it first collects the synchronous iterator in a
thread, under WSGI the asynchronous one in an event loop, and then sends the list. Nothing is streamed: the
client waits for the last chunk, and all of it is in memory.

## Example

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
```

```python
# shop/views.py
from django.http import StreamingHttpResponse


def lines():
    for number in range(1000):
        yield f"{number};"


async def book_list(request):
    return StreamingHttpResponse(lines())  # DJA505
```

## Use instead

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
```

```python
# shop/views.py
from django.http import StreamingHttpResponse
from shop.models import Book


async def lines():
    async for book in Book.objects.all():
        yield f"{book.title};"


async def book_list(request):
    return StreamingHttpResponse(lines())
```

## What stays silent

Iterators whose kind is not known, and projects that are not known to be served in one way alone:

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
```

```python
# shop/views.py
from django.http import StreamingHttpResponse


async def book_list(request, make_lines=iter):
    lines = make_lines(["a", "b"])
    return StreamingHttpResponse(lines)
```

## Sources

Django: Request and response objects, "StreamingHttpResponse objects"; `StreamingHttpResponse.__aiter__`.
"""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.mentions import mention
from async_audit.project.deployment import Serving, is_aside
from async_audit.project.names import Definition, LibraryName
from async_audit.project.program import Program
from async_audit.rulebook import ProjectAudit, Rule, nothing_in_functions
from async_audit.syntax.facts import Call, Comprehension, Expr, FunctionFacts, Name
from async_audit.syntax.walking import Visit, walk

_STREAMING = "django.http.StreamingHttpResponse"
_SPELLINGS = frozenset({_STREAMING, "django.http.response.StreamingHttpResponse"})
_MENTION = mention(rb"\bStreamingHttpResponse\b", b"StreamingHttpResponse")
_WANTED = {Serving.ASGI: False, Serving.WSGI: True}
"""Which generators are wrong for those who serve alone: asynchronous ones or not."""


def _check_project(rule: Rule, audit: ProjectAudit) -> Iterator[Finding]:
    program = audit.program
    serving = program.deployment.surely
    if serving not in _WANTED:
        return
    wrong = "an asynchronous" if _WANTED[serving] else "a synchronous"
    right = "an asynchronous" if serving is Serving.ASGI else "a synchronous"
    for file in program.files:
        if not file.mentions(_MENTION) or is_aside(file.relative):
            continue
        facts = program.modules.readable(file.relative)
        for visit in walk(facts.body) if facts is not None else ():
            streamed = _streamed(program, file.relative, visit)
            if streamed is None or _is_async(program, file.relative, visit, streamed) is not _WANTED[serving]:
                continue
            message = (
                f"{serving.value} alone serves the project, and cannot stream {wrong} generator: Django "
                f"collects all of it first; pass {right} generator"
            )
            location = audit.location(file.relative, streamed.start, streamed.end)
            yield rule.finding(audit, location, message)


def _streamed(program: Program, path: str, visit: Visit) -> Expr | None:
    """What a node that makes a streaming response streams."""
    match visit.node:
        case Call(function=function, arguments=(first, *_)) if first.keyword in {"", "streaming_content"}:
            meanings = program.classes.resolve(path, function)
            is_streaming = any(isinstance(m, LibraryName) and m.name in _SPELLINGS for m in meanings)
            return first.value if is_streaming else None
        case _:
            return None


def _is_async(program: Program, path: str, visit: Visit, streamed: Expr) -> bool | None:
    """Whether a generator is asynchronous; none where the expression is not known to be a generator."""
    match streamed:
        case Comprehension(kind="generator", clauses=clauses):
            return any(clause.is_async for clause in clauses)
        case Call(function=Name(id=name) as function):
            if visit.function is not None:
                nested = [other for other in visit.function.nested if other.name == name]
                if nested:
                    return nested[0].is_async if len(nested) == 1 and _is_bare(nested[0]) else None
                if name in visit.function.bound:
                    return None
            match program.classes.resolve(path, function):
                case (Definition(facts=FunctionFacts() as generator),) if _is_bare(generator):
                    return generator.is_async
                case _:
                    return None
        case _:
            return None


def _is_bare(function: FunctionFacts) -> bool:
    return function.is_generator and not function.decorators


RULE = Rule(
    code="DJA505",
    slug="wrong-stream-iterator",
    severity=Severity.WARNING,
    check=nothing_in_functions,
    check_project=_check_project,
)
