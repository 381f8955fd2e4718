"""A lock, queue, thread or future is waited for on the event loop.

## What it does
Reports waiting for the objects of `threading`, `queue`, `concurrent.futures` and `multiprocessing`:
`Lock.acquire` and `with lock`, `Queue.get`, `Event.wait`, `Thread.join`, `Future.result`. The end of an
executor, by `shutdown()` or of its `with` block, waits as well where something it was given was never
awaited.

## Why it matters
Nothing is raised: the event loop stands still until another thread acts. If that thread in turn needs the
event loop, both wait for ever.

## Example
```python
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
jobs = queue.Queue()
executor = ThreadPoolExecutor()

async def locked(request):
    lock.acquire()  # DJA207
    try:
        return request.path
    finally:
        lock.release()

async def next_job(request):
    return jobs.get()  # DJA207

async def computed(request):
    future = executor.submit(pow, 2, 100)
    return future.result()  # DJA207

async def joined(request):
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()  # DJA207
```

## Use instead
```python
import asyncio
from concurrent.futures import ThreadPoolExecutor

lock = asyncio.Lock()
jobs = asyncio.Queue()
executor = ThreadPoolExecutor()

async def locked(request):
    async with lock:
        return request.path

async def next_job(request):
    return await jobs.get()

async def computed(request):
    return await asyncio.wrap_future(executor.submit(pow, 2, 100))

async def in_thread(request):
    await asyncio.to_thread(print)
```

## What stays silent
What does not wait, results of tasks that are done, and other methods of these names:
```python
import asyncio
import os
import queue
import threading

jobs = queue.Queue()
stopped = threading.Event()

async def near_misses(request):
    jobs.put_nowait(request.path)
    path = os.path.join("covers", ", ".join(["a", "b"]))
    task = asyncio.create_task(asyncio.sleep(1))
    await task
    await asyncio.to_thread(stopped.wait, 1)
    return task.result(), jobs.get_nowait(), stopped.is_set(), path, request.GET.get("page")
```

## Sources
- Python documentation: "Developing with asyncio" (concurrency and multithreading), "Synchronization
  primitives" (asyncio), "Event loop" (futures of executors).
- Measured with Django 4.2 to 6.1: `Thread.join` and `Future.result` block an asynchronous view without an
  exception.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA207",
    slug="blocking-wait",
    severity=Severity.ERROR,
    check=effects_of(Category.WAIT),
)
