"""A relation or deferred field that is not loaded is read on the event loop.

## What it does
Reports the first read of a foreign key, a one-to-one relation from either side, a generic relation or a
deferred field of an instance that was not loaded with it.

## Why it matters
Reading such an attribute makes a query, and on the event loop Django raises `SynchronousOnlyOperation`. That
holds for `book.author.pk`, `getattr` and `hasattr` as well, and for `str(book)` where `__str__` reads a
relation.

## Example
```python
from shop.models import Author, Book

async def detail(request, pk):
    book = await Book.objects.aget(pk=pk)
    return book.title, book.author.name  # DJA103

async def biography(request, pk):
    author = await Author.objects.aget(pk=pk)
    if hasattr(author, "profile"):  # DJA103
        return author.name
    return ""

async def price(request, pk):
    book = await Book.objects.only("title").aget(pk=pk)
    return book.price  # DJA103
```

In a loop, each round makes a query of its own:
```python
from shop.models import Book

async def credits(request):
    lines = []
    async for book in Book.objects.in_print():
        lines.append(f"{book.title} by {book.author}")  # DJA103
    return lines
```

`select_related()` without names leaves out relations that may be null:
```python
from shop.models import Book

async def edited_by(request, pk):
    book = await Book.objects.select_related().aget(pk=pk)
    return book.author.name, book.editor  # DJA103
```

## Use instead
Load the relation with the query:
```python
from shop.models import Author, Book

async def detail(request, pk):
    book = await Book.objects.select_related("author", "editor").aget(pk=pk)
    return book.title, book.author.name, book.editor

async def biography(request, pk):
    author = await Author.objects.select_related("profile").aget(pk=pk)
    return author.profile.biography if hasattr(author, "profile") else ""
```

Where the key is all that is needed, it is on the instance already; a single relation can be fetched:
```python
from shop.models import Author, Book

async def author_key(request, pk):
    book = await Book.objects.aget(pk=pk)
    return book.author_id

async def author_of(request, pk):
    book = await Book.objects.aget(pk=pk)
    return await Author.objects.aget(pk=book.author_id)
```

## What stays silent
Relations that are known to be loaded, because they were selected, prefetched, assigned or are where the
instance comes from:
```python
from asgiref.sync import sync_to_async

from shop.models import Author, Book

async def near_misses(request, pk):
    author = await Author.objects.aget(pk=pk)
    draft = Book(title="Untitled", author=author)
    book = await Book.objects.acreate(title="New", author=author)
    names = [draft.author.name, book.author.name]
    async for other in author.books.all():
        names.append(other.author.name)
    async for row in Book.objects.values("author__name"):
        names.append(row["author__name"])
    plain = await Book.objects.aget(pk=pk)
    names.append(await sync_to_async(lambda: plain.author.name)())
    return names, plain.author.name
```

## Sources
- Django documentation: "QuerySet API reference" (`select_related`, `prefetch_related`, `only`, `defer`),
  "Related objects reference".
- Measured with Django 4.2 to 6.1: a foreign key is free when selected, prefetched, assigned, null or read
  through `_id`, and for the parent of `parent.children.all()`; it raises otherwise, also after
  `select_related()` without arguments if it may be null.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA103",
    slug="lazy-attribute-access",
    severity=Severity.ERROR,
    check=effects_of(Category.LAZY_ATTRIBUTE),
)
