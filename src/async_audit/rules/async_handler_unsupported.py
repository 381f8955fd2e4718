"""A coroutine stands where the framework calls a plain function and never awaits it.

## What it does

Reports `async def` for handlers of REST framework's `APIView` and viewsets (adrf's are fine), `@api_view`,
form and serializer hooks such as `clean` and `validate_title`, hooks of Django's generic views that their
synchronous handlers call, `View.setup`, model methods such as `save`, admin actions, template tags and
filters, and `BaseCommand.handle`.

## Why it matters

The framework takes the coroutine for the result. REST framework raises an `AssertionError` about a coroutine,
a form's `clean` silently validates nothing, a template shows `<coroutine object …>`.

## Example

```python
from django import forms


class TitleForm(forms.Form):
    title = forms.CharField()

    async def clean_title(self):  # DJA410
        return self.cleaned_data["title"].strip()
```

## Use instead

```python
from django import forms


class TitleForm(forms.Form):
    title = forms.CharField()

    def clean_title(self):
        return self.cleaned_data["title"].strip()
```

## What stays silent

```python
from adrf.views import APIView
from rest_framework.response import Response

from shop.models import Book


class BooksView(APIView):
    async def get(self, request):
        return Response({"books": await Book.objects.acount()})
```

## Sources

Django and REST framework source; measured with adrf, django-ninja and REST framework.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from async_audit.effects.kinds import Site
from async_audit.findings import Confidence, Finding, Severity
from async_audit.project.names import Binding, LibraryName
from async_audit.project.program import Program
from async_audit.project.views import ASYNC_API_VIEW, VIEW, handlers, has_async_handlers
from async_audit.rulebook import ClassAudit, FunctionAudit, Rule
from async_audit.syntax.facts import Assign, Attribute, Call, Define, Expr, FunctionFacts


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    if not audit.facts.is_async or audit.facts.is_generator:
        return
    owner = audit.facts.owner
    if owner and ASYNC_API_VIEW in audit.program.classes.order(
        audit.program.classes.qualified(audit.path, owner)
    ):
        return
    for position, decorator in enumerate(audit.facts.decorators):
        if _is_synchronous_below(audit, position):
            return
        target = decorator.function if isinstance(decorator, Call) else decorator
        for name in _library_names(audit.program, audit.path, target):
            row = audit.program.catalogue.interfaces.get(name)
            if row is not None and not row.awaits:
                location = audit.location(Site(audit.path, audit.facts.start, audit.facts.end))
                short = row.name.rpartition(".")[2]
                message = f"`@{short}` never awaits `{audit.facts.name}`; make it a plain `def`"
                yield rule.finding(audit, location, message)


def _is_synchronous_below(audit: FunctionAudit, position: int) -> bool:
    """Whether a decorator below this one makes a plain function of the coroutine function."""
    below = audit.facts.decorators[position + 1 :]
    return any(_TO_SYNC in _library_names(audit.program, audit.path, decorator) for decorator in below)


_TO_SYNC = "asgiref.sync.async_to_sync"


def _library_names(program: Program, path: str, target: Expr) -> Iterator[str]:
    """The library names that a decorator may be; of `register.filter` that of the class of `register`."""
    classes = program.classes
    for meaning in classes.resolve(path, target):
        if isinstance(meaning, LibraryName):
            yield meaning.name
    if isinstance(target, Attribute):
        for owner in classes.resolve(path, target.value):
            match owner:
                case Binding(path=path, statement=Assign(value=Call(function=function))):
                    yield from (f"{name}.{target.name}" for name in classes.class_names(path, function))
                case _:
                    pass


def _check_class(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    program = audit.program
    order = program.classes.order(audit.name)
    if ASYNC_API_VIEW in order or "adrf.serializers.Serializer" in order:
        return
    for statement in audit.facts.body:
        if not isinstance(statement, Define) or not statement.function.is_async:
            continue
        facts = statement.function
        if any(_TO_SYNC in _library_names(program, audit.path, d) for d in facts.decorators):
            continue
        base = _caller(program, audit.name, order, facts)
        if base:
            message = (
                f"`{base.rpartition('.')[2]}` calls `{facts.name}` without awaiting it; make it a plain `def`"
            )
            yield rule.finding(
                audit, audit.location(facts.start, facts.end), message, confidence=Confidence.CERTAIN
            )


def _caller(program: Program, cls: str, order: tuple[str, ...], facts: FunctionFacts) -> str:
    """The library class that calls the method without awaiting it; empty where none does."""
    if facts.name == "dispatch" and VIEW in order and not has_async_handlers(program, cls):
        return VIEW if handlers(program, cls) else ""
    for base in order:
        row = program.catalogue.interfaces.get(base)
        if row is None or row.awaits or program.classes.get(base) is not None:
            continue
        if not any(fnmatchcase(facts.name, pattern) for pattern in row.methods):
            continue
        own_handlers = [handler for handler in handlers(program, cls) if handler.is_async]
        if base.startswith("django.views.generic.") and base != VIEW and own_handlers:
            # The view's own coroutine handler may await the hook.
            continue
        return base
    return ""


RULE = Rule(
    code="DJA410",
    slug="async-handler-unsupported",
    severity=Severity.ERROR,
    check=_check,
    check_class=_check_class,
)
