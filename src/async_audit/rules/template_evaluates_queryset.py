"""A template that queries is rendered on the event loop.

## What it does
Reports `render()`, `render_to_string()` and `Template.render()` in a coroutine if the template, which is read
from the project together with those that it extends and includes, uses an unevaluated queryset, a relation
that is not loaded, `user` or `perms`.

## Why it matters
`render()` renders at once, on the event loop. The first query that the template makes raises
`SynchronousOnlyOperation`, in a line of a template that says nothing about it.

## Example
With `books.html`:
```html
<ul>
{% for book in books %}<li>{{ book.title }}</li>{% endfor %}
</ul>
```

```python
from django.shortcuts import render

from shop.models import Book

async def book_list(request):
    return render(request, "books.html", {"books": Book.objects.in_print()})  # DJA107
```

With `book.html`, which reads a relation:
```html
<h1>{{ book.title }}</h1>
<p>{{ book.author.name }}</p>
```

```python
from django.shortcuts import render

from shop.models import Book

async def detail(request, pk):
    book = await Book.objects.aget(pk=pk)
    return render(request, "book.html", {"book": book})  # DJA107
```

With `greeting.html`, which needs no queryset to query:
```html
<p>Welcome, {{ user.username }}.</p>
```

```python
from django.shortcuts import render

async def greeting(request):
    return render(request, "greeting.html")  # DJA107
```

## Use instead
Return a `TemplateResponse`, which Django renders in a thread, or load beforehand what the template needs:
```python
from django.shortcuts import render
from django.template.response import TemplateResponse

from shop.models import Book

async def book_list(request):
    return TemplateResponse(request, "books.html", {"books": Book.objects.in_print()})

async def detail(request, pk):
    book = await Book.objects.select_related("author").aget(pk=pk)
    return render(request, "book.html", {"book": book})

async def greeting(request):
    return render(request, "greeting.html", {"user": await request.auser()})
```

## What stays silent
A template that does not use what would query, loaded values, and rendering in a thread:
```python
from asgiref.sync import sync_to_async
from django.shortcuts import render

from shop.models import Book

async def unused(request):
    return render(request, "about.html", {"heading": "About", "books": Book.objects.all()})

async def loaded(request):
    books = [book async for book in Book.objects.in_print()]
    return render(request, "books.html", {"books": books})

async def in_thread(request):
    return await sync_to_async(render)(request, "books.html", {"books": Book.objects.all()})
```

## Sources
- Django documentation: "Django shortcut functions" (`render`), "TemplateResponse and SimpleTemplateResponse",
  "Asynchronous support".
- Measured with Django 4.2 to 6.1: `render()` in an asynchronous view raises where the template touches a
  queryset, an unloaded relation, `user` or `perms`; a returned `TemplateResponse` is safe.
"""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA107",
    slug="template-evaluates-queryset",
    severity=Severity.ERROR,
    check=effects_of(Category.TEMPLATE),
)
