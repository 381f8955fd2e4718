"""An access check whose coroutine is only tested for truth lets everybody in.

## What it does
Reports access checks that make a coroutine and test that, not its result: `async def test_func` of
`UserPassesTestMixin`, `if user.ahas_perm(…)`, `if queryset.aexists()`, and coroutine functions of the project
that are tested without `await`. Synchronous code is checked too.

## Why it matters
A coroutine is always true, so the check lets everybody in. Nothing is raised, and the page looks right to
those who may see it.

## Example
```python
from django.http import HttpResponse

from shop.models import Book

async def add(request):
    user = await request.auser()
    if user.ahas_perm("shop.add_book"):  # DJA411
        return HttpResponse("Add a book.")
    return HttpResponse(status=403)

async def own_book(request, pk):
    user = await request.auser()
    if not Book.objects.filter(pk=pk, author__email=user.email).aexists():  # DJA411
        return HttpResponse(status=403)
    return HttpResponse("Edit your book.")
```

## Use instead
```python
from django.contrib.auth.mixins import UserPassesTestMixin
from django.http import HttpResponse
from django.views import View

from shop.models import Book

class StaffView(UserPassesTestMixin, View):
    def test_func(self):
        return self.request.user.is_staff

    def get(self, request):
        return HttpResponse("For staff only.")

async def add(request):
    user = await request.auser()
    if await user.ahas_perm("shop.add_book"):
        return HttpResponse("Add a book.")
    return HttpResponse(status=403)

async def own_book(request, pk):
    user = await request.auser()
    if not await Book.objects.filter(pk=pk, author__email=user.email).aexists():
        return HttpResponse(status=403)
    return HttpResponse("Edit your book.")
```

## What stays silent
```python
from django.contrib.auth.decorators import user_passes_test
from django.http import HttpResponse

async def may_edit(user):
    return await user.ahas_perm("shop.change_book")

def is_reader(user):
    return user.is_active

async def near_misses(request):
    user = await request.auser()
    allowed = await may_edit(user)
    if not allowed or not is_reader(user):
        return HttpResponse(status=403)
    check = user.ahas_perm("shop.add_book")
    return HttpResponse("Add a book." if await check else "Read a book.")

@user_passes_test(is_reader)
def synchronous_view(request):
    return HttpResponse("For readers only.")
```

## Sources
- Django documentation: "Using the Django authentication system" (`UserPassesTestMixin`, permissions).
- Measured with Django 4.2 to 6.1: an asynchronous `test_func` lets everybody in in all versions, an
  asynchronous test of `user_passes_test` on a synchronous view in 4.2 and 5.0.
"""

from collections.abc import Iterator

from async_audit.effects.kinds import Category
from async_audit.findings import Finding, Severity
from async_audit.rulebook import ClassAudit, Rule, misuse_of
from async_audit.syntax.facts import Define

_TEST_MIXIN = "django.contrib.auth.mixins.UserPassesTestMixin"


def _check_class(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    """`UserPassesTestMixin` tests what `test_func` returns: a coroutine is always true."""
    if not audit.program.classes.derives(audit.name, _TEST_MIXIN):
        return
    for statement in audit.facts.body:
        match statement:
            case Define(function=facts) if facts.name == "test_func" and facts.is_async:
                message = (
                    "`UserPassesTestMixin` never awaits `test_func`: its coroutine is always true and lets "
                    "everybody in; make it a plain `def`"
                )
                yield rule.finding(audit, audit.location(facts.start, facts.end), message)
            case _:
                pass


RULE = Rule(
    code="DJA411",
    slug="access-check-not-awaited",
    severity=Severity.ERROR,
    check=misuse_of(Category.ACCESS_CHECK, anywhere=True),
    check_class=_check_class,
)
