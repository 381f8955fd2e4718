"""An event loop is started inside a running one.

## What it does
Reports `async_to_sync(f)()`, `asyncio.run` and `run_until_complete` in a coroutine and in what runs on the
event loop with it.

## Why it matters
`async_to_sync` raises `RuntimeError` ("You cannot use AsyncToSync in the same thread as an async event
loop"), and asyncio refuses to run a second loop in a thread whose loop is running.

## Example
```python
import asyncio

from asgiref.sync import async_to_sync

from shop.models import Book

async def count_books():
    return await Book.objects.acount()

async def statistics(request):
    return async_to_sync(count_books)()  # DJA404

async def report(request):
    return asyncio.run(count_books())  # DJA404

async def summary(request):
    loop = asyncio.get_event_loop()
    return loop.run_until_complete(count_books())  # DJA404
```

## Use instead
```python
from shop.models import Book

async def count_books():
    return await Book.objects.acount()

async def statistics(request):
    return await count_books()
```

## What stays silent
Synchronous code, code in a worker thread, and code of a module that starts the only loop:
```python
import asyncio

from asgiref.sync import async_to_sync, sync_to_async

from shop.models import Book

async def count_books():
    return await Book.objects.acount()

def synchronous_view(request):
    return async_to_sync(count_books)()

async def in_thread(request):
    return await sync_to_async(synchronous_view)(request)

if __name__ == "__main__":
    asyncio.run(count_books())
```

## Sources
- Django documentation: "Asynchronous support" (`async_to_sync`); Python documentation: "Runners" (asyncio).
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA404",
    slug="loop-inside-loop",
    severity=Severity.ERROR,
    check=misuse_of(Category.LOOP_INSIDE_LOOP),
)
