"""What came back from a thread is unevaluated and consumed on the event loop.

## What it does
Reports where the result of `sync_to_async` or another hop still has to query: a queryset that was only built
in the thread, or an instance whose relation is then read.

## Why it matters
The hop looks like the remedy but moved no query: building a queryset makes none. The query is made where the
result is consumed, and there Django raises `SynchronousOnlyOperation`.

## Example
```python
from asgiref.sync import sync_to_async

from shop.models import Book

@sync_to_async
def affordable(limit):
    return Book.objects.filter(price__lte=limit)

async def offers(request):
    books = await affordable(10)
    return [book.title for book in books]  # DJA403

async def free(request):
    if await sync_to_async(Book.objects.filter)(price=0):  # DJA403
        return "some"
    return "none"
```

## Use instead
Consume the queryset in the thread, or iterate over it asynchronously, and load relations with the query:
```python
from asgiref.sync import sync_to_async

from shop.models import Book

@sync_to_async
def affordable(limit):
    return list(Book.objects.filter(price__lte=limit))

async def offers(request):
    books = await affordable(10)
    return [book.title for book in books]

async def free(request):
    return "some" if await Book.objects.filter(price=0).aexists() else "none"

async def author(request, pk):
    book = await sync_to_async(Book.objects.select_related("author").get)(pk=pk)
    return book.author.name
```

## What stays silent
```python
from asgiref.sync import sync_to_async

from shop.models import Book

@sync_to_async
def affordable(limit):
    return Book.objects.filter(price__lte=limit)

@sync_to_async
def book_with_author(pk):
    book = Book.objects.get(pk=pk)
    print(book.author)
    return book

async def near_misses(request, pk):
    books = await affordable(10)
    titles = [book.title async for book in books]
    cheap = await sync_to_async(list)(await affordable(5))
    book = await book_with_author(pk)
    return titles, len(cheap), book.title, book.author_id, book.author.name
```

## Sources
- Django documentation: "Asynchronous support" (`sync_to_async`), "Making queries" (QuerySets are lazy).
- Measured with Django 4.2 to 6.1: consuming such a result on the event loop raises as if there were no hop.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA403",
    slug="lazy-result-of-hop",
    severity=Severity.ERROR,
    check=effects_of(Category.LAZY_RESULT_OF_HOP),
)
