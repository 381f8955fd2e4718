"""Django-shaped programs made of a seed, whose findings and verdicts are known by construction.

A view is a row of statements. Each does one thing with a known effect, directly or behind a chain of helpers
in other modules, and gets to it by a bridge or by none. What the audit must say of the view follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from random import Random

from async_audit.findings import Verdict


class Does(Enum):
    """What a piece of code does to the event loop that runs it."""

    NOTHING = "nothing"
    QUERIES = "queries"
    BLOCKS = "blocks"


_LEAVES = {
    Does.NOTHING: (
        "{}.get('first')",
        "len([1, 2])",
        "Book.objects.filter(title='x').order_by('pk')",
        "'-'.join(['a', 'b'])",
        "Book(title='new')",
        "time.monotonic()",
        "sorted({3, 1, 2})",
        "values.titles([])",
        "values.text(Book.objects.filter(title='x'))",
        "values.author(Book(title='new', author=Author(name='a')))",
    ),
    Does.QUERIES: (
        "Book.objects.get(pk=1)",
        "Book.objects.filter(title='x').count()",
        "list(Book.objects.all())",
        "[book.title for book in Book.objects.all()]",
        "Book.objects.create(title='new')",
        "len(Book.objects.exclude(title='x'))",
        "Book.objects.first().author.name",
        "bool(Book.objects.filter(title='x'))",
        "Book(title='new').save()",
        "Author.objects.get(pk=1).book_set.count()",
        "values.titles(Book.objects.all())",
        "values.author(Book.objects.first())",
        "values.titles(Author.objects.first().book_set.filter(title='x'))",
    ),
    Does.BLOCKS: (
        "time.sleep(0.01)",
        "subprocess.run(['true'], check=False)",
        "requests.get('https://example.com', timeout=1)",
        "threading.Lock().acquire()",
    ),
}
_SUSPENDS = (
    "await asyncio.sleep(0.01)",
    "await httpx.AsyncClient().get('https://example.com')",
)
_HOPS = (
    "await Book.objects.aget(pk=1)",
    "await Book.objects.filter(title='x').acount()",
    "[book async for book in Book.objects.all()]",
    "await Book.objects.acreate(title='new')",
)
_IMPORTS = """\
import asyncio
import contextlib
import functools
import subprocess
import threading
import time

import httpx
import requests
from asgiref.sync import sync_to_async
from django.http import HttpResponse

from shop import values
from shop.models import Author, Book
"""
_MODELS = """\
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=10)


class Book(models.Model):
    title = models.CharField(max_length=10)
    author = models.ForeignKey(Author, null=True, on_delete=models.CASCADE)
"""
_VALUES = """\
def titles(books):
    return [book.title for book in books]


def text(books):
    return str(books.query)


def author(book):
    return book.author.name
