"""Would async add anything to a synchronous view? Each answer on a small project, through the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.audit import Audit
from async_audit.config import Config
from async_audit.engine import audit
from async_audit.explaining import Target, explain
from async_audit.findings import EntryPoint, Report, Verdict
from tests.projects import write_project

MODELS = """
from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey("Author", models.CASCADE)


class Author(models.Model):
    name = models.CharField(max_length=80)
"""
URLS = """
from django.urls import path

from shop import views

urlpatterns = [path("view/", {view})]
"""


def report_on(tmp_path: Path, views: str, view: str = "views.view", **files: str) -> Report:
    """The report on a project with one route."""
    root = write_project(
        tmp_path,
        {
            "requirements.txt": "django==5.2\n",
            "shop/__init__.py": "",
            "shop/models.py": MODELS,
            "shop/urls.py": URLS.format(view=view),
            "shop/views.py": f"from shop.models import Author, Book\n{views}",
            **{f"shop/{name}.py": content for name, content in files.items()},
        },
    )
    return audit([root], Config(), root=root, all_views=True)


def entry(tmp_path: Path, views: str, view: str = "views.view", **files: str) -> EntryPoint:
    """The only entry point of such a project."""
    (found,) = report_on(tmp_path, views, view, **files).entry_points
    return found


BODIES = {
    "a call of another service": (
        "import requests\n\ndef view(request):\n    return requests.get('https://a.example')\n",
        Verdict.WOULD_GAIN,
    ),
    "a call behind a query": (
        (
            "import requests\n\ndef load():\n    Book.objects.get(pk=1)\n    requests.get('https://a.example')\n\n"
            "def view(request):\n    load()\n"
        ),
        Verdict.WOULD_GAIN,
    ),
    "a coroutine that is run to its end": (
        (
            "import httpx\nfrom asgiref.sync import async_to_sync\n\nasync def load():\n"
            "    async with httpx.AsyncClient() as client:\n        await client.get('https://a.example')\n\n"
            "def view(request):\n    async_to_sync(load)()\n"
        ),
        Verdict.WOULD_GAIN,
    ),
    "another program": (
        "import subprocess\n\ndef view(request):\n    subprocess.run(['git', 'status'])\n",
        Verdict.WOULD_GAIN,
    ),
    "the database alone": (
        "def view(request):\n    return [book.author.name for book in Book.objects.all()]\n",
        Verdict.WOULD_NOT_GAIN,
    ),
    "a cache server beside it": (
        "import redis\n\ndef view(request):\n    return redis.Redis().get('key')\n",
        Verdict.WOULD_NOT_GAIN,
    ),
    "mail": (
        "from django.core.mail import send_mail\n\ndef view(request):\n    send_mail('a', 'b', 'c', ['d'])\n",
        Verdict.BACKGROUND,
    ),
    "a package that no table knows": (
        "import obscure\n\ndef view(request):\n    return obscure.fetch()\n",
        Verdict.UNKNOWN,
    ),
    "a call of another service in a thread of its own": (
        (
            "import requests\nimport threading\n\ndef load():\n    requests.get('https://a.example')\n\n"
            "def view(request):\n    threading.Thread(target=load).start()\n"
        ),
        Verdict.WOULD_NOT_GAIN,
    ),
}


@pytest.mark.parametrize(("views", "verdict"), BODIES.values(), ids=BODIES)
def test_the_verdict_of_a_function(tmp_path: Path, views: str, verdict: Verdict) -> None:
    found = entry(tmp_path, views)
    assert (found.name, found.is_async, found.routes) == ("shop.views.view", False, ("/view/",))
    assert found.verdict is verdict, found.reasons


def test_synchronous_views_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    assert len(report_on(tmp_path, "def view(request):\n    pass\n").entry_points) == 1
    assert audit([tmp_path], Config(), root=tmp_path).entry_points == ()


def test_each_handler_of_a_class_runs_the_hooks_that_its_requests_come_through(tmp_path: Path) -> None:
    views = """
