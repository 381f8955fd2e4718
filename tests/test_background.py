"""Work that belongs in a task queue is found in every entry point, and the project's queue is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from async_audit.config import Config
from async_audit.findings import Finding
from tests.projects import SHOP, project_program, report_on, write_project

ONLY_DJA601 = Config(select=("DJA601",))

MAIL = """\
    from django.core.mail import send_mail
    from django.http import HttpResponse


    def tell(address):
        send_mail("Thank you", "It is on its way.", None, [address])
"""

URLS = """\
    from django.urls import path
    from shop import views

    urlpatterns = [path("order/", views.order), path("page/", views.Page.as_view())]
"""


def found_in(root: Path, views: str, others: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    files = {**SHOP, "shop/urls.py": URLS, "shop/views.py": views, **(others or {})}
    return report_on(write_project(root, files), ONLY_DJA601).findings


@pytest.mark.parametrize(
    "view",
    [
        "def order(request):\n        tell('a')\n",
        "async def order(request):\n        await sync_to_async(tell)('a')\n",
        "async def order(request):\n        await sync_to_async(lambda: tell('a'))()\n",
        "async def order(request):\n        await asyncio.to_thread(tell, 'a')\n",
        (
            "async def order(request):\n        await later()\n\n"
            "    async def later():\n        await sync_to_async(tell)('a')\n"
        ),
        "class Page(View):\n        def get(self, request):\n            tell('a')\n",
        (
            "class Page(View):\n        async def get(self, request):\n"
            "            await sync_to_async(tell)('a')\n"
        ),
    ],
)
def test_mail_is_found_through_helpers_threads_and_awaits(view: str, tmp_path: Path) -> None:
    imports = (
        "import asyncio\n    from asgiref.sync import sync_to_async\n    from django.views import View\n"
    )
    (finding,) = found_in(tmp_path, f"    {imports}{MAIL}\n\n    {view}")
    assert finding.message.startswith("the request waits for mail in `")
    assert re.search(r"`send_mail` \(in (later → )?tell\)", finding.message)
    assert finding.chain[-1].function == "tell"


@pytest.mark.parametrize(
    "code",
    [
        "def helper(request):\n        tell('a')\n",
        (
            "@shared_task\n    def order_later():\n        tell('a')\n\n"
            "    def order(request):\n        order_later.delay()\n"
        ),
        "async def order(request):\n        executor.submit(tell, 'a')\n",
        "async def order(request):\n        threading.Thread(target=tell, args=('a',)).start()\n",
        "def order(request):\n        request.send_mail('a')\n",
        "def order(request):\n        subprocess.run(['git', 'status'])\n",
    ],
)
def test_what_no_request_waits_for_is_quiet(code: str, tmp_path: Path) -> None:
    imports = (
        "import subprocess\n    import threading\n    from concurrent.futures import ThreadPoolExecutor\n"
        "    from celery import shared_task\n    executor = ThreadPoolExecutor()\n"
    )
    assert found_in(tmp_path, f"    {imports}{MAIL}\n\n    {code}") == ()


def test_each_kind_of_work_is_reported_once_with_the_number_of_its_places(tmp_path: Path) -> None:
    found = found_in(
        tmp_path,
        f"""{MAIL}
    import subprocess
    def order(request):
        tell("a")
        tell("b")
        subprocess.run(["/usr/bin/ffmpeg", "-i", "a.mov", "a.mp4"])
""",
    )
    assert [finding.message.partition(" in ")[0] for finding in found] == [
        "the request waits for mail",
        "the request waits for video or audio conversion",
    ]
    assert ", here and at 1 more;" in found[0].message


def test_mail_to_the_console_is_quiet(tmp_path: Path) -> None:
    settings = "EMAIL_BACKEND = 'django.core.mail.backends.console.EmailBackend'\n"
    others = {"shop/settings.py": settings}
    assert found_in(tmp_path, f"{MAIL}\n    def order(request):\n        tell('a')\n", others) == ()


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "shop/celery.py",
            "from celery import Celery\n\n\napp = Celery('shop')\n",
            "Celery at shop/celery.py:4",
        ),
        ("shop/settings.py", "RQ_QUEUES = {'default': {}}\n", "django-rq at shop/settings.py:1"),
        ("shop/settings.py", "HUEY = {'name': 'shop'}\n", "Huey at shop/settings.py:1"),
        ("shop/settings.py", "Q_CLUSTER = {'name': 'shop'}\n", "django-q at shop/settings.py:1"),
        ("shop/jobs.py", "\nimport dramatiq\n", "Dramatiq at shop/jobs.py:2"),
        (
            "shop/settings.py",
            "TASKS = {'default': {'BACKEND': 'django_tasks.backends.database.DatabaseBackend'}}\n",
            "Django tasks at shop/settings.py:1",
        ),
        (
            "shop/settings.py",
            "TASKS = {'default': {'BACKEND': 'django.tasks.backends.immediate.ImmediateBackend'}}\n",
            "",
        ),
        ("tests/test_jobs.py", "import celery\n", ""),
        ("shop/jobs.py", "# import celery\nCELERY = 1\n", ""),
    ],
)
def test_the_queue_that_the_project_has(path: str, text: str, expected: str, tmp_path: Path) -> None:
    queue = project_program(write_project(tmp_path, {**SHOP, path: text})).task_queue
    assert (f"{queue.name} at {queue.path}:{queue.line}" if queue else "") == expected


def test_the_message_names_the_queue(tmp_path: Path) -> None:
    others = {"shop/celery.py": "from celery import Celery\n\napp = Celery('shop')\n"}
    (finding,) = found_in(tmp_path, f"{MAIL}\n    def order(request):\n        tell('a')\n", others)
    assert finding.message.endswith("hand it to Celery, which the project has (shop/celery.py:3)")