"""
_FIXED = {
    "manage.py": "import os\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "Procfile": "web: uvicorn shop.asgi:application\n",
    "requirements.txt": "django==5.2\n",
    "shop/__init__.py": "",
    "shop/settings.py": "INSTALLED_APPS = ['shop']\nROOT_URLCONF = 'shop.urls'\n",
    "shop/models.py": _MODELS,
    "shop/values.py": _VALUES,
}
VIEWS = "shop/views.py"
HELPER_MODULES = ("one", "two", "three")
MOST_HELPERS = 5


@dataclass(frozen=True)
class View:
    """A view of the program: its lines, and what must be said of it."""

    name: str
    first: int
    last: int
    on_loop: bool
    verdict: Verdict


@dataclass(frozen=True)
class Program:
    """The files of a project, and its views."""

    files: dict[str, str]
    views: tuple[View, ...]


@dataclass
class _Writer:
    """The helpers that were written so far, by module."""

    random: Random
    helpers: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in HELPER_MODULES})
    count: int = 0

    def behind_helpers(self, leaf: str, depth: int) -> str:
        """An expression that does what `leaf` does, behind so many helpers; it makes them."""
        expression = leaf
        for _ in range(depth):
            expression = self._helper(expression)
        return expression

    def coroutine(self, expression: str) -> str:
        """A call of a coroutine function that evaluates the expression; it makes the function."""
        self.count += 1
        module = self.random.choice(HELPER_MODULES)
        self.helpers[module].append(f"async def coroutine_{self.count}():\n    return {expression}\n")
        return f"{module}.coroutine_{self.count}()"

    def _helper(self, expression: str) -> str:
        self.count += 1
        name = f"helper_{self.count}"
        module = self.random.choice(HELPER_MODULES)
        make = self.random.choice(
            (
                *(
                    _function,
                    _method,
                    _static_method,
                    _nested,
                    _behind_lambda,
                    _branching,
                    _in_a_loop,
                    _with_finally,
                ),
                *(
                    _decorated,
                    _property,
                    _generator,
                    _partial,
                    _inherited,
                    _from_a_table,
                    _mapped,
                    _in_a_manager,
                ),
            )
        )
        text, call = make(name, expression)
        self.helpers[module].append(text)
        return f"{module}.{call}"


def _function(name: str, expression: str) -> tuple[str, str]:
    return f"def {name}():\n    return {expression}\n", f"{name}()"


def _method(name: str, expression: str) -> tuple[str, str]:
    body = (
        f"    def __init__(self):\n        self.kept = 1\n\n    def run(self):\n        return {expression}\n"
    )
    return f"class {name.title()}:\n{body}", f"{name.title()}().run()"


def _static_method(name: str, expression: str) -> tuple[str, str]:
    body = f"    @staticmethod\n    def run():\n        return {expression}\n"
    return f"class {name.title()}:\n{body}", f"{name.title()}.run()"


def _nested(name: str, expression: str) -> tuple[str, str]:
    body = f"    def inner():\n        return {expression}\n\n    return inner()\n"
    return f"def {name}():\n{body}", f"{name}()"


def _behind_lambda(name: str, expression: str) -> tuple[str, str]:
    return f"{name} = lambda: {expression}\n", f"{name}()"


def _branching(name: str, expression: str) -> tuple[str, str]:
    body = f"    if key > 1:\n        return {expression}\n    return {expression}\n"
    return f"def {name}(key):\n{body}", f"{name}(2)"


def _in_a_loop(name: str, expression: str) -> tuple[str, str]:
    return (
        f"def {name}():\n    for _ in (1, 2):\n        found = {expression}\n    return found\n",
        f"{name}()",
    )


def _with_finally(name: str, expression: str) -> tuple[str, str]:
    body = f"    try:\n        return {expression}\n    finally:\n        functools.partial(len)\n"
    return f"def {name}():\n{body}", f"{name}()"


def _decorated(name: str, expression: str) -> tuple[str, str]:
    inner = "    @functools.wraps(function)\n    def inner(*args):\n        return function(*args)\n"
    decorator = f"def wraps_{name}(function):\n{inner}\n    return inner\n"
    return f"{decorator}\n\n@wraps_{name}\ndef {name}():\n    return {expression}\n", f"{name}()"


def _property(name: str, expression: str) -> tuple[str, str]:
    body = f"    @property\n    def value(self):\n        return {expression}\n"
    return f"class {name.title()}:\n{body}", f"{name.title()}().value"


def _generator(name: str, expression: str) -> tuple[str, str]:
    return (
        f"def {name}():\n    yield {expression}\n\n\ndef all_{name}():\n    return list({name}())\n",
        f"all_{name}()",
    )


def _partial(name: str, expression: str) -> tuple[str, str]:
    return (
        f"def of_{name}(key):\n    return {expression}\n\n\n{name} = functools.partial(of_{name}, 1)\n",
        f"{name}()",
    )


def _inherited(name: str, expression: str) -> tuple[str, str]:
    base = f"class Base{name.title()}:\n    def run(self):\n        return self.hook()\n"
    derived = f"class {name.title()}(Base{name.title()}):\n    def hook(self):\n        return {expression}\n"
    return f"{base}\n\n{derived}", f"{name.title()}().run()"


def _from_a_table(name: str, expression: str) -> tuple[str, str]:
    table = f"TABLE_{name} = {{'only': {name}}}\n\n\ndef look_{name}():\n    return TABLE_{name}['only']()\n"
    return f"def {name}():\n    return {expression}\n\n\n{table}", f"look_{name}()"


def _mapped(name: str, expression: str) -> tuple[str, str]:
    return f"def {name}():\n    return [found for found in map(lambda _: {expression}, [1])]\n", f"{name}()"


def _in_a_manager(name: str, expression: str) -> tuple[str, str]:
    manager = f"@contextlib.contextmanager\ndef managed_{name}():\n    yield {expression}\n"
    user = f"def {name}():\n    with managed_{name}() as found:\n        return found\n"
    return f"{manager}\n\n{user}", f"{name}()"


@dataclass(frozen=True)
class _Statement:
    """`on_loop`: it queries or blocks there."""

    text: str
    on_loop: bool = False
    hops: int = 0
    suspends: bool = False


def _statement(writer: _Writer) -> _Statement:
    random = writer.random
    kind = random.choice(("direct", "direct", "helper", "helper", "bridge", "coroutine", "hop", "suspend"))
    if kind == "hop":
        return _Statement(random.choice(_HOPS), hops=1)
    if kind == "suspend":
        return _Statement(random.choice(_SUSPENDS), suspends=True)
    does = random.choice(tuple(Does))
    leaf = random.choice(_LEAVES[does])
    if kind == "bridge":
        inner = writer.behind_helpers(leaf, random.randint(1, 3))
        return _Statement(f"await sync_to_async(lambda: {inner})()", hops=1)
    if kind == "coroutine":
        # Of what blocks in it the verdict of the view that awaits it tells nothing; the finding is inside it.
        harmless = random.choice(_LEAVES[Does.NOTHING])
        return _Statement(f"await {writer.coroutine(writer.behind_helpers(harmless, random.randint(0, 2)))}")
    depth = random.randint(1, MOST_HELPERS) if kind == "helper" else 0
    return _Statement(writer.behind_helpers(leaf, depth), on_loop=does is not Does.NOTHING)


def _wrapped(random: Random, statement: str) -> list[str]:
    """The statement as lines of a view's body, in one of the places where statements stand."""
    return random.choice(
        (
            [statement],
            [f"kept = {statement}"],
            ["if request.GET:", f"    {statement}"],
            ["try:", f"    {statement}", "except ValueError:", "    raise"],
            ["with contextlib.suppress(ValueError):", f"    {statement}"],
        )
    )


