"""What a middleware that every request passes has done to the request of a view."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, report_on, write_project

DJANGOS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
VIEWS = """\
from django.http import HttpResponse


async def user(request):
    return HttpResponse(request.user.username)


async def session(request):
    request.session["seen"] = True
    return HttpResponse("")
"""
COROUTINE = """\
class Own:
    async_capable = True
    sync_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    async def __call__(self, request):
        request.user = await request.auser()
        return await self.get_response(request)
"""
SYNCHRONOUS = """\
class Own:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            request.team = request.user.username
        return self.get_response(request)
"""
HOOK = """\
from django.utils.deprecation import MiddlewareMixin


class Own(MiddlewareMixin):
    def process_request(self, request):
        if not request.user.is_authenticated:
            return None
        request.team = request.user.username
"""
FACTORY = """\
from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def Own(get_response):
    if iscoroutinefunction(get_response):
        async def middleware(request):
            request.user = await request.auser()
            return await get_response(request)
    else:
        def middleware(request):
            request.team = request.user.username
            return get_response(request)
    return middleware
"""
EARLY_RETURN = HOOK.replace("not request.user.is_authenticated", "request.path == '/'")
ONE_WAY = FACTORY.replace("            request.team = request.user.username\n", "")
ASSIGNS_LAZY = SYNCHRONOUS.replace(
    "        if request.user.is_authenticated:\n            request.team = request.user.username\n",
    "        request.user = SimpleLazyObject(lambda: find(request))\n",
).replace("class Own", "from django.utils.functional import SimpleLazyObject\n\n\nclass Own")


def lines_found(tmp_path: Path, middleware: list[str], source: str = "") -> list[int]:
    """The lines of the views in which the first use of user or session is reported."""
    chain = [*DJANGOS, *middleware]
    settings = f"SECRET_KEY = 'x'\nINSTALLED_APPS = ['shop']\nMIDDLEWARE = {chain!r}\n"
    files = {"shop/settings.py": settings, "shop/views.py": VIEWS, "shop/middleware.py": source}
    root = write_project(tmp_path, {**SHOP, **files})
    return [finding.location.line for finding in report_on(root).findings if finding.code == "DJA104"]


def test_django_itself_leaves_both_lazy(tmp_path: Path) -> None:
    assert lines_found(tmp_path, []) == [5, 9]


@pytest.mark.parametrize("source", [COROUTINE, SYNCHRONOUS, HOOK, FACTORY])
def test_what_the_middleware_has_loaded_is_loaded(source: str, tmp_path: Path) -> None:
    assert lines_found(tmp_path, ["shop.middleware.Own"], source) == []


@pytest.mark.parametrize("source", [EARLY_RETURN, ONE_WAY, ASSIGNS_LAZY])
def test_what_is_not_loaded_on_every_way_is_not(source: str, tmp_path: Path) -> None:
    assert lines_found(tmp_path, ["shop.middleware.Own"], source) == [5, 9]


def test_middleware_that_may_be_absent_has_done_nothing(tmp_path: Path) -> None:
    settings = (
        "import os\nMIDDLEWARE = []\nif os.environ.get('X'):\n    MIDDLEWARE += ['shop.middleware.Own']"
    )
    files = {"shop/settings.py": settings, "shop/views.py": VIEWS, "shop/middleware.py": SYNCHRONOUS}
    found = report_on(write_project(tmp_path, {**SHOP, **files})).findings
    assert [finding.location.line for finding in found if finding.code == "DJA104"] == [5, 9]


def test_its_own_use_is_reported(tmp_path: Path) -> None:
    source = COROUTINE.replace("request.user = await request.auser()", "request.user.username")
    root = write_project(
        tmp_path,
        {
            **SHOP,
            "shop/settings.py": f"MIDDLEWARE = {[*DJANGOS, 'shop.middleware.Own']!r}\n",
            "shop/middleware.py": source,
        },
    )
    found = [finding.location for finding in report_on(root).findings if finding.code == "DJA104"]
    assert [(place.path, place.line) for place in found] == [("shop/middleware.py", 9)]


def test_login_required_asks_for_the_user(tmp_path: Path) -> None:
    assert lines_found(tmp_path, [LOGIN_REQUIRED]) == []


PUTS_USER = """\
from django.shortcuts import render


async def page(request):
    request.user = await request.auser()
    return render(request, "page.html")
"""


def test_a_template_shows_the_user_that_the_view_has_put_there(tmp_path: Path) -> None:
    page = "{{ user.username }} {{ request.user.username }}"
    files = {"shop/templates/page.html": page, "shop/views.py": PUTS_USER}
    codes = [finding.code for finding in report_on(write_project(tmp_path, {**SHOP, **files})).findings]
    assert "DJA107" not in codes


OTHER = "\n\ndef name_of(request):\n    return request.user.username\n"


@pytest.mark.parametrize("body", ["def __call__(): return 1", "def process_request(self): return", "pass"])
def test_a_middleware_that_takes_no_request_says_nothing(body: str, tmp_path: Path) -> None:
    source = f"class Own:\n    {body}\n{OTHER}"
    assert lines_found(tmp_path, ["shop.middleware.Own"], source) == [5, 9]


def test_a_lazy_user_in_the_place_of_a_loaded_one_is_lazy(tmp_path: Path) -> None:
    used = "        request.user.username\n        request.user = "
    source = ASSIGNS_LAZY.replace("        request.user = ", used)
    assert lines_found(tmp_path, ["shop.middleware.Own"], source) == [5]
