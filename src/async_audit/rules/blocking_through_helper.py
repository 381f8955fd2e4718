"""A synchronous project function called on the event loop blocks it.

## What it does
Follows the calls of a coroutine through the project's synchronous functions, methods, properties and
constructors, over any number of calls and modules, and reports the call in the coroutine if what it reaches
would be reported as DJA201 to DJA207 there. The message names the chain. What would be a warning there is a
warning here.

## Why it matters
Nothing is raised: while the helper waits, every other request of the process waits too, and no line of the
coroutine shows why.

## Example
```python
import time

def settle():
    time.sleep(1)

async def poll(request):
    settle()  # DJA210
```

`price_in` of `shop/pricing.py` calls `exchange_rate`, which calls `requests.get`:
```python
from shop.pricing import price_in

async def offer(request):
    return price_in("USD", 10)  # DJA210
```

```python
import requests

class Courier:
    def __init__(self):
        self.session = requests.Session()

    def offers(self):
        return self.session.get("https://courier.example.org/offers", timeout=5).json()

    async def cheapest(self):
        return min(self.offers())  # DJA210
```

## Use instead
Call the helper in a thread, or write an asynchronous version of it:
```python
import asyncio

import httpx

from shop.pricing import price_in

async def offer(request):
    return await asyncio.to_thread(price_in, "USD", 10)

class Courier:
    def __init__(self):
        self.client = httpx.AsyncClient(timeout=5)

    async def offers(self):
        return (await self.client.get("https://courier.example.org/offers")).json()

    async def cheapest(self):
        return min(await self.offers())
```

## What stays silent
Helpers that compute, helpers that run in a thread, helpers that are only handed on, and what helpers do in
tests, where nobody waits:
```python
import time

from asgiref.sync import sync_to_async

from shop import pricing

@sync_to_async
def settle():
    time.sleep(1)

async def near_misses(request):
    await settle()
    callbacks = [pricing.exchange_rate, lambda: pricing.price_in("USD", 10)]
    return pricing.with_vat(10), callbacks

def synchronous_view(request):
    return pricing.price_in("USD", 10)
```

## Sources
- Django documentation: "Asynchronous support" (`sync_to_async`); Python documentation: "Developing with
  asyncio" (running blocking code).
- Of 170 places that maintainers of Django projects fixed, a synchronous helper that reaches the ORM or I/O
  was the most frequent cause: 38 commits.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA210",
    slug="blocking-through-helper",
    severity=Severity.ERROR,
    check=effects_of(
        Category.SLEEP,
        Category.HTTP,
        Category.SUBPROCESS,
        Category.FILE,
        Category.CLIENT,
        Category.STORE,
        Category.DJANGO_IO,
        Category.WAIT,
        through_helper=True,
    ),
)