def _verdict(statements: list[_Statement]) -> Verdict:
    if any(statement.on_loop for statement in statements):
        return Verdict.BLOCKS
    if any(statement.suspends for statement in statements):
        return Verdict.GAINS
    return Verdict.COSTS if sum(statement.hops for statement in statements) > 1 else Verdict.NEUTRAL


def program(seed: int) -> Program:
    """The program of a seed: the same one each time."""
    random = Random(seed)  # noqa: S311  (a seed is what makes it the same)
    writer = _Writer(random)
    lines = [*_IMPORTS.splitlines(), f"from shop import {', '.join(HELPER_MODULES)}", ""]
    views: list[View] = []
    for number in range(random.randint(2, 5)):
        name = f"view_{number}"
        statements = [_statement(writer) for _ in range(random.randint(1, 4))]
        lines += ["", "", f"async def {name}(request):"]
        first = len(lines)
        for statement in statements:
            lines += [f"    {line}" for line in _wrapped(random, statement.text)]
        lines.append("    return HttpResponse()")
        on_loop = any(statement.on_loop for statement in statements)
        views.append(View(name, first, len(lines), on_loop, _verdict(statements)))
    routes = "".join(f"    path('{view.name}/', views.{view.name}),\n" for view in views)
    imports = "from django.urls import path\n\nfrom shop import views\n"
    files = {
        **_FIXED,
        VIEWS: "\n".join(lines) + "\n",
        "shop/urls.py": f"{imports}\nurlpatterns = [\n{routes}]\n",
    }
    for module, helpers in writer.helpers.items():
        others = ", ".join(name for name in HELPER_MODULES if name != module)
        files[f"shop/{module}.py"] = "\n\n".join(
            (f"{_IMPORTS}\nfrom shop import {module}, {others}\n", *helpers)
        )
    return Program(files, tuple(views))
