"""An asynchronous method that this version of Django does not have.

## What it does
Reports an `a…` name on a manager, queryset, related manager, instance, user, session or cache that does not
exist, or that the project's version of Django does not have yet. The version is read from the project's
requirements or given with `--django-version`.

## Why it matters
It raises `AttributeError`. Methods that return a queryset, such as `filter` and `all`, make no query and
therefore need no asynchronous twin.

## Example
```python
from shop.models import Author, Book

async def cheap(request):
    return [book async for book in Book.objects.afilter(price=0)]  # DJA406

async def books_of(request, pk):
    author = await Author.objects.aget(pk=pk)
    return await author.books.aall()  # DJA406
```

## Use instead
```python
from shop.models import Author, Book

async def cheap(request):
    return [book async for book in Book.objects.filter(price=0)]

async def books_of(request, pk):
    author = await Author.objects.aget(pk=pk)
    return [book async for book in author.books.all()]
```

## What stays silent
Twins that the version has, and methods that the project defines:
```python
from django.db import models

from shop.models import Book

class ShelfQuerySet(models.QuerySet):
    async def atitles(self):
        return [title async for title in self.values_list("title", flat=True)]

class Shelf(models.Model):
    title = models.CharField(max_length=100)

    objects = ShelfQuerySet.as_manager()

async def near_misses(request):
    user = await request.auser()
    allowed = await user.ahas_perm("shop.view_book")
    book = await Book.objects.alatest("pk")
    await book.tags.aclear()
    return allowed, book.author_id, await Shelf.objects.atitles()
```

## Sources
- Django documentation: "QuerySet API reference", "Related objects reference", "Making queries" (asynchronous
  queries); the methods of each version were extracted from its released package.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA406",
    slug="no-such-async-method",
    severity=Severity.ERROR,
    check=misuse_of(Category.NO_SUCH_ASYNC_METHOD, anywhere=True),
)
