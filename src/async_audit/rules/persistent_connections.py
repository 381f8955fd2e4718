"""`CONN_MAX_AGE` keeps connections open that ASGI never uses again.

## What it does

Reports a database with a `CONN_MAX_AGE` other than 0 in a project that ASGI alone serves.

## Why it matters

A connection belongs to a thread. Under ASGI every request has a thread of its own, so that no request finds
the connection that another one left open: each opens a new one, as if `CONN_MAX_AGE` were 0. Django's advice
is to switch persistent connections off under ASGI, and to pool connections instead.

## Example

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,  # DJA504
    }
}
```

## Use instead

```python
# config/settings.py
ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"pool": True},
    }
}
```

## What stays silent

Connections that are closed after each request, and values that are not known:

```python
# config/settings.py
import os

ASGI_APPLICATION = "config.asgi.application"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0},
    "archive": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": int(os.environ["AGE"])},
}
```

## Sources

Django: Databases, "Persistent connections" and "Connection pool" (5.1); measured on 4.2 to 6.1: 20 requests
under ASGI opened 20 connections, under WSGI one.
"""

from collections.abc import Iterator

from async_audit.findings import Confidence, Finding, Severity
from async_audit.project.databases import database_options
from async_audit.project.deployment import Serving, is_aside
from async_audit.rulebook import ProjectAudit, Rule, nothing_in_functions

_POOLS_SINCE = (5, 1)


def _check_project(rule: Rule, audit: ProjectAudit) -> Iterator[Finding]:
    if audit.program.deployment.http is not Serving.ASGI:
        return
    pool = "the pool of psycopg in `OPTIONS`" if audit.program.django >= _POOLS_SINCE else "a pool"
    for option in database_options(audit.program, "CONN_MAX_AGE"):
        is_on = option.value is None or (isinstance(option.value, int | float) and option.value > 0)
        if not is_on or is_aside(option.path):
            continue
        message = (
            f"`CONN_MAX_AGE` of the database `{option.alias}` has no effect under ASGI: each request runs in "
            f"a thread of its own and opens its own connection; set it to 0 and use {pool} or PgBouncer"
        )
        yield rule.finding(
            audit,
            audit.location(option.path, option.start, option.end),
            message,
            confidence=Confidence.LIKELY if option.is_fallback else Confidence.CERTAIN,
        )


RULE = Rule(
    code="DJA504",
    slug="persistent-connections",
    severity=Severity.WARNING,
    check=nothing_in_functions,
    check_project=_check_project,
)
