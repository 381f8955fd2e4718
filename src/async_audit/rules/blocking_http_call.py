"""A synchronous HTTP call blocks the event loop.

## What it does
Reports requests made with `requests`, `urllib`, `urllib3`, `http.client`, the synchronous half of `httpx` and
similar libraries. Sessions and clients are recognised by the type of the object, not by its name.

## Why it matters
Nothing is raised: until the other service answers, every other request of the process waits. Ten requests at
once to an asynchronous view that calls `httpx.get` take 10 to 12 times as long as one; to the same view as a
plain `def`, 1.2 times as long.

## Example
```python
import urllib.request

import httpx
import requests

session = requests.Session()

async def rate(request, currency):
    answer = requests.get(f"https://rates.example.org/{currency}", timeout=5)  # DJA202
    return answer.text

async def order(request):
    return session.post("https://orders.example.org/", json={"book": 1})  # DJA202

async def cover(request):
    return urllib.request.urlopen("https://covers.example.org/1.png")  # DJA202

async def stock(request):
    with httpx.Client(base_url="https://stock.example.org") as client:
        return client.get("/books/1")  # DJA202
```

## Use instead
An asynchronous client, made once and used for many requests, as making one costs time on the event loop:
```python
import httpx

client = httpx.AsyncClient(timeout=5)

async def rate(request, currency):
    answer = await client.get(f"https://rates.example.org/{currency}")
    return answer.text
```

Or the same call in a thread:
```python
import asyncio

import requests

async def rate(request, currency):
    url = f"https://rates.example.org/{currency}"
    answer = await asyncio.to_thread(requests.get, url, timeout=5)
    return answer.text
```

## What stays silent
```python
import requests
from asgiref.sync import sync_to_async

async def near_misses(request, headers: dict[str, str]):
    page = request.GET.get("page")
    headers.update(accept="text/plain")
    prepared = requests.Request("GET", "https://rates.example.org/").prepare()
    with requests.Session() as session:
        answer = await sync_to_async(session.send)(prepared, timeout=5)
    try:
        answer.raise_for_status()
    except requests.HTTPError:
        return page
    return answer.json().get("rate"), headers.get("accept")
```

## Sources
- Documentation of HTTPX: "Async support"; Python documentation: "Developing with asyncio" (running blocking
  code).
- Measured with Django 4.2 to 6.1: four overlapping calls take 1.2 times as long as one with a shared
  `httpx.AsyncClient`, 1.5 to 3.8 times with a new one for each.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA202",
    slug="blocking-http-call",
    severity=Severity.ERROR,
    check=effects_of(Category.HTTP),
)
