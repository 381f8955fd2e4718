"""A request waits for a place in the small pool of threads that all requests share.

## What it does

Reports `asyncio.to_thread`, `run_in_executor` with the default executor and `sync_to_async` with
`thread_sensitive=False` on the way of a request: in a view, an operation or a middleware, or in what these
call and await. An executor of the project's own stays silent, and so does a project that WSGI serves. This
rule is advice and off unless it is selected.

## Why it matters

The default executor of an event loop has `min(32, cpus + 4)` threads, six on two cores. A seventh request
waits until one is free, where a plain `def` view has a thread of its own. Measured with 40 requests of 0.2
s each: 1.5 s through the executor, 0.4 s as plain views. Its threads are also outside the request's
transaction.

## Example

```python
import asyncio

import requests
from django.http import HttpResponse


def price_of(isbn):
    return requests.get(f"https://prices.example/{isbn}").text


async def price(request, isbn):
    return HttpResponse(await asyncio.to_thread(price_of, isbn))  # DJA306
```

## Use instead

An asynchronous client, a plain view, or an executor that is as large as it has to be:

```python
import httpx
import requests
from django.http import HttpResponse


async def price(request, isbn):
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"https://prices.example/{isbn}")
    return HttpResponse(answer.text)


def plain_price(request, isbn):
    return HttpResponse(requests.get(f"https://prices.example/{isbn}").text)
```

## What stays silent

```python
import asyncio
from concurrent.futures import ThreadPoolExecutor

import requests
from asgiref.sync import sync_to_async
from django.http import HttpResponse

PRICES = ThreadPoolExecutor(max_workers=64)


def price_of(isbn):
    return requests.get(f"https://prices.example/{isbn}").text


async def own_executor(request, isbn):
    return HttpResponse(await asyncio.get_running_loop().run_in_executor(PRICES, price_of, isbn))


async def own_thread(request, isbn):
    return HttpResponse(await sync_to_async(price_of)(isbn))


async def no_request(isbn):
    return await asyncio.to_thread(price_of, isbn)
```

## Sources

- Python documentation: `asyncio.to_thread`, `ThreadPoolExecutor` (default of `max_workers`); asgiref:
  "Threading".
- Measured under uvicorn with Django 4.2 to 6.1 on two cores.
"""

from collections.abc import Iterator

from async_audit.effects.kinds import Effect, Kind, Site
from async_audit.findings import Finding, Severity
from async_audit.project.deployment import Serving
from async_audit.project.entry_points import REQUESTS
from async_audit.rulebook import FunctionAudit, Rule, steps_of


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    if audit.entry_kind not in REQUESTS or audit.program.deployment.http is Serving.WSGI:
        return
    best: dict[Site, Effect] = {}
    for effect in audit.effects:
        if effect.kind is Kind.SHARES:
            known = best.get(effect.site)
            best[effect.site] = effect if known is None or effect.rank < known.rank else known
    for effect in best.values():
        yield rule.finding(
            audit,
            audit.location(effect.site),
            _message(effect),
            chain=steps_of(audit.program, effect),
        )


def _message(effect: Effect) -> str:
    where = ""
    if effect.witness:
        steps = " → ".join(dict.fromkeys(link.function for link in effect.witness))
        where = f" (in {steps})"
    what = effect.witness[-1].note if effect.witness else effect.subject
    return (
        f"{what} waits for one of the `min(32, cpus + 4)` threads that all requests share{where}; use an "
        "asynchronous library, a plain `def` view, or an executor of its own"
    )


RULE = Rule(
    code="DJA306",
    slug="executor-hop",
    severity=Severity.INFO,
    check=_check,
    default=False,
)
