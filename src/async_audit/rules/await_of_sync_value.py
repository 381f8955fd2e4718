"""Something that is no awaitable is awaited.

## What it does
Reports `await` of a value that is surely none: a queryset, an instance, what a synchronous method or
function of the project returns, or a function that is not called at all. So is what is asynchronous in the
place of what is not: an asynchronous generator that a plain loop consumes, as any generator expression is
that holds an `await`, and a context manager that is entered by the other kind of `with`.

## Why it matters
It raises `TypeError` ("object QuerySet can't be used in 'await' expression"). If the awaited call is
synchronous, it queries on the event loop first, which has a finding of its own.

## Example
```python
from shop.models import Book

def cheapest_first():
    return Book.objects.order_by("price")

async def book_list(request):
    return await Book.objects.filter(price=0)  # DJA407

async def offers(request):
    return await cheapest_first()  # DJA407

async def count(request):
    return await Book.objects.acount  # DJA407

async def any_sold(request, books):
    return any(await book.is_sold() for book in books)  # DJA407
```

## Use instead
```python
from shop.models import Book

def cheapest_first():
    return Book.objects.order_by("price")

async def book_list(request):
    return [book async for book in Book.objects.filter(price=0)]

async def offers(request):
    return [book async for book in cheapest_first()]

async def count(request):
    return await Book.objects.acount()

async def any_sold(request, books):
    return any([await book.is_sold() for book in books])

async def rename(request, pk):
    book = await Book.objects.aget(pk=pk)
    book.title = "New"
    await book.asave()
```

## What stays silent
Synchronous functions that return an awaitable, and values whose type is not known:
```python
from asgiref.sync import sync_to_async

from shop.models import Book

def counting():
    return Book.objects.acount()

class Ready:
    def __await__(self):
        yield

async def near_misses(request, unknown):
    await Ready()
    await unknown
    await unknown.save()
    first = await sync_to_async(Book.objects.first)()
    return first, await counting()
```

## Sources
- Python documentation: "Coroutines and tasks" (awaitables); Django documentation: "Making queries"
  (asynchronous queries).
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA407",
    slug="await-of-sync-value",
    severity=Severity.ERROR,
    check=misuse_of(Category.AWAIT_OF_SYNC_VALUE),
)
