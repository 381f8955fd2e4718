"""A decorator or mixin that does not support coroutines wraps an asynchronous view.

## What it does

Reports, for the project's Django version, an asynchronous view under a decorator of Django that does not
support coroutines there, under a decorator of the project whose plain `def wrapper` hides the coroutine,
`LoginRequiredMixin` and `PermissionRequiredMixin` over asynchronous handlers, `method_decorator` of
something that works on the response on `dispatch`, and `functools.cache` on a coroutine.

## Why it matters

Django asks whether the outermost function is a coroutine function. A plain wrapper is not: Django calls it in
a thread, gets a coroutine instead of a response and raises `ValueError`. The mixins use `request.user` on the
event loop, which raises for every logged-in user. Up to 4.2 none of Django's view decorators supports
coroutines, `login_required` and its like do from 5.1, on methods from 5.2.

## Example

```python
import functools

from django.http import HttpResponse


def with_header(view):
    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Shop"] = "1"
        return response

    return wrapper


@with_header  # DJA409
async def front(request):
    return HttpResponse("front")
```

## Use instead

```python
import functools

from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse


def with_header(view):
    if iscoroutinefunction(view):

        @functools.wraps(view)
        async def wrapper(request, *args, **kwargs):
            response = await view(request, *args, **kwargs)
            response["X-Shop"] = "1"
            return response

    else:

        @functools.wraps(view)
        def wrapper(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            response["X-Shop"] = "1"
            return response

    return wrapper


@with_header
async def front(request):
    return HttpResponse("front")
```

## What stays silent

```python
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt


@never_cache
async def front(request):
    return HttpResponse("front")


@method_decorator(csrf_exempt, name="dispatch")
class HookView(View):
    async def post(self, request):
        return HttpResponse(status=204)
```

## Sources

Django release notes 5.0, 5.1 and 5.2; measured on 4.2 to 6.1.
"""

from collections.abc import Iterator

from async_audit.effects.kinds import Category
from async_audit.findings import Finding, Severity
from async_audit.project.decorator_names import dispatch_decorator
from async_audit.project.views import has_async_handlers
from async_audit.rulebook import ClassAudit, Rule, misuse_of


def _check_class(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    program = audit.program
    if not has_async_handlers(program, audit.name):
        return
    for base in program.classes.order(audit.name):
        if base in program.catalogue.wrappers and program.classes.get(base) is None:
            remedy = "check `await request.auser()` in the handler"
            if program.django < (5, 0):
                remedy = "check the user in the handler, through `sync_to_async`"
            name = base.rpartition(".")[2]
            message = f"`{name}` checks the user synchronously before the coroutine runs; {remedy}"
            yield rule.finding(audit, audit.location(audit.facts.start, audit.facts.end), message)
    for decorator in audit.facts.decorators:
        wrapper = dispatch_decorator(program, audit.path, decorator)
        row = program.catalogue.wrappers.get(wrapper)
        if row is not None and row.touches_response:
            message = (
                f"`{wrapper.rpartition('.')[2]}` on `dispatch` works on the response, and gets a coroutine; "
                "decorate the result of `as_view()` instead"
            )
            yield rule.finding(audit, audit.location(decorator.start, decorator.end), message)


RULE = Rule(
    code="DJA409",
    slug="sync-only-wrapper",
    severity=Severity.ERROR,
    check=misuse_of(Category.SYNC_ONLY_WRAPPER, anywhere=True),
    check_class=_check_class,
)
