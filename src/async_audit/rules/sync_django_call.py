"""Another Django call reaches the database on the event loop.

## What it does
Reports calls of Django and REST framework, other than those of the ORM itself, that end in a query:
`get_object_or_404`, `authenticate`, `login`, `has_perm`, `is_valid` and `save` of model forms, pages of a
paginator, serializers, management commands and the like.

## Why it matters
Django raises `SynchronousOnlyOperation` inside the call. Nothing in its name tells of the query, and some of
these calls only query at times: `is_valid` where a field is unique or a relation is looked up, `has_perm` for
a user who is not a superuser.

## Example
```python
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from shop.forms import BookForm
from shop.models import Book

async def detail(request, pk):
    book = get_object_or_404(Book, pk=pk)  # DJA106
    return HttpResponse(book.title)

async def add(request):
    user = await request.auser()
    if not user.has_perm("shop.add_book"):  # DJA106
        return HttpResponse(status=403)
    form = BookForm(request.POST)
    if form.is_valid():  # DJA106
        form.save()  # DJA106
    return HttpResponse(status=204)
```

```python
from django.http import JsonResponse

from shop.models import Book
from shop.serializers import BookSerializer

async def as_json(request, pk):
    book = await Book.objects.aget(pk=pk)
    return JsonResponse(BookSerializer(book).data)  # DJA106
```

## Use instead
Where Django has an asynchronous version, await it: `aget_object_or_404`, `aauthenticate`, `alogin` from 5.0
on, `ahas_perm` from 5.2 on, `AsyncPaginator` from 6.0 on. Forms and serializers have none: use them in a
thread, in one function.
```python
from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.shortcuts import aget_object_or_404

from shop.forms import BookForm
from shop.models import Book

async def detail(request, pk):
    book = await aget_object_or_404(Book, pk=pk)
    return HttpResponse(book.title)

@sync_to_async
def save_book(data):
    form = BookForm(data)
    return form.save() if form.is_valid() else None

async def add(request):
    user = await request.auser()
    if not await user.ahas_perm("shop.add_book"):
        return HttpResponse(status=403)
    book = await save_book(request.POST)
    return HttpResponse(status=204 if book else 400)
```

## What stays silent
Forms and pages that need no database, and calls that only look as if they did:
```python
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from shop.forms import SearchForm
from shop.models import Book
from shop.serializers import BookSerializer

async def near_misses(request):
    form = SearchForm(request.GET)
    if not form.is_valid():
        messages.error(request, "Look for something.")
        return redirect(reverse("book-list"))
    titles = [book.title async for book in Book.objects.all()]
    page = Paginator(titles, 20).page(1)
    return HttpResponse(page.object_list)

async def prefetched(request, pk):
    book = await Book.objects.prefetch_related("tags").aget(pk=pk)
    return HttpResponse(BookSerializer(book).data)
```

## Sources
- Django documentation: "Django shortcut functions", "Using the Django authentication system", "Creating forms
  from models", "Pagination", "ContentTypes framework"; REST framework: "Serializers".
- Measured with Django 4.2 to 6.1: validation raises only if something is looked up (unique fields, foreign
  keys); `.data` of a serializer raises for many-to-many and nested fields unless they were prefetched.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA106",
    slug="sync-django-call",
    severity=Severity.ERROR,
    check=effects_of(Category.DJANGO_CALL),
)