import requests
from django.views import View


class Page(View):
    def dispatch(self, request, *args, **kwargs):
        Author.objects.first()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        return None

    def post(self, request):
        return self.form_valid(None)

    def form_valid(self, form):
        requests.post("https://a.example")
"""
    found = {e.name: e for e in report_on(tmp_path, views, "views.Page.as_view()").entry_points}
    assert {name: e.verdict for name, e in found.items()} == {
        "shop.views.Page.get": Verdict.WOULD_NOT_GAIN,
        "shop.views.Page.post": Verdict.WOULD_GAIN,
    }
    assert [wait.kind for wait in found["shop.views.Page.get"].waits] == ["query"]


def test_a_class_whose_handlers_a_library_has_stands_for_its_hooks(tmp_path: Path) -> None:
    views = """
import requests
from django.views.generic import ListView


class Books(ListView):
    def get_queryset(self):
        return requests.get("https://a.example").json()
"""
    found = entry(tmp_path, views, "views.Books.as_view()")
    assert (found.name, found.verdict) == ("shop.views.Books", Verdict.WOULD_GAIN)


def test_an_inherited_handler_runs_the_overrides_of_its_class(tmp_path: Path) -> None:
    views = """
import requests
from django.views import View


class Base(View):
    def get(self, request):
        return self.load()

    def load(self):
        return requests.get("https://a.example")


class Page(Base):
    def load(self):
        return Book.objects.count()
"""
    found = entry(tmp_path, views, "views.Page.as_view()")
    assert (found.name, found.verdict) == ("shop.views.Page.get", Verdict.WOULD_NOT_GAIN)


def test_a_generic_view_runs_its_action_and_a_viewset_has_actions_of_its_own(tmp_path: Path) -> None:
    views = """
import requests
from rest_framework import generics, viewsets
from rest_framework.decorators import action


class Books(generics.ListCreateAPIView):
    def post(self, request):
        return super().post(request)

    def create(self, request):
        requests.post("https://a.example")


class Shelf(viewsets.ModelViewSet):
    @action(detail=True)
    def told(self, request, pk):
        requests.post("https://a.example")
"""
    found = report_on(tmp_path, views, "views.Books.as_view()), path('shelf/', views.Shelf.as_view({})")
    verdicts = {entry.name: entry.verdict for entry in found.entry_points}
    assert verdicts["shop.views.Books.post"] is Verdict.WOULD_GAIN
    assert verdicts["shop.views.Shelf.told"] is Verdict.WOULD_GAIN


VALIDATING = """
import requests
from rest_framework import generics, serializers


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["title"]

    def validate_title(self, value):
        return requests.get("https://a.example").text


"""


def test_a_class_that_the_view_names_runs_too(tmp_path: Path) -> None:
    views = f"""{VALIDATING}class Books(generics.ListCreateAPIView):
    serializer_class = BookSerializer

    def get(self, request):
        return super().get(request)

    def post(self, request):
        return super().post(request)
"""
    found = report_on(tmp_path, views, "views.Books.as_view()").entry_points
    assert {entry.name: entry.verdict for entry in found} == {
        "shop.views.Books.get": Verdict.WOULD_NOT_GAIN,
        "shop.views.Books.post": Verdict.WOULD_GAIN,
    }


@pytest.mark.parametrize("base", ["obscure.Page", "object"])
def test_a_class_that_stands_on_nothing_known_is_not_known(tmp_path: Path, base: str) -> None:
    found = entry(tmp_path, f"import obscure\n\n\nclass Page({base}):\n    pass\n", "views.Page.as_view()")
    assert found.verdict is Verdict.UNKNOWN
    assert found.ledger.unknown[-1] == "shop.views.Page"


def test_what_a_decorator_does_around_the_view_counts(tmp_path: Path) -> None:
    views = """
import functools

import requests


