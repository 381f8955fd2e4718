"""`ATOMIC_REQUESTS` is on for a project with asynchronous views.

## What it does

Reports a database whose `ATOMIC_REQUESTS` is a true constant where the project's URL patterns name an
asynchronous view that does not opt out with `@transaction.non_atomic_requests`.

## Why it matters

Django refuses to run such a view: every request to it raises `RuntimeError: You cannot use ATOMIC_REQUESTS
with async views.`, under WSGI as under ASGI.

## Example

```python
# config/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "ATOMIC_REQUESTS": True,  # DJA503
    }
}
```

```python
# shop/views.py
from django.http import HttpResponse
from shop.models import Book


async def book_list(request):
    return HttpResponse(await Book.objects.acount())
```

## Use instead

```python
# config/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "ATOMIC_REQUESTS": True,
    }
}
```

```python
# shop/views.py
from django.db import transaction
from django.http import HttpResponse
from shop.models import Book


@transaction.non_atomic_requests
async def book_list(request):
    return HttpResponse(await Book.objects.acount())
```

## What stays silent

Settings that are off or computed, and views that are no coroutines:

```python
# config/settings.py
import os

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "ATOMIC_REQUESTS": False},
    "archive": {"ENGINE": "django.db.backends.sqlite3", "ATOMIC_REQUESTS": "ATOMIC" in os.environ},
}
```

```python
# shop/views.py
from django.http import HttpResponse
from shop.models import Book


async def book_list(request):
    return HttpResponse(await Book.objects.acount())
```

## Sources

Django: Database transactions, "Tying transactions to HTTP requests"; `BaseHandler.make_view_atomic`.
"""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity, Step
from async_audit.project.async_views import async_views
from async_audit.project.databases import database_options
from async_audit.project.deployment import is_aside
from async_audit.rulebook import ProjectAudit, Rule, nothing_in_functions

_MOST_SHOWN = 5
"""Views that a finding names; the others are counted."""


def _check_project(rule: Rule, audit: ProjectAudit) -> Iterator[Finding]:
    for option in database_options(audit.program, "ATOMIC_REQUESTS"):
        if not option.value or option.is_fallback or is_aside(option.path):
            continue
        views = [view for view in async_views(audit.program) if not {option.alias, "*"} & view.non_atomic]
        if not views:
            continue
        others = f" and {len(views) - 1} other asynchronous views" if len(views) > 1 else ""
        message = (
            f"`ATOMIC_REQUESTS` of the database `{option.alias}` makes every request to the asynchronous "
            f"view `{views[0].name}`{others} raise RuntimeError; decorate the view with "
            "`@transaction.non_atomic_requests` and open transactions where they are needed"
        )
        chain = tuple(
            Step(audit.location(view.path, view.start, view.end), view.name, "an asynchronous view")
            for view in views[:_MOST_SHOWN]
        )
        yield rule.finding(audit, audit.location(option.path, option.start, option.end), message, chain=chain)


RULE = Rule(
    code="DJA503",
    slug="atomic-requests-with-async",
    severity=Severity.ERROR,
    check=nothing_in_functions,
    check_project=_check_project,
)
