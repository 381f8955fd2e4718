"""A file or storage is accessed on the event loop.

## What it does
Reports `open`, the methods of `pathlib.Path` and functions of `os` and `shutil` that touch the file system,
Django's storages and the files of file fields. Opening a file is one finding; reading from it adds none.

## Why it matters
Nothing is raised: every other request of the process waits for the disk. That is short for a small local file
and long for a network file system or a storage such as S3, hence a warning.

## Example
```python
import shutil
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from shop.models import Book

async def licence(request):
    with open("LICENSE", encoding="utf-8") as file:  # DJA204
        return file.read()

async def terms(request):
    return Path("terms.txt").read_text(encoding="utf-8")  # DJA204

async def archive(request):
    shutil.copyfile("catalogue.csv", "catalogue.old.csv")  # DJA204
    return default_storage.exists("catalogue.csv")  # DJA204

async def upload(request, pk):
    book = await Book.objects.aget(pk=pk)
    book.cover.save("cover.png", ContentFile(request.body), save=False)  # DJA204
    await book.asave()
```

## Use instead
A thread; nothing else makes access to local files asynchronous:
```python
import asyncio
from pathlib import Path

from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile

from shop.models import Book

async def terms(request):
    return await asyncio.to_thread(Path("terms.txt").read_text, encoding="utf-8")

async def upload(request, pk):
    book = await Book.objects.aget(pk=pk)
    await sync_to_async(book.cover.save)("cover.png", ContentFile(request.body))
```

## What stays silent
Paths that are only computed, files in memory, and names and addresses of stored files:
```python
import io
import os
from pathlib import Path

from shop.models import Book

async def near_misses(request, pk):
    path = Path("media") / os.path.join("covers", f"{pk}.png")
    buffer = io.StringIO("id,title")
    book = await Book.objects.aget(pk=pk)
    return path.suffix, buffer.read(), book.cover.name, book.cover.url, bool(book.cover)
```

Tests, where nobody waits.

## Sources
- Django documentation: "Managing files", "File storage API"; Python documentation: "Coroutines and tasks"
  (running in threads).
- Measured with Django 4.2 to 6.1: `default_storage` and saving, opening, measuring and deleting the file of a
  `FileField` block without an exception.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA204",
    slug="blocking-file-access",
    severity=Severity.WARNING,
    check=effects_of(Category.FILE),
)