def told(event):
    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            response = function(*args, **kwargs)
            requests.post("https://a.example", data={"event": event})
            return response
        return wrapper
    return decorator


@told("seen")
def view(request):
    return Book.objects.count()
"""
    found = entry(tmp_path, views)
    assert found.verdict is Verdict.WOULD_GAIN
    assert [wait.kind for wait in found.waits] == ["network", "query"]


@pytest.mark.parametrize(
    ("query", "verdict"), [("", Verdict.UNKNOWN), ("Book.objects.count()", Verdict.WOULD_NOT_GAIN)]
)
def test_calls_that_cannot_be_followed_are_counted(tmp_path: Path, query: str, verdict: Verdict) -> None:
    found = entry(tmp_path, f"def view(request, storage):\n    storage.sync()\n    {query}\n")
    assert found.verdict is verdict
    assert any("1 call could not be followed" in reason for reason in found.reasons)


def test_a_view_answers_what_its_class_lets_through_and_under_other_names(tmp_path: Path) -> None:
    views = """
import requests
from django.views import View


class Page(View):
    http_method_names = ["get", "post"]

    def get(self, request):
        requests.get("https://a.example")

    post = get

    def put(self, request):
        return None
"""
    found = report_on(tmp_path, views, "views.Page.as_view()").entry_points
    assert {entry.name: entry.verdict for entry in found} == {
        "shop.views.Page.get": Verdict.WOULD_GAIN,
        "shop.views.Page.post": Verdict.WOULD_GAIN,
    }


def test_what_keeps_a_class_from_being_asynchronous_is_its_own(tmp_path: Path) -> None:
    views = """
from django.contrib.auth.mixins import LoginRequiredMixin
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache


class Base(View):
    def get(self, request):
        return Book.objects.count()


@method_decorator(never_cache, name="dispatch")
class Page(LoginRequiredMixin, Base):
    pass
"""
    found = entry(tmp_path, views, "views.Page.as_view()")
    (coroutine,) = [outcome for outcome in found.outcomes if outcome.stack == "ASGI, as `async def`"]
    assert coroutine.first == (
        "`LoginRequiredMixin` checks the user synchronously",
        "`never_cache` on `dispatch` works on the response, and would get a coroutine",
        "all handlers of the class become coroutines together",
    )


def test_a_wait_names_the_way_to_it(tmp_path: Path) -> None:
    views = "from shop import prices\n\ndef view(request):\n    return prices.total()\n"
    helper = (
        "import requests\n\ndef total():\n    return sum(one(pk) for pk in (1, 2))\n\n\n"
        "def one(pk):\n    return requests.get('https://a.example').json()\n"
    )
    (wait,) = entry(tmp_path, views, prices=helper).waits
    assert (wait.kind, wait.subject) == ("network", "`requests.get`")
    assert [(step.location.path, step.location.line) for step in wait.chain] == [
        ("shop/prices.py", 4),
        ("shop/prices.py", 8),
    ]


def test_what_becomes_of_it_on_each_stack(tmp_path: Path) -> None:
    views = """
import requests
from django.db import transaction


@transaction.atomic
def view(request):
    for author in Author.objects.all():
        author.save()
    Book.objects.count()
    requests.get("https://a.example")
