"""`DJANGO_ALLOW_ASYNC_UNSAFE` switches off the guard against synchronous calls on the event loop.

## What it does

Reports each place outside tests and notebooks that sets the environment variable to a constant: `os.environ`
in Python, `.env` files, Dockerfiles, Compose files, Procfiles, units and scripts.

## Why it matters

Django looks whether the variable is set to anything at all: `0` and `false` switch the guard off as well.
Code that used the ORM on the event loop then blocks every other request instead of raising, and shares one
connection between requests, so that one may commit or roll back what another has begun. The documentation
says: never in production.

## Example

```python
import os

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # DJA506
```

## Use instead

```python
from asgiref.sync import sync_to_async
from shop.pricing import bestseller


async def top(request):
    return await sync_to_async(bestseller)()
```

## What stays silent

Tests, code for notebooks, an empty value, and reading the variable:

```python
import os
import sys

if "ipykernel" in sys.modules:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "")
is_unsafe = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
```

## Sources

Django: Asynchronous support, "Async safety".
"""

import re
from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.project.deployment import is_aside
from async_audit.project.environment import GUARD
from async_audit.rulebook import ProjectAudit, Rule, nothing_in_functions

_NOTEBOOK_OR_TEST = re.compile(r"test|notebook|jupyter|ipython|ipykernel|playwright|shell_plus")


def _check_project(rule: Rule, audit: ProjectAudit) -> Iterator[Finding]:
    for variable in audit.program.guard_variables:
        context = (*variable.tests, *variable.command, variable.path.lower())
        if not variable.value or is_aside(variable.path) or any(map(_NOTEBOOK_OR_TEST.search, context)):
            continue
        message = (
            f"`{GUARD}` is set, and whatever its value is, switches off the guard against synchronous "
            "database calls on the event loop; remove it, and call such code through `sync_to_async`"
        )
        yield rule.finding(audit, audit.line(variable.path, variable.line), message)


RULE = Rule(
    code="DJA506",
    slug="async-guard-disabled",
    severity=Severity.ERROR,
    check=nothing_in_functions,
    check_project=_check_project,
)
