"""A synchronous project function called on the event loop reaches the database.

## What it does
Follows the calls of a coroutine through the project's synchronous functions, methods, properties and
constructors, over any number of calls and modules, and reports the call in the coroutine if what it reaches
would be reported as DJA101 to DJA107 there. The message names the chain.

## Why it matters
A synchronous function runs on the event loop if a coroutine calls it, and Django raises
`SynchronousOnlyOperation` where it queries. Of the bugs of this kind that real projects have fixed, most were
of this form: no line of the coroutine names the ORM.

## Example
```python
from shop.models import Book

def bestseller():
    return Book.objects.order_by("-price").first()

async def front_page(request):
    return bestseller()  # DJA110
```

`lowest_price_with_vat` of `shop/pricing.py` makes no query, but calls `lowest_price`, which does; `cheapest`
is a method of the project's own queryset class:
```python
from shop.models import Book
from shop.pricing import lowest_price_with_vat

async def offer(request):
    return lowest_price_with_vat()  # DJA110

async def cheapest(request):
    return Book.objects.in_print().cheapest()  # DJA110
```

Methods, properties and constructors count as functions:
```python
from shop.models import Book

class Shelf:
    def __init__(self, label):
        self.label = label

    @property
    def is_empty(self):
        return not Book.objects.filter(title__startswith=self.label).exists()

    def clear(self):
        Book.objects.filter(title__startswith=self.label).delete()

async def tidy(request):
    shelf = Shelf("A")
    if shelf.is_empty:  # DJA110
        return
    shelf.clear()  # DJA110
```

## Use instead
Call the helper in a thread, or write an asynchronous version of it:
```python
from asgiref.sync import sync_to_async

from shop.models import Book
from shop.pricing import lowest_price_with_vat

async def offer(request):
    return await sync_to_async(lowest_price_with_vat)()

async def abestseller():
    return await Book.objects.order_by("-price").afirst()

async def front_page(request):
    return await abestseller()
```

## What stays silent
Helpers that only build querysets or compute, and helpers that run in a thread:
```python
from asgiref.sync import sync_to_async

from shop import pricing
from shop.models import Book

def affordable(limit):
    return Book.objects.filter(price__lte=limit)

@sync_to_async
def lowest_prices():
    return [pricing.lowest_price(), pricing.lowest_price_with_vat()]

class Prices:
    def lowest_price(self):
        return 0

async def near_misses(request):
    lowest = pricing.with_vat(Prices().lowest_price())
    books = [book async for book in affordable(lowest)]
    return books, await lowest_prices(), pricing.lowest_price

def synchronous_view(request):
    return pricing.lowest_price_with_vat()
```

## Sources
- Django documentation: "Asynchronous support" (async safety, `sync_to_async`).
- Of 170 places that maintainers of Django projects fixed, a synchronous helper that reaches the ORM or I/O
  was the most frequent cause: 38 commits.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA110",
    slug="sync-orm-through-helper",
    severity=Severity.ERROR,
    check=effects_of(
        Category.ORM_CALL,
        Category.LAZY_QUERYSET,
        Category.LAZY_ATTRIBUTE,
        Category.REQUEST_ATTRIBUTE,
        Category.TRANSACTION,
        Category.DJANGO_CALL,
        Category.TEMPLATE,
        Category.LAZY_RESULT_OF_HOP,
        through_helper=True,
    ),
)
