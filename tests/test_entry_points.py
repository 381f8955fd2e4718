"""Which functions a framework runs, asynchronous or not, and at which routes and methods they answer."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from async_audit.audit import Audit
from async_audit.config import Config
from async_audit.engine import audit
from async_audit.project.entry_points import entry_kind, served_kind
from async_audit.project.http_methods import http_methods
from async_audit.project.routes import routes_of
from async_audit.syntax.facts import FunctionFacts
from tests.projects import SHOP, report_on, write_project

URLS = """\
    from django.urls import include, path
    from django.views.decorators.http import require_POST
    from rest_framework.routers import DefaultRouter
    from shop import views

    router = DefaultRouter()
    router.register("books", views.Books)
    urlpatterns = [
        path("index/", views.index), path("wrapped/", require_POST(views.wrapped)),
        path("page/", views.Page.as_view(template_name="x")), path("foreign/", views.Foreign.as_view()),
        path("api/", include(router.urls)),
    ]
"""

CASES = {
    "routed": ("def index(request): return 1", "view", "", "/index/"),
    "routed through a decorator": ("def wrapped(request): return 1", "view", "", "/wrapped/"),
    "decorated and not routed": (
        (
            "from django.views.decorators.http import require_http_methods\n"
            "@require_http_methods(['GET', 'POST'])\ndef lone(request): return 1"
        ),
        "view",
        "GET POST",
        "",
    ),
    "both restrictions hold": (
        (
            "from django.views.decorators.http import require_GET, require_safe\n"
            "@require_safe\n@require_GET\ndef index(request): return 1"
        ),
        "view",
        "GET",
        "/index/",
    ),
    "helper with a request": ("def helper(request): return 1", "", "", ""),
    "handler": (
        "from django.views import View\nclass Page(View):\n    def post(self, request): return 1",
        "view",
        "POST",
        "/page/",
    ),
    "handler of an unknown view that is routed": (
        "from somewhere import Base\nclass Foreign(Base):\n    def get(self, request): return 1",
        "view",
        "GET",
        "/foreign/",
    ),
    "method of a view that is no handler": (
        "from django.views import View\nclass Page(View):\n    def get_context(self, request): return 1",
        "",
        "",
        "/page/",
    ),
    "api_view": (
        "from rest_framework.decorators import api_view\n@api_view(['POST'])\ndef index(request): return 1",
        "view",
        "POST",
        "/index/",
    ),
    "APIView": (
        "from rest_framework.views import APIView\nclass Page(APIView):\n    def put(self, request): ...",
        "view",
        "PUT",
        "/page/",
    ),
    "viewset of many": (
        (
            "from rest_framework.viewsets import ModelViewSet\n"
            "class Books(ModelViewSet):\n    def list(self, request): return 1"
        ),
        "view",
        "GET",
        "/api/books/",
    ),
    "viewset of one": (
        (
            "from rest_framework import viewsets\n"
            "class Books(viewsets.ModelViewSet):\n    def destroy(self, request, pk): return 1"
        ),
        "view",
        "DELETE",
        "/api/books/<pk>/",
    ),
    "viewset's own action": (
        (
            "from rest_framework.decorators import action\nfrom rest_framework.viewsets import ViewSet\n"
            "class Books(ViewSet):\n    @action(detail=True, methods=['post'])\n"
            "    def buy(self, request, pk): return 1"
        ),
        "view",
        "POST",
        "/api/books/<pk>/buy/",
    ),
    "generic view of REST framework": (
        (
            "from rest_framework.generics import ListCreateAPIView\n"
            "class Page(ListCreateAPIView):\n    def get(self, request): return 1"
        ),
        "view",
        "GET",
        "/page/",
    ),
    "ninja": (
        "import ninja\nrouter = ninja.Router()\n@router.patch('/x')\ndef change(request): return 1",
        "operation",
        "PATCH",
        None,
    ),
    "ninja with several methods": (
        (
            "from ninja import NinjaAPI\napi = NinjaAPI()\n"
            "@api.api_operation(['POST', 'PUT'], '/x')\ndef change(request): return 1"
        ),
        "operation",
        "POST PUT",
        None,
    ),
    "ninja-extra": (
        (
            "from ninja_extra import api_controller, http_get\n@api_controller('/x')\nclass Books:\n"
            "    @http_get('/all')\n    def all(self): return 1"
        ),
        "operation",
        "GET",
        None,
    ),
    "FastAPI": (
        "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/x')\ndef read(): return 1",
        "operation",
        "GET",
        None,
    ),
    "a project class of FastAPI": (
        (
            "from fastapi import APIRouter\nclass Own(APIRouter): ...\napp = Own()\n"
            "@app.delete('/x')\ndef read(): return 1"
        ),
        "operation",
        "DELETE",
        None,
    ),
    "aiohttp": (
        "from aiohttp import web\nroutes = web.RouteTableDef()\n@routes.post('/x')\ndef read(request): ...",
        "operation",
        "POST",
        None,
    ),
    "Starlette endpoint": (
        (
            "from starlette.endpoints import HTTPEndpoint\nclass Home(HTTPEndpoint):\n"
            "    def get(self, request): return 1"
        ),
        "operation",
        "GET",
        None,
    ),
    "Strawberry": (
        (
            "import strawberry\n@strawberry.type\nclass Query:\n    @strawberry.field\n"
            "    def books(self): return 1"
        ),
        "operation",
        "",
        None,
    ),
    "Graphene resolver": (
        "import graphene\nclass Query(graphene.ObjectType):\n    def resolve_books(self, info): return 1",
        "operation",
        "",
        None,
    ),
    "Graphene mutation": (
        "import graphene\nclass Buy(graphene.Mutation):\n    def mutate(self, info): return 1",
        "operation",
        "",
        None,
    ),
    "middleware": (
        "class Own:\n    def __call__(self, request):\n        return self.get_response(request)",
        "middleware",
        "",
        None,
    ),
    "hook of a middleware": (
        (
            "from django.utils.deprecation import MiddlewareMixin\nclass Own(MiddlewareMixin):\n"
            "    def process_view(self, request, *args): return 1"
        ),
        "middleware",
        "",
        None,
    ),
    "consumer": (
        (
            "from channels.generic.websocket import AsyncWebsocketConsumer\n"
            "class Chat(AsyncWebsocketConsumer):\n    def chat_message(self, event): return 1"
        ),
        "consumer",
        "",
        None,
    ),
    "receiver": (
        (
            "from django.dispatch import receiver\nfrom django.db.models.signals import post_save\n"
            "@receiver(post_save)\ndef saved(sender, **kwargs): return 1"
        ),
        "receiver",
        "",
        None,
    ),
    "Celery task": (
        "from celery import shared_task\n@shared_task\ndef work(): return 1",
        "task",
        "",
        None,
    ),
    "command": (
        (
            "from django.core.management.base import BaseCommand\nclass Command(BaseCommand):\n"
            "    def handle(self, **options): return 1"
        ),
        "command",
        "",
        None,
    ),
    "discord.py command": (
        "from discord.ext import commands\nbot = commands.Bot('!')\n@bot.command()\ndef books(ctx): return 1",
        "handler",
        "",
        None,
    ),
    "discord.py group": (
        (
            "from discord import app_commands\nclass Shop:\n    books = app_commands.Group(name='books')\n\n"
            "    @books.command()\n    def show(self, interaction): return 1"
        ),
        "handler",
        "",
        None,
    ),
    "discord.py group of a function": (
        (
            "from discord.ext import commands\n@commands.hybrid_group()\nasync def books(ctx): return 1\n\n"
            "@books.command()\ndef show(ctx): return 1"
        ),
        "handler",
        "",
        None,
    ),
    "discord.py dialog": (
        "import discord\nclass Ask(discord.ui.Modal):\n    def on_submit(self, interaction): return 1",
        "handler",
        "",
        None,
    ),
    "consumer of a library": (
        (
            "from elsewhere import Consumer\nclass Pages(Consumer):\n    def connect(self): return 1\n\n"
            "    def updated(self, event): return 1\n\napplication = Pages.as_asgi()"
        ),
        "consumer",
        "",
        None,
    ),
    "discord.py cog": (
        (
            "from discord.ext import commands\nclass Shop(commands.Cog):\n    @commands.Cog.listener()\n"
            "    def on_message(self, message): return 1"
        ),
        "handler",
        "",
        None,
    ),
}


def function_in(root: Path, source: str, path: str = "shop/views.py") -> tuple[Audit, FunctionFacts]:
    """A project whose module at `path` is `source`, and the last function there."""
    work = Audit(write_project(root, {**SHOP, "shop/urls.py": URLS, path: source}), Config())
    facts = work.program.modules.readable(path)
    assert facts is not None
    return work, facts.functions[-1]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "coroutine"])
def test_kind_methods_and_routes(case: str, is_async: bool, tmp_path: Path) -> None:  # noqa: FBT001
    source, kind, methods, route = CASES[case]
    if is_async:
        before, _, after = source.rpartition("def ")
        source = f"{before}async def {after}"
    work, facts = function_in(tmp_path, source)
    found = served_kind(work.program, "shop/views.py", facts, None)
    if is_async and case == "helper with a request":
        kind = "view"  # a coroutine at the top level that takes a request is a view, whoever names it
    assert ("" if found is None else found.value) == kind
    assert entry_kind(work.program, "shop/views.py", facts, None) == (found if is_async else None)
    assert " ".join(http_methods(work.program, "shop/views.py", facts)) == methods
    if route is not None:
        assert " ".join(routes_of(work.program, "shop/views.py", facts)) == route


def test_tests_are_no_entry_points(tmp_path: Path) -> None:
    source = "from celery import shared_task\n@shared_task\ndef work(): return 1"
    work, facts = function_in(tmp_path, source, "shop/tests/test_tasks.py")
    assert served_kind(work.program, "shop/tests/test_tasks.py", facts, None) is None


def test_an_authenticator_of_an_operation_is_no_view(tmp_path: Path) -> None:
    source = """\
        from ninja import NinjaAPI
        from shop.models import Book

        async def by_key(request): return await Book.objects.afirst()

        api = NinjaAPI()

        @api.get("/books", auth=by_key)
        async def books(request): return await Book.objects.acount()
        """
    report = report_on(write_project(tmp_path, {**SHOP, "shop/operations.py": source}))
    assert [entry.name for entry in report.entry_points] == ["shop.operations.books"]
    assert [finding.function for finding in report.findings] == ["shop.operations.books"]


def test_the_report_tells_routes_and_methods(tmp_path: Path) -> None:
    source = dedent(
        """\
        from django.views import View

        class Page(View):
            async def get(self, request):
                return 1
        """
    )
    files = {**SHOP, "shop/urls.py": URLS, "shop/views.py": source}
    (entry,) = report_on(write_project(tmp_path, files)).entry_points
    assert (entry.routes, entry.methods) == (("/page/",), ("GET",))


AIOHTTP = """\
from aiohttp import web


