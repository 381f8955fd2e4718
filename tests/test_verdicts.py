"""The verdict of every entry point of the fixture projects, and what holds for all verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from async_audit.config import Config
from async_audit.engine import audit
from async_audit.findings import EntryPoint, Verdict
from async_audit.reporters.verdicts import render
from tests.projects import write_project

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
EXPECTED = Path(__file__).resolve().parent / "verdicts"
PROJECTS = ("bookshop", "modern")

SHOP = {
    "requirements.txt": "django==5.2\n",
    "shop/__init__.py": "",
    "shop/models.py": (
        "from django.db import models\n\n\nclass Book(models.Model):\n    title = models.CharField()\n"
    ),
}


def entry_points(root: Path) -> dict[str, EntryPoint]:
    """The entry points below a folder, by name."""
    return {entry.name: entry for entry in audit([root], Config(), root=root).entry_points}


@pytest.mark.parametrize("project", PROJECTS)
def test_each_verdict_of_a_fixture_project(project: str) -> None:
    found = {
        name: [entry.kind, entry.verdict.value, entry.ledger.hops_written]
        for name, entry in sorted(entry_points(FIXTURES / project).items())
    }
    assert found == json.loads((EXPECTED / f"{project}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("project", [*PROJECTS, "rules"])
def test_what_holds_for_every_verdict(project: str) -> None:
    found = entry_points(FIXTURES / project)
    assert len(found) > 20
    for entry in found.values():
        book = entry.ledger
        if entry.verdict is Verdict.GAINS:
            assert book.suspends or book.streams or book.overlap > 1, entry
        if entry.verdict in {Verdict.COSTS, Verdict.NEUTRAL}:
            assert not book.unknown, entry
            assert not book.suspends, entry
        assert (entry.verdict is Verdict.BLOCKS) == bool(book.blocks), entry
        assert entry.reasons, entry


def view(tmp_path: Path, body: str, imports: str = "", name: str = "shop.views.view") -> EntryPoint:
    """The entry point of a project with one module of views."""
    source = f"from shop.models import Book\n{imports}\n\n{body}"
    return entry_points(write_project(tmp_path, {**SHOP, "shop/views.py": source}))[name]


def test_three_queries_cost_three_hops(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def view(request):\n"
        "    await Book.objects.acount()\n    await Book.objects.afirst()\n"
        "    await Book.objects.aexists()\n",
    )
    assert (entry.verdict, entry.ledger.hops, entry.ledger.hops_if_sync) == (Verdict.COSTS, 3, 1)


def test_a_hop_in_a_loop_stands_for_many(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def view(request):\n    for pk in (1, 2, 3):\n        await Book.objects.aget(pk=pk)\n",
    )
    assert (entry.verdict, entry.ledger.hops_written) == (Verdict.COSTS, "n")


LOOPS = {
    "in an awaited coroutine": (
        "async def each():\n    for pk in (1, 2):\n        await Book.objects.aget(pk=pk)\n\n\n"
        "async def view(request):\n    await each()\n"
    ),
    "around an awaited coroutine": (
        "async def one():\n    await Book.objects.aget(pk=1)\n\n\n"
        "async def view(request):\n    while request:\n        await one()\n"
    ),
    "in a comprehension": (
        "async def view(request):\n    return [await Book.objects.aget(pk=pk) for pk in (1, 2)]\n"
    ),
    "in a test": ("async def view(request):\n    while await Book.objects.aexists():\n        pass\n"),
    "spread into gather": (
        "import asyncio\n\n\nasync def view(request):\n"
        "    await asyncio.gather(*[Book.objects.aget(pk=pk) for pk in (1, 2)])\n"
    ),
}


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_every_kind_of_loop_stands_for_many(tmp_path: Path, body: str) -> None:
    entry = view(tmp_path, body)
    assert (entry.verdict, entry.ledger.hops_written) == (Verdict.COSTS, "n")


WAYS = {
    "one branch or the other": (
        (
            "    if request:\n        await Book.objects.acount()\n"
            "    else:\n        await Book.objects.afirst()\n"
        ),
        "1",
    ),
    "a branch that returns, or what follows": (
        "    if request:\n        return await Book.objects.acount()\n    await Book.objects.afirst()\n",
        "1",
    ),
    "a branch and what follows": (
        "    if request:\n        await Book.objects.acount()\n    await Book.objects.afirst()\n",
        "2",
    ),
    "the widest of several": (
        (
            "    if request:\n        await Book.objects.acount()\n    elif Book:\n"
            "        await Book.objects.acount()\n        await Book.objects.afirst()\n"
            "    else:\n        raise ValueError\n    await Book.objects.aexists()\n"
        ),
        "3",
    ),
    "one of the handlers": (
        (
            "    try:\n        await Book.objects.acount()\n"
            "    except ValueError:\n        await Book.objects.afirst()\n"
            "    except KeyError:\n        await Book.objects.alast()\n"
            "    finally:\n        await Book.objects.aexists()\n"
        ),
        "3",
    ),
    "one of the cases": (
        (
            "    match request:\n        case 1:\n            await Book.objects.acount()\n"
            "        case _:\n            await Book.objects.afirst()\n"
        ),
        "1",
    ),
    "a test and a branch": (
        "    if await Book.objects.aexists():\n        await Book.objects.acount()\n",
        "2",
    ),
    "in a loop, one branch": (
        (
            "    for pk in (1, 2):\n        if request:\n            continue\n"
            "        await Book.objects.aget(pk=pk)\n"
        ),
        "n",
    ),
}


@pytest.mark.parametrize(("body", "hops"), WAYS.values(), ids=WAYS)
def test_the_hops_are_those_of_the_widest_way(tmp_path: Path, body: str, hops: str) -> None:
    entry = view(tmp_path, f"async def view(request):\n{body}")
    assert entry.ledger.hops_written == hops


@pytest.mark.parametrize("last", ["elif request.GET:\n        {hop}\n        return 1\n    else:", "else:"])
def test_nothing_follows_an_if_whose_ways_all_leave(tmp_path: Path, last: str) -> None:
    hop = "await Book.objects.acount()"
    body = (
        f"async def view(request):\n    if request.POST:\n        {hop}\n        return 1\n"
        f"    {last.format(hop=hop)}\n        {hop}\n        return 1\n    {hop}\n    {hop}\n"
    )
    assert view(tmp_path, body).ledger.hops == 1


def test_the_annotation_of_a_variable_counts_where_its_value_is_not_known(tmp_path: Path) -> None:
    body = "async def view(request):\n    book: Book = request.found.book\n    await book.asave()\n"
    entry = view(tmp_path, body)
    assert (entry.ledger.hops, entry.ledger.unknown) == (1, ())


def test_the_widest_way_of_an_awaited_coroutine_counts(tmp_path: Path) -> None:
    body = "".join(WAYS["one branch or the other"][:1])
    entry = view(
        tmp_path, f"async def pick(request):\n{body}\n\nasync def view(request):\n    await pick(request)\n"
    )
    assert (entry.verdict, entry.ledger.hops_written) == (Verdict.NEUTRAL, "1")


@pytest.mark.parametrize("line", ["Book.objects.count()", "time.sleep(1)"])
@pytest.mark.parametrize("way", ["await inner()", "await asyncio.gather(inner(), inner())"])
def test_an_awaited_coroutine_that_stalls_blocks_its_caller(tmp_path: Path, line: str, way: str) -> None:
    source = f"async def inner():\n    {line}\n\n\nasync def view(request):\n    {way}\n"
    entry = view(tmp_path, source, "import asyncio\nimport time")
    assert entry.verdict is Verdict.BLOCKS
    assert entry.waits[0].chain[-1].location.line == 6


@pytest.mark.parametrize("context", ["asyncio.Lock()", "asyncio.timeout(1)"])
def test_a_lock_or_time_limit_leaves_nothing_open(tmp_path: Path, context: str) -> None:
    body = f"async def view(request):\n    async with {context}:\n        await Book.objects.acount()\n"
    entry = view(tmp_path, body, "import asyncio")
    assert (entry.verdict, entry.ledger.unknown) == (Verdict.NEUTRAL, ())


def test_what_a_loop_goes_over_is_fetched_once(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def view(request):\n    async for book in Book.objects.all():\n        print(book.pk)\n",
    )
    assert entry.ledger.hops_written == "1"


def test_one_hop_is_what_a_plain_view_takes(tmp_path: Path) -> None:
    entry = view(tmp_path, "async def view(request):\n    await Book.objects.acount()\n")
    assert entry.verdict is Verdict.NEUTRAL


def test_hops_behind_a_project_coroutine_count(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def total():\n    await Book.objects.acount()\n    await Book.objects.acount()\n\n\n"
        "async def view(request):\n    await total()\n    await total()\n",
    )
    assert entry.ledger.hops == 4


def test_hops_behind_a_decorated_project_coroutine_count(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "def checked(function):\n    def wrapper(*args):\n        return function(*args)\n"
        "    return wrapper\n\n\n"
        "@checked\nasync def total():\n    await Book.objects.acount()\n    await Book.objects.acount()\n\n\n"
        "async def view(request):\n    await total()\n",
    )
    assert (entry.verdict, entry.ledger.hops) == (Verdict.COSTS, 2)


def test_gathered_queries_do_not_overlap(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def view(request):\n    await asyncio.gather(Book.objects.acount(), Book.objects.afirst())\n",
        "import asyncio",
    )
    assert (entry.verdict, entry.ledger.overlap) == (Verdict.COSTS, 1)


def test_gathered_requests_overlap(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def view(request):\n"
        "    client = httpx.AsyncClient()\n"
        "    await asyncio.gather(client.get('a'), client.get('b'), client.get('c'))\n",
        "import asyncio\nimport httpx",
    )
    assert (entry.verdict, entry.ledger.overlap) == (Verdict.GAINS, 3)


def test_an_await_that_is_not_known_decides_nothing(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def view(request):\n    await Book.objects.acount()\n    await mystery.answer()\n",
        "import mystery",
    )
    assert entry.verdict is Verdict.UNKNOWN
    assert "mystery" in entry.reasons[0]


def test_a_synchronous_query_blocks_whatever_else_it_gains(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "async def view(request):\n    await httpx.AsyncClient().get('a')\n    Book.objects.count()\n",
        "import httpx",
    )
    assert (entry.verdict, entry.ledger.blocks) == (Verdict.BLOCKS, 1)


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("yield str(await Book.objects.acount())", Verdict.GAINS),
        ("yield str(Book.objects.count())", Verdict.BLOCKS),
    ],
)
@pytest.mark.parametrize("given", ["lines()", "streaming_content=lines()"])
def test_what_a_streamed_generator_does_belongs_to_the_request(
    tmp_path: Path, line: str, verdict: Verdict, given: str
) -> None:
    entry = view(
        tmp_path,
        f"async def view(request):\n    async def lines():\n        {line}\n\n"
        f"    return StreamingHttpResponse({given})\n",
        "from django.http import StreamingHttpResponse",
    )
    assert (entry.verdict, entry.ledger.hops) == (verdict, int(verdict is Verdict.GAINS))


STARLETTE = (
    "class Guard(BaseHTTPMiddleware):\n    async def dispatch(self, request, call_next):\n"
    "        return await call_next(request)\n"
)


@pytest.mark.parametrize(
    ("imports", "body", "name"),
    [
        (
            "from starlette.middleware.base import BaseHTTPMiddleware",
            STARLETTE,
            "Guard.dispatch",
        ),
        (
            "from aiohttp import web",
            "@web.middleware\nasync def guard(request, handler):\n    return await handler(request)\n",
            "guard",
        ),
    ],
)
def test_what_a_middleware_passes_on_to_is_judged_on_its_own(
    tmp_path: Path, imports: str, body: str, name: str
) -> None:
    entry = view(tmp_path, body, imports, f"shop.views.{name}")
    assert (entry.verdict, entry.ledger.unknown) == (Verdict.NEUTRAL, ())


@pytest.mark.parametrize(
    ("imports", "router", "plain_hops", "remedy"),
    [
        ("from aiohttp import web", "web.RouteTableDef()", 0, "put the calls behind one"),
        ("from fastapi import APIRouter", "APIRouter()", 1, "make it a plain `def`"),
    ],
)
def test_another_framework_has_an_event_loop_of_its_own(
    tmp_path: Path, imports: str, router: str, plain_hops: int, remedy: str
) -> None:
    body = (
        f"router = {router}\n\n\n@router.get('/')\nasync def view(request):\n"
        "    await Book.objects.acount()\n    await Book.objects.acount()\n"
    )
    entry = served(tmp_path, "gunicorn shop.wsgi", body, imports)
    assert (entry.verdict, entry.ledger.hops_if_sync) == (Verdict.COSTS, plain_hops)
    assert remedy in entry.reasons[-1]


CALLABLE = (
    "class Make:\n    async def __call__(self):\n        return await Book.objects.afirst()\n\n\n"
    "make = Make()"
)


@pytest.mark.parametrize(
    ("maker", "verdict"),
    [
        ("async def make():\n    return await Book.objects.afirst()", Verdict.NEUTRAL),
        ("async def make():\n    yield await Book.objects.afirst()", Verdict.NEUTRAL),
        ("async def make():\n    return Book.objects.first()", Verdict.BLOCKS),
        ("async def make():\n    yield Book.objects.first()", Verdict.BLOCKS),
        ("def make():\n    return Book.objects.first()", Verdict.NEUTRAL),
        (CALLABLE, Verdict.NEUTRAL),
    ],
)
@pytest.mark.parametrize("parameter", ["book=Depends(make)", "book: Annotated[Book, Depends(make)]"])
def test_what_a_parameter_depends_on_runs_for_the_request(
    tmp_path: Path, maker: str, verdict: Verdict, parameter: str
) -> None:
    body = (
        f"router = APIRouter()\n\n\n{maker}\n\n\n@router.get('/')\nasync def view({parameter}):\n"
        "    await book.asave()\n"
    )
    entry = view(tmp_path, body, "from typing import Annotated\nfrom fastapi import APIRouter, Depends")
    assert (entry.verdict, entry.ledger.hops, entry.ledger.unknown) == (verdict, 1, ())


def test_a_base_class_of_the_project_has_the_channel_layer_too(tmp_path: Path) -> None:
    entry = view(
        tmp_path,
        "class Base(AsyncWebsocketConsumer):\n    pass\n\n\nclass Chat(Base):\n"
        "    async def connect(self):\n        await self.channel_layer.group_add('a', self.channel_name)\n",
        "from channels.generic.websocket import AsyncWebsocketConsumer",
        "shop.views.Chat.connect",
    )
    assert (entry.ledger.suspends, entry.ledger.unknown) == ((("channel", 1),), ())


NETWORK = "async def view(request):\n    await httpx.AsyncClient().get('a')\n"


def served(tmp_path: Path, command: str, body: str, imports: str, django: str = "5.2") -> EntryPoint:
    """The entry point of a project that a command serves."""
    source = f"from shop.models import Book\n{imports}\n\n{body}"
    files = {
        **SHOP,
        "shop/views.py": source,
        "Procfile": f"web: {command}\n",
        "requirements.txt": f"django=={django}\n",
        "shop/wsgi.py": (
            "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n"
        ),
    }
    return entry_points(write_project(tmp_path, files))["shop.views.view"]


def test_under_wsgi_a_sleep_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    body = "async def view(request):\n    time.sleep(1)\n"
    entry = served(tmp_path, "gunicorn shop.wsgi", body, "import time")
    assert (entry.verdict, entry.ledger.blocks) == (Verdict.COSTS, 0)
    entry = served(tmp_path, "uvicorn shop.asgi:application", body, "import time")
    assert (entry.verdict, entry.ledger.blocks) == (Verdict.BLOCKS, 1)


def test_under_wsgi_a_query_raises_all_the_same(tmp_path: Path) -> None:
    body = "async def view(request):\n    Book.objects.count()\n"
    assert served(tmp_path, "gunicorn shop.wsgi", body, "").verdict is Verdict.BLOCKS


def test_wsgi_cancels_what_only_waits(tmp_path: Path) -> None:
    assert served(tmp_path, "gunicorn shop.wsgi", NETWORK, "import httpx").verdict is Verdict.CANCELLED


def test_a_decorator_that_takes_no_coroutine_cancels(tmp_path: Path) -> None:
    imports = "import httpx\nfrom django.views.decorators.cache import never_cache"
    entry = served(tmp_path, "uvicorn shop.asgi", f"@never_cache\n{NETWORK}", imports, "4.2")
    assert entry.verdict is Verdict.CANCELLED
    assert "never_cache" in entry.reasons[-1]


@pytest.mark.parametrize(("django", "cancels"), [("4.2", False), ("5.0", True)])
def test_a_client_that_goes_away_ends_the_view_in_some_versions(
    tmp_path: Path, django: str, *, cancels: bool
) -> None:
    entry = served(tmp_path, "uvicorn shop.asgi", NETWORK, "import httpx", django)
    assert entry.verdict is Verdict.GAINS
    assert any(reason.startswith("cancellation") for reason in entry.reasons) is cancels


def test_hops_to_the_shared_pool_are_told_apart(tmp_path: Path) -> None:
    body = "async def view(request):\n    await asyncio.to_thread(print)\n    await Book.objects.acount()\n"
    entry = served(tmp_path, "uvicorn shop.asgi", body, "import asyncio")
    assert (entry.ledger.hops, entry.ledger.shared) == (2, 1)


@pytest.mark.parametrize(
    ("kind", "imports", "body"),
    [
        ("view", "", "async def view(request):\n    pass_ = 1\n    return pass_\n"),
        (
            "operation",
            "from ninja import Router\n\nrouter = Router()",
            "@router.get('/')\nasync def view(request):\n    return 1\n",
        ),
        (
            "operation",
            "from fastapi import APIRouter\n\nrouter = APIRouter()",
            "@router.post('/')\nasync def view():\n    return 1\n",
        ),
        (
            "receiver",
            "from django.dispatch import receiver\nfrom django.db.models.signals import post_save",
            "@receiver(post_save)\nasync def view(sender, **kwargs):\n    return 1\n",
        ),
        ("task", "from celery import shared_task", "@shared_task\nasync def view():\n    return 1\n"),
    ],
)
def test_the_kinds_of_entry_points(kind: str, imports: str, body: str, tmp_path: Path) -> None:
    assert view(tmp_path, body, imports).kind == kind


def test_a_coroutine_that_only_the_project_awaits_is_no_entry_point(tmp_path: Path) -> None:
    source = "from shop.models import Book\n\n\nasync def total():\n    return await Book.objects.acount()\n"
    assert entry_points(write_project(tmp_path, {**SHOP, "shop/services.py": source})) == {}


def test_the_table_names_what_was_skipped(tmp_path: Path) -> None:
    root = write_project(tmp_path, {**SHOP, "shop/views.py": b"async def view(request):\n    pass\n\xff"})
    assert "skipped: shop/views.py" in render(audit([root], Config(), root=root))


def test_the_table_shows_what_to_do_first_and_the_sum(tmp_path: Path) -> None:
    source = (
        "from shop.models import Book\n\n\nasync def fine(request):\n    return 1\n\n\n"
        "async def bad(request):\n    Book.objects.count()\n"
    )
    root = write_project(tmp_path, {**SHOP, "shop/views.py": source})
    lines = render(audit([root], Config(), root=root)).splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["verdict", "blocks", "neutral"]
    assert lines[4].startswith("2 asynchronous entry points.")
    assert lines[5] == "1. Repair 1 call site that raises or stalls the event loop, in `views.bad`."


def test_the_table_fits_a_terminal(tmp_path: Path) -> None:
    source = "from shop.models import Book\n\n\nasync def bad(request):\n    Book.objects.count()\n"
    root = write_project(tmp_path, {**SHOP, "shop/views.py": source})
    report = audit([root], Config(), root=root)
    piped = render(report)
    for width in (40, 60, 80, 100, 120, 160):
        shown = render(report, width=width)
        assert max(map(len, shown.splitlines())) <= width
        assert [word for word in shown.split() if word != "why"] == [
            word for word in piped.split() if word != "why"
        ]
    below = render(report, width=80).splitlines()
    assert below[0].split() == ["verdict", "hops", "suspends", "entry", "point"]
    assert below[2].startswith("    one line raises")
    beside = render(report, width=120).splitlines()
    column = beside[0].index("why")
    assert (beside[1][column : column + 8], beside[2][:column].strip()) == ("one line", "")


def test_names_are_whole_in_the_table(tmp_path: Path) -> None:
    name = "a_view_of_which_the_name_is_longer_than_any_name_in_this_file_should_be"
    root = write_project(tmp_path, {**SHOP, "shop/views.py": f"async def {name}(request):\n    return 1\n"})
    assert f"shop.views.{name}" in render(audit([root], Config(), root=root))


def test_a_project_without_async_is_told_of_the_other_question(tmp_path: Path) -> None:
    report = audit([write_project(tmp_path, SHOP)], Config(), all_views=True)
    assert render(report, all_views=True) == "No entry point was found.\n"
    assert "`async-audit verdicts --all-views`" in render(report)
    assert max(map(len, render(report, width=50).splitlines())) <= 50


def test_a_view_has_its_routes(tmp_path: Path) -> None:
    files = {
        "shop/views.py": (
            "from django.views import View\n\n\nasync def index(request):\n    return 1\n\n\n"
            "class Detail(View):\n    async def get(self, request, pk):\n        return pk\n"
        ),
        "shop/urls.py": (
            "from django.urls import path\nfrom shop import views\n\n"
            "urlpatterns = [path('', views.index), path('<int:pk>/', views.Detail.as_view())]\n"
        ),
    }
    found = entry_points(write_project(tmp_path, {**SHOP, **files}))
    assert {name: entry.routes for name, entry in found.items()} == {
        "shop.views.index": ("/",),
        "shop.views.Detail.get": ("/<int:pk>/",),
    }


@pytest.mark.parametrize(
    ("imports", "is_view"),
    [("import aiohttp", True), ("from aiohttp import web", False), ("import aiohttp.web", False)],
)
def test_a_view_may_use_the_client_of_a_package_that_has_a_server(
    tmp_path: Path, imports: str, *, is_view: bool
) -> None:
    source = f"{imports}\n\n\nasync def view(request):\n    return None\n"
    found = entry_points(write_project(tmp_path, {**SHOP, "shop/views.py": source}))
    assert ("shop.views.view" in found) is is_view


@pytest.mark.parametrize(
    ("line", "verdict"),
    [("time.sleep(1)", Verdict.COSTS), ("Book.objects.count()", Verdict.BLOCKS)],
)
def test_under_wsgi_a_blocking_line_holds_up_nobody_else_but_a_query_raises(
    tmp_path: Path, line: str, verdict: Verdict
) -> None:
    files = {
        **SHOP,
        "Procfile": "web: gunicorn shop.wsgi:application\n",
        "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\n\n"
        "application = get_wsgi_application()\n",
        "shop/views.py": f"import time\n\nfrom shop.models import Book\n\n\n"
        f"async def view(request):\n    {line}\n",
    }
    assert entry_points(write_project(tmp_path, files))["shop.views.view"].verdict is verdict
