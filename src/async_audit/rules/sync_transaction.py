"""A transaction or cursor is opened on the event loop.

## What it does
Reports `transaction.atomic` as a context manager or as a decorator of a coroutine, `async with
transaction.atomic()`, savepoints, `transaction.on_commit` and `connection.cursor()` in code that runs on the
event loop.

## Why it matters
Transactions do not work in asynchronous code. `with transaction.atomic()` and `connection.cursor()` raise
`SynchronousOnlyOperation`, and `async with` fails because there is no asynchronous version.
`@transaction.atomic` turns a coroutine function into a plain function, which opens the transaction on the
event loop when it is called; Django refuses such a view, as it returns a coroutine that nobody awaited.

## Example
```python
from django.db import connection, transaction

from shop.models import Book

async def raise_prices(request):
    with transaction.atomic():  # DJA105
        await Book.objects.aupdate(price=10)

async def lower_prices(request):
    async with transaction.atomic():  # DJA105
        await Book.objects.aupdate(price=5)

@transaction.atomic  # DJA105
async def remove_drafts(request):
    await Book.objects.filter(title="").adelete()

async def vacuum(request):
    with connection.cursor() as cursor:  # DJA105
        cursor.execute("VACUUM")
```

## Use instead
Put the whole transaction into one synchronous function and call that in a thread:
```python
from asgiref.sync import sync_to_async
from django.db import transaction

from shop.models import Book

@sync_to_async
@transaction.atomic
def change_prices(paper, cloth):
    Book.objects.filter(title__endswith="(paper)").update(price=paper)
    Book.objects.filter(title__endswith="(cloth)").update(price=cloth)

async def raise_prices(request):
    await change_prices(10, 20)
```

## What stays silent
```python
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from shop.models import Book

@transaction.non_atomic_requests
async def outside(request):
    return await Book.objects.acount()

def count_rows():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shop_book")
        return cursor.fetchone()[0]

async def rows(request):
    return connection.vendor, await sync_to_async(count_rows)()
```

## Sources
- Django documentation: "Asynchronous support" (queries and the ORM: transactions do not work in async mode),
  "Database transactions".
- Measured with Django 4.2 to 6.1: `@transaction.atomic` on an asynchronous view works in no version.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA105",
    slug="sync-transaction",
    severity=Severity.ERROR,
    check=effects_of(Category.TRANSACTION),
)
