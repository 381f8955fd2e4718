"""`time.sleep` stops the event loop.

## What it does
Reports `time.sleep` in code that runs on the event loop, under whatever name it was imported.

## Why it matters
Nothing is raised: while one coroutine sleeps, every other request of the process waits. Ten requests at once
to an asynchronous view that sleeps take 10 to 12 times as long as one; to the same view as a plain `def`, 1.2
times as long.

## Example
```python
import time
from time import sleep

async def poll(request):
    time.sleep(1)  # DJA201
    for seconds in (1, 2, 4):
        sleep(seconds)  # DJA201
```

## Use instead
```python
import asyncio

async def poll(request):
    await asyncio.sleep(1)
    for seconds in (1, 2, 4):
        await asyncio.sleep(seconds)
```

## What stays silent
Other functions of the same name, and code that runs in a worker thread:
```python
import asyncio
import time

from asgiref.sync import sync_to_async

class Device:
    def sleep(self, seconds):
        self.seconds = seconds

async def near_misses(request):
    Device().sleep(1)
    await asyncio.to_thread(time.sleep, 1)
    await sync_to_async(lambda: time.sleep(1))()
    return time.monotonic()

def synchronous_view(request):
    time.sleep(1)
```

## Sources
- Python documentation: "Developing with asyncio" (running blocking code), "Coroutines and tasks" (sleeping).
- Measured with Django 4.2 to 6.1 under uvicorn, daphne, hypercorn and gunicorn.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA201",
    slug="blocking-sleep",
    severity=Severity.ERROR,
    check=effects_of(Category.SLEEP),
)
