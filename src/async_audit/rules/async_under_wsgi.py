"""Asynchronous views of a project that only WSGI serves.

## What it does

Reports that a project has asynchronous views while everything that says who serves it says WSGI: the commands
in a Procfile, a Dockerfile, a Compose file, a systemd unit or a script, or, where there is no command, a
`wsgi.py` without any ASGI application. The finding stands at that evidence and names the views. An `asgi.py`
as `startproject` writes it does not count against a command.

## Why it matters

Under WSGI Django starts an event loop for each request to an asynchronous view and holds the worker thread
until the view is done: no request waits more cheaply, and a trivial `async def` view costs ten times a plain
one. What is left of async is overlap inside one request.

## Example

```python
# config/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
WSGI_APPLICATION = "config.wsgi.application"
```

```python
# config/wsgi.py
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
```

```python
# shop/views.py
from django.http import HttpResponse
from shop.models import Book


async def book_list(request):
    return HttpResponse(await Book.objects.acount())
```

```sh
# serve.sh
exec gunicorn config.wsgi:application --workers 4  # DJA501
```

## Use instead

Serve the project by ASGI, or make the views plain functions:

```python
# config/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
WSGI_APPLICATION = "config.wsgi.application"
```

```python
# shop/views.py
from django.http import HttpResponse
from shop.models import Book


def book_list(request):
    return HttpResponse(Book.objects.count())
```

```sh
# serve.sh
exec gunicorn config.wsgi:application --workers 4
```

## What stays silent

A project for which anything says ASGI, and one of which nobody says who serves it:

```python
# config/settings.py
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
WSGI_APPLICATION = "config.wsgi.application"
```

```python
# shop/views.py
from django.http import HttpResponse
from shop.models import Book


async def book_list(request):
    return HttpResponse(await Book.objects.acount())
```

```sh
# serve.sh
exec gunicorn config.asgi:application --worker-class uvicorn.workers.UvicornWorker
```

## Sources

Django: Asynchronous support, "Async views"; Django: How to deploy with WSGI, with ASGI.
"""

from collections.abc import Iterator

from async_audit.findings import Confidence, Finding, Severity, Step
from async_audit.project.async_views import async_views
from async_audit.project.deployment import Origin, Serving
from async_audit.rulebook import ProjectAudit, Rule, nothing_in_functions

_MOST_SHOWN = 5
"""Views that a finding names; the others are counted."""


def _check_project(rule: Rule, audit: ProjectAudit) -> Iterator[Finding]:
    evidence = audit.program.deployment.wsgi_only
    if evidence is None:
        return
    views = async_views(audit.program)
    if not views:
        return
    first = views[0].name
    these = f"`{first}` is asynchronous"
    if len(views) > 1:
        these = f"`{first}` and {len(views) - 1} other views are asynchronous"
    is_configured = audit.program.deployment.configured is Serving.WSGI
    why = "the configuration says so" if is_configured else evidence.note
    message = (
        f"{these}, but the project is only served by WSGI ({why}): each such request starts an "
        "event loop of its own and holds its thread; serve the project by ASGI, or make the views plain `def`"
    )
    chain = tuple(
        Step(audit.location(view.path, view.start, view.end), view.name, "an asynchronous view")
        for view in views[:_MOST_SHOWN]
    )
    is_run = is_configured or evidence.origin in (Origin.COMMAND, Origin.CODE)
    yield rule.finding(
        audit,
        audit.line(evidence.path, evidence.line),
        message,
        confidence=Confidence.CERTAIN if is_run else Confidence.LIKELY,
        chain=chain,
    )


RULE = Rule(
    code="DJA501",
    slug="async-under-wsgi",
    severity=Severity.WARNING,
    check=nothing_in_functions,
    check_project=_check_project,
)
