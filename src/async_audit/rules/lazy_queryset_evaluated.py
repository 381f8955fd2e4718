"""An unevaluated queryset is consumed on the event loop.

## What it does
Reports where a queryset makes its query: in `for`, `list()`, `len()`, `bool()` and `if`, `in`, an index, a
slice with a step, `sorted`, unpacking, an f-string, `print`, and where an asynchronous operation of
django-ninja returns it, since ninja validates the response on the event loop. The finding is on the line that
consumes the queryset, not on the one that builds it, even where they are in different functions.

## Why it matters
Building a queryset makes no query; consuming it does, and on the event loop Django then raises
`SynchronousOnlyOperation`.

## Example
```python
from django.http import HttpResponse

from shop.models import Book

async def book_list(request):
    books = Book.objects.in_print().order_by("title")
    if request.GET.get("reverse"):
        books = books.reverse()
    return HttpResponse(", ".join(book.title for book in books))  # DJA102
```

```python
from shop.models import Book

async def has_any(request):
    if Book.objects.in_print():  # DJA102
        return "some"
    return "none"

async def cheapest(request):
    return Book.objects.order_by("price")[0]  # DJA102

async def how_many(request):
    return len(Book.objects.all())  # DJA102

async def titles(request):
    return list(Book.objects.values_list("title", flat=True))  # DJA102
```

The queryset may come from a helper, which itself does nothing wrong:
```python
from shop.models import Book

def affordable(limit):
    return Book.objects.filter(price__lte=limit)

async def offers(request):
    books = affordable(10)
    for book in books:  # DJA102
        print(book.title)
```

A generator expression asks for its first iterable at once, so this queries where it is written:
```python
from asgiref.sync import sync_to_async

from shop.models import Book

async def titles(request):
    return await sync_to_async(list)(book.title for book in Book.objects.all())  # DJA102
```

## Use instead
```python
from asgiref.sync import sync_to_async
from django.http import HttpResponse

from shop.models import Book

async def book_list(request):
    titles = [book.title async for book in Book.objects.in_print().order_by("title")]
    return HttpResponse(", ".join(titles))

async def has_any(request):
    return await Book.objects.in_print().aexists()

async def cheapest(request):
    return await Book.objects.order_by("price").afirst()

async def how_many(request):
    return await Book.objects.acount()

async def titles(request):
    return await sync_to_async(list)(Book.objects.values_list("title", flat=True))
```

## What stays silent
Building, slicing and combining querysets; a queryset whose results are there already, since `async for` fills
its cache; one that is consumed in a thread:
```python
import asyncio

from asgiref.sync import sync_to_async

from shop.models import Author, Book

async def near_misses(request):
    books = Book.objects.in_print()
    first_ten = books[:10]
    both = books | Book.objects.filter(price=0)
    authors = Author.objects.filter(books__in=first_ten)
    if books is None or both == authors:
        return []
    async for book in books:
        print(book.title)
    if books:
        print(len(books), books[0].title)
    return await sync_to_async(list)(authors)

async def prefetched(request, pk):
    book = await Book.objects.prefetch_related("tags").aget(pk=pk)
    return [tag.name for tag in book.tags.all()]
```

## Sources
- Django documentation: "QuerySet API reference" (when QuerySets are evaluated), "Making queries"
  (asynchronous queries).
- Measured with django-ninja 1.7: a returned queryset, or a relation that a response schema shows, raises.
- Measured with Django 4.2 to 6.1: `copy.copy`, `pickle` and `cache.set` evaluate a queryset too;
  `copy.deepcopy`, `==`, `is None`, `str(qs.query)`, `qs[:n]`, `&` and `|` do not. After `async for`, `len`,
  `bool`, `in`, indexing and another loop over the same object are free.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA102",
    slug="lazy-queryset-evaluated",
    severity=Severity.ERROR,
    check=effects_of(Category.LAZY_QUERYSET),
)
