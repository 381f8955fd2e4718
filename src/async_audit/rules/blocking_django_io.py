"""Django's own mail, cache or password hashing blocks the event loop.

## What it does
Reports `send_mail` and `EmailMessage.send`, the synchronous methods of caches on a networked or file backend,
sessions kept in files, and the hashing of passwords. What the settings make harmless stays silent: a cache in
local memory, mail to the console.

## Why it matters
None of these raises `SynchronousOnlyOperation`, unless the cache is kept in the database: every other request
of the process waits for the mail server, the cache server or the hash.

## Example
```python
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.core.mail import EmailMessage, send_mail

async def order(request):
    send_mail("Thank you", "It is on its way.", None, ["reader@example.org"])  # DJA206
    EmailMessage("New order", "One book.", to=["shop@example.org"]).send()  # DJA206

async def visits(request):
    cache.set("visits", cache.get("visits", 0) + 1)  # DJA206

async def hashed(request):
    return make_password("secret")  # DJA206
```

## Use instead
Caches have asynchronous methods. Mail has none up to Django 6.1, and hashing is best done in a thread:
```python
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.core.mail import send_mail

async def order(request):
    await sync_to_async(send_mail)("Thank you", "It is on its way.", None, ["reader@example.org"])

async def visits(request):
    await cache.aset("visits", await cache.aget("visits", 0) + 1)

async def hashed(request):
    return await sync_to_async(make_password)("secret")
```

## What stays silent
In the settings of this example the cache `memory` is in local memory:
```python
from django.core.cache import caches
from django.core.mail import EmailMessage

async def near_misses(request):
    memory = caches["memory"]
    memory.set("greeting", "Hello")
    message = EmailMessage("New order", "One book.", to=["shop@example.org"])
    message.attach("order.txt", "One book.", "text/plain")
    return memory.get("greeting"), message.subject

def synchronous_view(request):
    EmailMessage("New order", "One book.", to=["shop@example.org"]).send()
```

Tests, where nobody waits.

## Sources
- Django documentation: "Sending email", "Django's cache framework" (asynchronous support), "How to use
  sessions", "Password management in Django".
- Measured with Django 4.2 to 6.1: of the caches only the database cache raises. `acheck_password` hashes on
  the event loop in 5.0 to 5.2, `aauthenticate` in 5.2, `acreate_user` from 5.2 on.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA206",
    slug="blocking-django-io",
    severity=Severity.WARNING,
    check=effects_of(Category.DJANGO_IO),
)
