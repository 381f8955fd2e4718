"""`request.user` or the session is first used on the event loop.

## What it does
Reports the first use of `request.user`: an attribute, its truth, `isinstance`, or as a value in
`filter(user=request.user)`. Reports the first read or write of a session whose backend has to load it from
the database.

## Why it matters
`request.user` is lazy: its first use loads the session and the user, and on the event loop Django raises
`SynchronousOnlyOperation`. Only visitors with a session cookie trigger it, so tests with an anonymous client
pass. `await request.auser()` does not make `request.user` safe.

## Example
```python
from django.http import HttpResponse

from shop.models import Review

async def greeting(request):
    if request.user.is_authenticated:  # DJA104
        return HttpResponse("Welcome back.")
    return HttpResponse("Welcome.")

async def own_reviews(request):
    reviews = Review.objects.filter(reviewer=request.user)  # DJA104
    return HttpResponse(str(await reviews.acount()))

async def cart(request):
    return HttpResponse(len(request.session.get("cart", [])))  # DJA104

async def after_auser(request):
    user = await request.auser()
    return HttpResponse(f"{user.pk} {request.user.pk}")  # DJA104
```

## Use instead
`request.auser()` exists from Django 5.0 on, the asynchronous methods of sessions from 5.1 on:
```python
from django.http import HttpResponse

from shop.models import Review

async def greeting(request):
    user = await request.auser()
    return HttpResponse("Welcome back." if user.is_authenticated else "Welcome.")

async def own_reviews(request):
    reviews = Review.objects.filter(reviewer=await request.auser())
    return HttpResponse(str(await reviews.acount()))

async def cart(request):
    return HttpResponse(len(await request.session.aget("cart", [])))
```

## What stays silent
`request.user` passed on untouched or replaced, and a session that has been loaded:
```python
from asgiref.sync import sync_to_async
from django.http import HttpResponse

def name_of(user):
    return user.get_username()

async def passed_on(request):
    return HttpResponse(await sync_to_async(name_of)(request.user))

async def replaced(request):
    request.user = await request.auser()
    return HttpResponse(request.user.get_username())

async def loaded_session(request):
    theme = await request.session.aget("theme")
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(theme)
```

## Sources
- Django documentation: "Using the Django authentication system" (`request.auser`), "How to use sessions".
- Measured with Django 4.2 to 6.1: `request.user` raises for a client that is logged in, never for one
  without a session cookie. Database sessions raise; sessions in local memory and signed cookies do not.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA104",
    slug="lazy-request-attribute",
    severity=Severity.ERROR,
    check=effects_of(Category.REQUEST_ATTRIBUTE),
)
