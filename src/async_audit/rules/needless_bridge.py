"""A bridge between threads and the event loop that nothing needs.

## What it does
Reports `async_to_sync` of a coroutine function of the project that has no await, `sync_to_async` of a
queryset method that only builds a query, and one bridge directly inside the other.

## Why it matters
`sync_to_async` costs a hop to a thread and back, `async_to_sync` an event loop (and, from a thread of an
ASGI server, a trip to the main one). Around something that neither waits nor queries they buy nothing.

## Example
```python
from asgiref.sync import async_to_sync, sync_to_async

from shop.models import Book

async def greeting():
    return "hello"

async def announce(text):
    await Book.objects.acreate(title=text)

def view(request):
    return async_to_sync(greeting)()  # DJA304

async def search(request):
    books = await sync_to_async(Book.objects.filter)(title="x")  # DJA304
    return [book async for book in books]

async def there_and_back(text):
    await sync_to_async(async_to_sync(announce))(text)  # DJA304
```

## Use instead
```python
from shop.models import Book

def greeting():
    return "hello"

async def announce(text):
    await Book.objects.acreate(title=text)

def view(request):
    return greeting()

async def search(request):
    return [book async for book in Book.objects.filter(title="x")]

async def there(text):
    await announce(text)
```

## What stays silent
A function that queries or blocks, or of which that is not known: a call that cannot be resolved may do
either.
```python
from asgiref.sync import async_to_sync, sync_to_async

from shop.models import Book

def titles():
    return list(Book.objects.values_list("title", flat=True))

async def announce(text):
    await Book.objects.acreate(title=text)

async def view(request):
    return await sync_to_async(titles)()

async def with_callback(request, callback):
    return await sync_to_async(callback)()

def synchronous_view(request):
    async_to_sync(announce)("hello")
```

## Sources
- asgiref's documentation, "Function wrappers"; Django documentation: "Asynchronous support", "Performance".
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA304",
    slug="needless-bridge",
    severity=Severity.WARNING,
    check=misuse_of(Category.NEEDLESS_BRIDGE, anywhere=True),
)
