"""The ORM is used in a thread of the shared executor.

## What it does
Reports queries that run through `asyncio.to_thread`, `loop.run_in_executor`, the `submit` of an executor or
`sync_to_async(…, thread_sensitive=False)`.

## Why it matters
Nothing is raised. Database connections belong to threads, so the query runs on a connection of its own: it
does not see the transaction of the request or of a test, and the connection stays open after the request, one
for each thread of the executor.

## Example
```python
import asyncio
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async

from shop.models import Book

executor = ThreadPoolExecutor()

def titles():
    return [book.title for book in Book.objects.all()]

async def in_thread(request):
    return await asyncio.to_thread(titles)  # DJA405

async def insensitive(request):
    return await sync_to_async(titles, thread_sensitive=False)()  # DJA405

async def in_executor(request):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(executor, Book.objects.count)  # DJA405
```

## Use instead
```python
from asgiref.sync import sync_to_async

from shop.models import Book

def titles():
    return [book.title for book in Book.objects.all()]

async def in_thread(request):
    return await sync_to_async(titles)()

async def count(request):
    return await Book.objects.acount()
```

## What stays silent
Work in a thread that makes no query:
```python
import asyncio
from pathlib import Path

from asgiref.sync import sync_to_async

from shop.models import Book

async def near_misses(request):
    books = [book async for book in Book.objects.all()]
    by_title = await asyncio.to_thread(sorted, books, key=lambda book: book.title)
    terms = await asyncio.to_thread(Path("terms.txt").read_text)
    digits = await sync_to_async(pow, thread_sensitive=False)(2, 100)
    count = await sync_to_async(Book.objects.count, thread_sensitive=True)()
    return by_title, terms, digits, count
```

## Sources
- Django documentation: "Asynchronous support" (`sync_to_async`, thread sensitivity), "Databases" (connection
  management).
- Measured with Django 4.2 to 6.1 under uvicorn: such a query leaves one connection open for each executor
  thread, and sees neither the surrounding transaction nor that of a `TestCase`.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA405",
    slug="orm-in-foreign-thread",
    severity=Severity.ERROR,
    check=misuse_of(Category.FOREIGN_THREAD),
)
