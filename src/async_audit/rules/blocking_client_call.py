"""A synchronous driver or client blocks the event loop.

## What it does
Reports calls that wait for another service through a synchronous library: database drivers (`psycopg`,
`sqlite3`, `pymongo`), key-value stores and brokers (`redis`, `kafka`, `pika`), clouds (`boto3`), mail
(`smtplib`), payment and language model clients and many more. Clients are recognised by the type of the
object, not by its name.

## Why it matters
Django guards its own database connections only. Nothing is raised here: until the other service answers,
every other request of the process waits.

## Example
```python
import smtplib
import sqlite3

import boto3
import redis

store = redis.Redis()

async def visits(request):
    return store.incr("visits")  # DJA205

async def upload(request):
    client = boto3.client("s3")
    client.upload_file("catalogue.csv", "books", "catalogue.csv")  # DJA205

async def report(request):
    connection = sqlite3.connect("reports.sqlite3")  # DJA205
    return connection.execute("SELECT count(*) FROM report").fetchone()  # DJA205

async def deliver(request):
    with smtplib.SMTP("mail.example.org") as server:  # DJA205
        server.sendmail("shop@example.org", ["reader@example.org"], "Subject: Hello")  # DJA205
```

## Use instead
The asynchronous client of the same library, where it has one, or a thread:
```python
import asyncio

import boto3
import redis.asyncio

store = redis.asyncio.Redis()

async def visits(request):
    return await store.incr("visits")

async def upload(request):
    client = boto3.client("s3")
    await asyncio.to_thread(client.upload_file, "catalogue.csv", "books", "catalogue.csv")
```

## What stays silent
Clients that are made but not used yet, asynchronous ones, and objects that only share the names of methods:
```python
import redis
import redis.asyncio
from asgiref.sync import sync_to_async

class Store:
    def __init__(self):
        self.values = {}

    def get(self, name):
        return self.values.get(name)

async def near_misses(request):
    store = redis.Redis()
    try:
        stored = await sync_to_async(store.get)("visits")
    except redis.RedisError:
        stored = None
    async with redis.asyncio.Redis() as client:
        shared = await client.get("visits")
    return stored, shared, Store().get("visits")
```

## Sources
- Documentation of the libraries, named in the catalogue beside each of their calls.
- Measured with Django 4.2 to 6.1: a raw driver (`sqlite3`) blocks an asynchronous view without an exception.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA205",
    slug="blocking-client-call",
    severity=Severity.ERROR,
    check=effects_of(Category.CLIENT, Category.STORE),
)
