"""A call runs on the event loop before it is handed to a thread.

## What it does
Reports `sync_to_async(f(x))`, `asyncio.to_thread(f(x))` and their like, where `f(x)` queries or blocks and
gives data, not a function.

## Why it matters
Python evaluates arguments first: `f(x)` has already run on the event loop, with `SynchronousOnlyOperation` or
a silent stall, before the bridge sees its result. The bridge then gets data that cannot be called.

## Example
```python
from asgiref.sync import sync_to_async

from shop.models import Book

async def detail(request, pk):
    return await sync_to_async(Book.objects.get(pk=pk))()  # DJA402

async def titles(request):
    return await sync_to_async(list(Book.objects.all()))()  # DJA402
```

## Use instead
Hand over the function, and its arguments to the wrapped function:
```python
import asyncio

import requests
from asgiref.sync import sync_to_async

from shop.models import Book

async def detail(request, pk):
    return await sync_to_async(Book.objects.get)(pk=pk)

async def titles(request):
    return await sync_to_async(list)(Book.objects.all())

async def rate(request):
    return await asyncio.to_thread(requests.get, "https://rates.example.org/", timeout=5)
```

## What stays silent
Functions that are made by a call, and querysets that are built but not evaluated:
```python
import functools
import operator

from asgiref.sync import sync_to_async

from shop.models import Book

def loader(pk):
    def load():
        return Book.objects.get(pk=pk)

    return load

async def near_misses(request, pk):
    book = await sync_to_async(loader(pk))()
    count = await sync_to_async(Book.objects.filter(price=0).count)()
    again = await sync_to_async(functools.partial(Book.objects.get, pk=pk))()
    name = await sync_to_async(operator.attrgetter("author.name"))(again)
    return book, count, name
```

## Sources
- Django documentation: "Asynchronous support" (`sync_to_async`); Python documentation: "Coroutines and tasks"
  (running in threads).
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA402",
    slug="called-before-wrapped",
    severity=Severity.ERROR,
    check=misuse_of(Category.CALLED_BEFORE_WRAPPED),
)
