"""A coroutine awaits nothing, and nothing requires it to be a coroutine.

## What it does

Reports an `async def` without `await`, `async for`, `async with`, asynchronous comprehension or `yield`,
unless an interface, a framework hook, a decorator or a caller that takes it as a value may require it.

## Why it matters

Calling it costs a coroutine object and an `await` at every call site, and marks every caller as
asynchronous, for nothing. As a view it is worse than a plain `def` under WSGI: an event loop is made for
every request, about ten times the cost of the same `def` view. Under ASGI a view that neither queries nor
blocks saves one thread hop as a coroutine, so there the finding is no more than information.

## Example

```python
from django.http import HttpResponse


async def title_of(book):  # DJA301
    return book.title.strip()
```

## Use instead

```python
def title_of(book):
    return book.title.strip()
```

## What stays silent

```python
import abc


class Exporter(abc.ABC):
    @abc.abstractmethod
    async def export(self, book):
        raise NotImplementedError


class NullExporter(Exporter):
    async def export(self, book):
        return b""


async def numbers():
    yield 1
```

## Sources

Measured: a trivial `async def` view costs ten times a `def` view under WSGI; under ASGI the `def` view costs
one more hop.
"""

from collections.abc import Iterator

from async_audit.effects.kinds import Kind, Site
from async_audit.findings import Confidence, Finding, Severity
from async_audit.project.interfaces import is_required
from async_audit.rulebook import FunctionAudit, Rule


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    facts = audit.facts
    if not facts.is_async or facts.awaits or facts.is_generator:
        return
    if any(effect.kind in {Kind.QUERIES, Kind.MISUSES, Kind.BLOCKS} for effect in audit.effects):
        # What is wrong inside is reported there; whether it stays a coroutine depends on the cure.
        return
    if is_required(audit.program, audit.path, facts, audit.enclosing):
        return
    location = audit.location(Site(audit.path, facts.start, facts.end))
    message = f"`{facts.name}` awaits nothing and nothing requires a coroutine; make it a plain `def`"
    severity = rule.severity
    if audit.is_view and audit.program.serves_asgi_only and not audit.effects:
        severity = Severity.INFO
        message = f"`{facts.name}` awaits nothing; under ASGI this view saves a thread hop as a coroutine"
    yield rule.finding(audit, location, message, severity=severity, confidence=Confidence.LIKELY)


RULE = Rule(code="DJA301", slug="async-without-await", severity=Severity.WARNING, check=_check)