class Handler:
    async def show(self, request):
        return web.Response()

    async def unused(self, request):
        return web.Response()


async def index(request):
    return web.Response()


def make():
    app = web.Application()
    app.router.add_post("/index", index)
    app.add_routes([web.get("/books/" + PREFIX, Handler().show)])
    return app
"""
STARLETTE = """\
from starlette.routing import Mount, Route, WebSocketRoute


async def home(request):
    return None


async def talk(websocket):
    await websocket.accept()


async def helper(request):
    return None


routes = [
    Route("/", endpoint=home),
    Mount("/shop", routes=[Mount("/old", routes=[Route("/home", home, methods=["PUT", "GET"])])]),
    WebSocketRoute("/talk", talk),
]
"""
FASTAPI = """\
from fastapi import FastAPI

app = FastAPI()


async def listed():
    return []


app.add_api_route("/books", listed, methods=["GET"])
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            AIOHTTP,
            {
                "Handler.show": ("operation", ("/books/…",), ("GET",)),
                "index": ("operation", ("/index",), ("POST",)),
            },
        ),
        (
            STARLETTE,
            {
                "home": ("operation", ("/", "/shop/old/home"), ("GET", "PUT")),
                "talk": ("consumer", ("/talk",), ()),
            },
        ),
        (FASTAPI, {"listed": ("operation", ("/books",), ("GET",))}),
    ],
)
def test_what_a_call_hands_to_another_framework(
    tmp_path: Path, source: str, expected: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]
) -> None:
    root = write_project(tmp_path, {"manage.py": "", "shop/__init__.py": "", "shop/server.py": source})
    found = audit([root], Config(), root=root).entry_points
    assert {
        entry.name.removeprefix("shop.server."): (entry.kind, entry.routes, entry.methods) for entry in found
    } == expected
