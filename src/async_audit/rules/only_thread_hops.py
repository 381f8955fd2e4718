"""Every await of an asynchronous view goes to a worker thread and comes back.

## What it does

Reports an asynchronous view whose awaits are all hops: Django's `a…` methods of models, querysets, caches and
sessions, `sync_to_async`, `to_thread`, and project coroutines that do nothing else. A view with one await
that is not known stays silent.

## Why it matters

Every `a…` method of the ORM is `sync_to_async` around the synchronous one: it takes a thread hop (about 0.1
ms) and frees nothing, because the request's own thread waits instead. As a plain `def` the same view takes
one hop under ASGI and none under WSGI, and it is as concurrent: Django gives each request a thread.

## Example

```python
from django.http import JsonResponse

from shop.models import Book


async def book_detail(request, pk):  # DJA302
    book = await Book.objects.select_related("author").aget(pk=pk)
    return JsonResponse({"title": book.title, "author": book.author.name})
```

## Use instead

```python
from django.http import JsonResponse

from shop.models import Book


def book_detail(request, pk):
    book = Book.objects.select_related("author").get(pk=pk)
    return JsonResponse({"title": book.title, "author": book.author.name})
```

## What stays silent

```python
import httpx
from django.http import JsonResponse

from shop.models import Book


async def book_price(request, pk):
    book = await Book.objects.aget(pk=pk)
    async with httpx.AsyncClient() as client:
        answer = await client.get("https://prices.example/", params={"isbn": book.title})
    return JsonResponse(answer.json())
```

## Sources

Measured: three queries take 0.62 ms in a plain view, 1.3 to 1.45 ms as three awaits, 0.95 ms behind one
`sync_to_async`.
"""

from collections.abc import Iterator

from async_audit.effects.kinds import HOPS, Site, without_stalls
from async_audit.effects.tallies import tally
from async_audit.findings import Confidence, Finding, Severity, as_written
from async_audit.project.interfaces import is_stub
from async_audit.project.views import dispatching
from async_audit.rulebook import FunctionAudit, Rule


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    facts = audit.facts
    if not (facts.is_async and facts.awaits and audit.is_django_view) or facts.is_generator or is_stub(facts):
        return
    waits = without_stalls(tally(facts, audit.effects))
    if not waits or any(count.category not in HOPS for count in waits):
        return
    looped = sum(count.looped for count in waits)
    hops = as_written(sum(count.total for count in waits) - looped, looped)
    message = (
        f"every await of `{facts.name}` is a hop to a worker thread: {hops} as written, 1 under ASGI and 0 "
        "under WSGI as a plain `def`"
    )
    around = dispatching(audit.program, audit.owner) if audit.owner else ()
    if around:
        message += f"; `{around[0][1].qualname}`, which awaits it, has to be one as well"
    location = audit.location(Site(audit.path, facts.start, facts.end))
    yield rule.finding(audit, location, message, confidence=Confidence.LIKELY)


RULE = Rule(code="DJA302", slug="only-thread-hops", severity=Severity.WARNING, check=_check)