"""
    found = entry(tmp_path, views)
    outcomes = {outcome.stack: outcome for outcome in found.outcomes}
    assert outcomes["WSGI, as it is"].hops == "0"
    assert outcomes["ASGI, as it is"].hops == "1"
    assert outcomes["ASGI, as it is"].holds == 5  # the transaction itself is one
    coroutine = outcomes["ASGI, as `async def`"]
    assert (coroutine.hops, coroutine.holds) == ("3+n", 4)
    assert coroutine.first[0].startswith("`@atomic` takes no coroutine")
    assert coroutine.first[1].startswith("`requests.get`: use `httpx")


def test_why_shows_the_whole_ledger(tmp_path: Path) -> None:
    views = "import requests\n\n\ndef view(request):\n    requests.get('https://a.example')\n"
    report_on(tmp_path, views)
    (evidence,) = explain(Audit(tmp_path, Config()), Target(name="shop.views.view"))
    assert evidence.verdict[0].startswith("would-gain: capacity under ASGI")
    assert evidence.waits == ("line 6: network: `requests.get`",)
    assert "ASGI, as `async def`: 0 hops, 0 waits that hold a thread" in evidence.outcomes


def test_slow_work_goes_to_the_queue_that_the_project_has(tmp_path: Path) -> None:
    views = (
        "from django.core.mail import send_mail\n\n\ndef view(request):\n"
        "    send_mail('a', 'b', 'c', ['d'])\n"
    )
    celery = "from celery import Celery\n\napp = Celery('shop')\n"
    found = report_on(tmp_path, views, celery=celery)
    assert found.entry_points[0].reasons == (
        "the client waits for slow work (mail) that belongs in Celery, which the project has",
    )
    assert found.advice == ("Hand 1 call of slow work to Celery, in `views.view`.",)


def test_the_answer_has_its_numbers(tmp_path: Path) -> None:
    views = (
        "import requests\n\ndef view(request):\n    requests.get('https://a.example')\n\n\n"
        "async def other(request):\n    await Book.objects.acount()\n    await Book.objects.acount()\n"
    )
    found = report_on(tmp_path, views, "views.view), path('other/', views.other")
    assert found.answer == (
        "2 entry points, 1 of them asynchronous (50 %). Nothing in the project says who serves it. "
        "Of the asynchronous ones 1 costs more than a plain `def`. "
        "Moving to ASGI alone makes none of the synchronous ones faster (1): each takes one thread hop more. "
        "1 waits for other services and would gain as a coroutine under ASGI."
    )
    assert found.advice == (
        "Make 1 coroutine plain again, or put their calls behind one hop (2 awaited hops): `views.other`.",
        (
            "Make 1 view that waits for other services asynchronous, once ASGI serves them (1 call site), "
            "beginning with the most visited: `views.view`."
        ),
    )


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("return self.get_serializer(Book.objects.get()).data", Verdict.WOULD_NOT_GAIN),
        ("return super().post(request)", Verdict.WOULD_GAIN),
        ("return self.checked(request)", Verdict.WOULD_GAIN),
    ],
)
def test_a_serializer_validates_where_the_handler_asks_for_it(
    tmp_path: Path, line: str, verdict: Verdict
) -> None:
    views = f"""{VALIDATING}class Books(generics.ListCreateAPIView):
    serializer_class = BookSerializer

    def checked(self, request):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid()
        return Book.objects.count()

    def post(self, request):
        {line}
"""
    found = report_on(tmp_path, views, "views.Books.as_view()").entry_points
    assert {entry.name: entry.verdict for entry in found} == {"shop.views.Books.post": verdict}


NINJA = """
import requests
from ninja import Router

router = Router()


@router.get("/rate")
def rate(request):
    return requests.get("https://a.example").text


@router.post("/books")
def add(request):
    return Book.objects.create(title="x").pk


def helper(request):
    return requests.get("https://a.example").text
"""
FASTAPI = """
import requests
from fastapi import FastAPI

app = FastAPI()


@app.get("/rate")
def rate():
    return requests.get("https://a.example").text


@app.post("/books")
def add():
    return Book.objects.create(title="x").pk
"""


@pytest.mark.parametrize("views", [NINJA, FASTAPI])
def test_plain_operations_are_views_too(tmp_path: Path, views: str) -> None:
    found = report_on(tmp_path, views, "lambda request: None").entry_points
    assert {entry.name: (entry.kind, entry.methods, entry.verdict) for entry in found} == {
        "shop.views.rate": ("operation", ("GET",), Verdict.WOULD_GAIN),
        "shop.views.add": ("operation", ("POST",), Verdict.WOULD_NOT_GAIN),
    }
