"""A computation holds the event loop.

## What it does
Reports calls that compute for long: image processing (Pillow), tables (pandas), rendering of PDF files and
spreadsheets, compression, inference of large models. This rule is advice and off unless it is selected, as
only the data tells how long such a call takes.

## Why it matters
Nothing is raised: while the event loop computes, every other request of the process waits.

## Example
```python
import gzip

import pandas
from PIL import Image

async def thumbnail(request):
    return Image.new("RGB", (4000, 3000)).resize((400, 300))  # DJA208

async def export(request):
    return gzip.compress(b"id,title")  # DJA208

async def sales(request):
    return pandas.read_csv("sales.csv")  # DJA208
```

## Use instead
A thread, where the library releases the global interpreter lock, else a process or a task queue:
```python
import asyncio
import gzip

from PIL import Image

async def thumbnail(request):
    picture = Image.new("RGB", (4000, 3000))
    return await asyncio.to_thread(picture.resize, (400, 300))

async def export(request):
    return await asyncio.to_thread(gzip.compress, b"id,title")
```

## What stays silent
```python
import hashlib
import zlib

class Archive:
    def compress(self, text):
        return text.strip()

async def near_misses(request):
    digest = hashlib.sha256(b"a title").hexdigest()
    checksum = zlib.crc32(b"a title")
    return digest, checksum, Archive().compress(" a title ")

def synchronous_view(request):
    return zlib.compress(b"a title")
```

## Sources
- Python documentation: "Developing with asyncio" (running blocking code), "Event loop" (executing code in
  thread or process pools).
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA208",
    slug="cpu-bound-call",
    severity=Severity.INFO,
    check=effects_of(Category.CPU),
    default=False,
)
