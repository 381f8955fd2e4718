"""A class-based view has both synchronous and asynchronous handlers.

## What it does

Reports a class-based view of which some handlers (`get`, `post`, …) are coroutines and others are not,
inherited handlers included, those of Django's generic views too.

## Why it matters

Django decides once for a view whether it is asynchronous, and raises `ImproperlyConfigured` when the handlers
differ: every request to the view fails. `FormView`, `CreateView`, `UpdateView`, `DeleteView` and
`RedirectView` define several synchronous handlers, so that one `async def` in a subclass is enough.

## Example

```python
from django.http import HttpResponse
from django.views import View


class BookView(View):  # DJA408
    async def get(self, request):
        return HttpResponse("book")

    def post(self, request):
        return HttpResponse(status=204)
```

## Use instead

```python
from django.http import HttpResponse
from django.views import View


class BookView(View):
    def get(self, request):
        return HttpResponse("book")

    def post(self, request):
        return HttpResponse(status=204)
```

## What stays silent

```python
from django.views import View


class QuietView(View):
    http_method_names = ["get"]

    def get(self, request):
        return self.label()

    async def reload(self):
        yield "a method that is no handler"

    def label(self):
        return "books"
```

## Sources

Django: Class-based views, `View.view_is_async`.
"""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.project.views import API_VIEW, handlers, is_view
from async_audit.rulebook import ClassAudit, Rule, nothing_in_functions


def _check_class(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    program = audit.program
    if not is_view(program, audit.name) or program.classes.derives(audit.name, API_VIEW):
        return
    found = handlers(program, audit.name)
    asynchronous = [handler for handler in found if handler.is_async]
    plain = [handler for handler in found if not handler.is_async]
    if not asynchronous or not plain:
        return
    own = audit.name in {handler.owner for handler in found}
    if not own:
        return
    inherited = "" if plain[0].owner == audit.name else f" (from `{plain[0].owner.rpartition('.')[2]}`)"
    message = (
        f"`{audit.facts.name}` mixes `async def {asynchronous[0].name}` with the plain "
        f"`{plain[0].name}`{inherited}: Django raises ImproperlyConfigured; make all handlers one kind"
    )
    yield rule.finding(audit, audit.location(audit.facts.start, audit.facts.end), message)


RULE = Rule(
    code="DJA408",
    slug="mixed-handlers",
    severity=Severity.ERROR,
    check=nothing_in_functions,
    check_class=_check_class,
)
