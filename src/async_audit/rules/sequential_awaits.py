"""Reads from other services wait one after another although none needs the other's answer.

## What it does

Reports two or more awaits in a row on real asynchronous I/O that could wait together. It speaks only where
it is certain that their order does not matter: each reads (an HTTP `GET`, an answer of a language model, a
read of Redis, or a project coroutine that does no more than that), keeps its answer in a variable, and uses
none of the variables that those before it set. Between them there may be lines that take an answer apart,
such as `raise_for_status()`. Awaits under a lock stay silent. This rule is advice and off unless it is
selected.

## Why it matters

Two requests of 200 ms each take 400 ms in a row and 200 ms together. It is the one gain of async inside a
request, and it holds under WSGI as well.

## Example

```python
import httpx
from django.http import JsonResponse


async def dashboard(request):
    async with httpx.AsyncClient() as client:
        weather = await client.get("https://weather.example/today")  # DJA305
        news = await client.get("https://news.example/latest")
    return JsonResponse({"weather": weather.json(), "news": news.json()})
```

## Use instead

```python
import asyncio

import httpx
from django.http import JsonResponse


async def dashboard(request):
    async with httpx.AsyncClient() as client:
        weather, news = await asyncio.gather(
            client.get("https://weather.example/today"), client.get("https://news.example/latest")
        )
    return JsonResponse({"weather": weather.json(), "news": news.json()})
```

## What stays silent

Awaits that need one another, that write, or whose order may matter:

```python
import httpx
from django.http import JsonResponse

from shop.models import Book


async def needs_the_first(client):
    token = await client.get("https://login.example/token")
    return await client.get("https://news.example/", headers={"token": token.text})


async def writes(request):
    async with httpx.AsyncClient() as client:
        ordered = await client.post("https://shop.example/orders")
        paid = await client.post("https://shop.example/payments")
    return JsonResponse({"ordered": ordered.json(), "paid": paid.json()})


async def stops_in_between(request):
    async with httpx.AsyncClient() as client:
        stock = await client.get("https://shop.example/stock")
        if stock.status_code != 200:
            return JsonResponse({})
        price = await client.get("https://shop.example/price")
    return JsonResponse({"price": price.json()})


async def on_one_thread(request):
    first = await Book.objects.afirst()
    last = await Book.objects.alast()
    return JsonResponse({"first": first.title, "last": last.title})
```

## Sources

- Python documentation: "Coroutines and tasks" (running tasks concurrently). RFC 9110, section 9.2.1 (safe
  methods).
- Measured on four servers with Django 4.2 to 6.1: four gathered requests of an asynchronous client take as
  long as one, four gathered queries as long as four.
"""

from collections.abc import Iterator

from async_audit.effects.kinds import Kind, Site
from async_audit.effects.sequences import Read, sequences
from async_audit.findings import Finding, Severity, Step
from async_audit.rulebook import FunctionAudit, Rule


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    if not audit.facts.is_async:
        return
    free = {effect.site for effect in audit.effects if effect.kind is Kind.READS}
    if len(free) < 2:
        return
    spans = frozenset((site.start, site.end) for site in free if site.path == audit.path)
    for reads in sequences(audit.facts.body, spans, audit.program.catalogue.order_free):
        yield _finding(rule, audit, reads)


def _finding(rule: Rule, audit: FunctionAudit, reads: tuple[Read, ...]) -> Finding:
    places = [audit.location(Site(audit.path, read.start, read.end)) for read in reads]
    names = [f"`{read.name}`" for read in reads]
    message = (
        f"{', '.join(names[:-1])} and {names[-1]} do not need each other, and wait one after another; "
        "`asyncio.gather` lets them wait together"
    )
    chain = tuple(Step(place, audit.name, f"sets {name}") for place, name in zip(places, names, strict=True))
    return rule.finding(audit, places[0], message, chain=chain)


RULE = Rule(
    code="DJA305",
    slug="sequential-awaits",
    severity=Severity.INFO,
    check=_check,
    default=False,
)
