"""Awaits that could wait together are told where that is certain, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from async_audit.config import Config
from async_audit.findings import Finding
from tests.projects import SHOP, report_on, write_project

HEAD = """\
import asyncio

import httpx
import redis.asyncio
from openai import AsyncOpenAI

from shop.models import Book

cache = redis.asyncio.Redis()
ai = AsyncOpenAI()
gate = asyncio.Semaphore(2)
seen = []


async def fetch(client: httpx.AsyncClient, city: str):
    answer = await client.get(f"https://weather.example/{city}")
    answer.raise_for_status()
    return answer.json()


async def fetch_alone(city):
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"https://weather.example/{city}")
        return answer.json()["now"]


async def fetch_and_keep(client: httpx.AsyncClient, city):
    answer = await client.get(f"https://weather.example/{city}")
    seen.append(answer)
    return answer


async def order(client: httpx.AsyncClient, city):
    answer = await client.post(f"https://weather.example/{city}")
    return answer.json()


async def work(client: httpx.AsyncClient, cities, request):
"""

TOGETHER = {
    "two requests": 'a = await client.get("/a")\nb = await client.get("/b")',
    "three project coroutines": (
        'a = await fetch(client, "a")\nb = await fetch(client, "b")\nc = await fetch(client, "c")'
    ),
    "coroutines with a client of their own": 'a = await fetch_alone("a")\nb = await fetch_alone("b")',
    "answers taken apart in between": (
        'a = await client.get("/a")\na.raise_for_status()\nfirst = a.json()["x"]\nb = await client.get("/b")'
    ),
    "answers taken apart at once": 'a = (await client.get("/a")).json()\nb = (await client.get("/b")).text',
    "a model and an index": (
        'a = await ai.chat.completions.create(model="m", messages=[])\n'
        'b = await ai.embeddings.create(model="m", input=str(cities))'
    ),
    "reads of redis": 'a = await cache.get("a")\nb = await cache.hgetall("b")',
    "in a branch": 'if cities:\n    a = await client.get("/a")\n    b = await client.get("/b")',
    "an address made in between": (
        'a = await client.get("/a")\nurl = f"/b/{cities}"\nb = await client.head(url)'
    ),
}
APART = {
    "the second needs the first": 'a = await client.get("/a")\nb = await client.get(a.text)',
    "the second needs what came of the first": (
        'a = await client.get("/a")\nurl = a.json()["next"]\nb = await client.get(url)'
    ),
    "the second replaces the first": 'a = await client.get("/a")\na = await client.get("/b")',
    "the second replaces what the first used": (
        'a = await client.get("/a", params={"q": cities})\ncities = await client.get("/b")'
    ),
    "writes": 'a = await client.post("/a")\nb = await client.post("/b")',
    "one writes": 'a = await client.get("/a")\nb = await client.put("/b")',
    "coroutines that write": 'a = await order(client, "a")\nb = await order(client, "b")',
    "coroutines that keep something": (
        'a = await fetch_and_keep(client, "a")\nb = await fetch_and_keep(client, "b")'
    ),
    "a test in between": 'a = await client.get("/a")\nif a.text:\n    return a\nb = await client.get("/b")',
    "an unknown call in between": 'a = await client.get("/a")\nrequest.charge()\nb = await client.get("/b")',
    "a write in between": 'a = await client.get("/a")\nrequest.seen = True\nb = await client.get("/b")',
    "an unknown call among the arguments": (
        "a = await client.get(request.take())\nb = await client.get(request.take())"
    ),
    "answers that nobody keeps": 'await client.get("/login")\nawait client.get("/news")',
    "one after another on purpose": (
        'async with gate:\n    a = await client.get("/a")\n    b = await client.get("/b")'
    ),
    "under a lock": 'with request.lock():\n    a = await client.get("/a")\n    b = await client.get("/b")',
    "pauses": "a = await asyncio.sleep(1)\nb = await asyncio.sleep(1)",
    "queries": "a = await Book.objects.acount()\nb = await Book.objects.afirst()",
    "together already": 'a, b = await asyncio.gather(client.get("/a"), client.get("/b"))',
    "a loop": "for city in cities:\n    a = await client.get(city)",
    "different branches": 'if cities:\n    a = await client.get("/a")\nelse:\n    b = await client.get("/b")',
    "an await of something unknown": "a = await request.first()\nb = await request.second()",
}


def found_in(root: Path, body: str) -> tuple[Finding, ...]:
    source = HEAD + indent(dedent(body), "    ") + "\n"
    files = {**SHOP, "shop/work.py": source}
    return report_on(write_project(root, files), Config(select=("DJA305",))).findings


@pytest.mark.parametrize("case", TOGETHER)
def test_independent_reads_are_told_once(case: str, tmp_path: Path) -> None:
    (finding,) = found_in(tmp_path, TOGETHER[case])
    assert finding.location.line == HEAD.count("\n") + next(
        number for number, line in enumerate(TOGETHER[case].splitlines(), start=1) if "await" in line
    )
    assert len(finding.chain) == TOGETHER[case].count("await ")


@pytest.mark.parametrize("case", APART)
def test_what_may_depend_on_the_order_is_quiet(case: str, tmp_path: Path) -> None:
    assert found_in(tmp_path, APART[case]) == ()


SERVED = {"Procfile": "web: uvicorn shop.asgi:application\n"}
VIEWS = """\
import asyncio
from concurrent.futures import ThreadPoolExecutor
from asgiref.sync import sync_to_async
from django.http import HttpResponse
from anyio import to_thread

POOL = ThreadPoolExecutor()


def work(): ...


async def later():
    return await asyncio.to_thread(work)


async def view(request):
    {}
    return HttpResponse()
"""


@pytest.mark.parametrize(
    ("line", "shared"),
    [
        ("await asyncio.to_thread(work)", True),
        ("await asyncio.get_running_loop().run_in_executor(None, work)", True),
        ("await sync_to_async(work, thread_sensitive=False)()", True),
        ("await later()", True),
        ("await asyncio.get_running_loop().run_in_executor(POOL, work)", False),
        ("await sync_to_async(work, thread_sensitive=False, executor=POOL)()", False),
        ("await sync_to_async(work)()", False),
        ("await to_thread.run_sync(work)", False),
        ("POOL.submit(work)", False),
    ],
)
def test_places_in_the_shared_executor(line: str, shared: bool, tmp_path: Path) -> None:  # noqa: FBT001
    root = write_project(tmp_path, {**SHOP, **SERVED, "shop/views.py": VIEWS.format(line)})
    found = report_on(root, Config(select=("DJA306",))).findings
    assert [finding.function for finding in found] == ["shop.views.view"] * shared


def test_under_wsgi_each_request_has_an_executor_of_its_own(tmp_path: Path) -> None:
    source = VIEWS.format("await asyncio.to_thread(work)")
    files = {**SHOP, "Procfile": "web: gunicorn shop.wsgi\n", "shop/views.py": source}
    assert report_on(write_project(tmp_path, files), Config(select=("DJA306",))).findings == ()
