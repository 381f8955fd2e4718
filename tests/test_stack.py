"""What is said of the stack around the views: settings as statements make them, and the rules about them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from async_audit.flake8_plugin import Plugin
from async_audit.project.async_views import async_views
from async_audit.project.databases import database_options
from async_audit.project.setting_lists import Entry, setting_list
from tests.projects import SHOP, codes_in, project_program, report_on, write_project

Files = dict[str, "str | bytes"]
ASGI = "from django.core.asgi import get_asgi_application\n\napplication = get_asgi_application()\n"
WSGI = ASGI.replace("asgi", "wsgi")
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
VIEWS = """\
    from django.http import HttpResponse


    async def front(request):
        return HttpResponse(await read())


    async def read():
        return "front"
    """
URLS = "from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.front)]\n"
EXEMPT = """\
    from django.db.transaction import non_atomic_requests


    @non_atomic_requests(using="archive")
    async def front(request): ...
    """
NINJA = """\
    from ninja import Router

    router = Router()


    @router.get("/")
    async def front(request): ...
    """
GUARDED = """\
    import os, sys

    if "test" in sys.argv:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    """
ROUTED: Files = {"shop/views.py": VIEWS, "shop/urls.py": URLS}


def stack_codes(root: Path, files: Files) -> list[str]:
    found = codes_in(write_project(root, {**SHOP, **files}))
    return [code for code in found if code.startswith("DJA5")]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("X = ['a', 'b']\n", "a b"),
        ("X = ('a',) + ('b',)\n", "a b"),
        ("X = ['a']\nX += ['b']\n", "a b"),
        ("X = ['a']\nX.append('b')\nX.extend(['c'])\nX.insert(0, 'd')\n", "d a b c"),
        ("X = ['a', 'b']\nX.insert(X.index('a') + 1, 'c')\n", "a c b"),
        ("X = ['a', 'b']\nX.remove('a')\n", "b"),
        ("FIRST = ['a']\nX = [*FIRST, 'b']\n", "a b"),
        ("X = ['a']\nif DEBUG:\n    X += ['b']\n", "a b?"),
        ("X = ['a']\nif DEBUG:\n    X = ['b', *X]\n", "b? a"),
        ("X = ['a'] + (['b'] if DEBUG else [])\n", "a b?"),
        ("X = ['a']\nX = ['b'] + X\n", "b a"),
        ("from shop.base import *\nX += ['b']\n", "base b"),
        ("from shop import base\nX = base.X + ['b']\n", "base b"),
        ("X = ['a', name()]\n", "a "),
    ],
)
def test_lists_are_followed_through_statements(tmp_path: Path, settings: str, expected: str) -> None:
    files = {**SHOP, "shop/settings.py": settings, "shop/base.py": "X = ['base']\n"}
    found = setting_list(project_program(write_project(tmp_path, files)), "X")
    assert found is not None
    assert found.is_whole
    assert found.entries == tuple(
        Entry(name.removesuffix("?"), is_conditional=name.endswith("?")) for name in expected.split(" ")
    )


@pytest.mark.parametrize(
    "settings",
    [
        "X = load()\n",
        "X = ['a'] + load()\n",
        "X = ['a']\nX[0] = 'b'\n",
        "X = ['a']\ndel X[0]\n",
        "X = ['a']\nif DEBUG:\n    X = ['b']\n",
        "X = ['a']\nX.sort()\n",
        "X = ['a', *load()]\n",
    ],
)
def test_lists_that_cannot_be_followed_are_not_whole(tmp_path: Path, settings: str) -> None:
    files = {**SHOP, "shop/settings.py": settings}
    found = setting_list(project_program(write_project(tmp_path, files)), "X")
    assert found is None or not found.is_whole


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("DATABASES = {'default': {'ENGINE': 'x', 'AGE': 60}}\n", {"default": 60}),
        ("DATABASES = {'a': {'AGE': 1}, 'b': {'AGE': None}}\n", {"a": 1, "b": None}),
        ("DB = {'AGE': 60}\nDATABASES = {'default': DB}\n", {"default": 60}),
        ("DATABASES = {'default': make()}\nDATABASES['default']['AGE'] = True\n", {"default": True}),
        ("DATABASES = {'default': parse('x', age=600)}\n", {"default": 600}),
        ("DATABASES = {'default': {'AGE': env.int('AGE', default=60)}}\n", {"default": 60}),
        ("DATABASES = {'default': {'AGE': 60}}\nDATABASES['default']['AGE'] = 0\n", {"default": 0}),
        ("from shop.base import *\nDATABASES['default']['AGE'] = 5\n", {"default": 5}),
        ("from shop.base import *\n", {"default": 7}),
        ("DATABASES = {'default': {'AGE': age()}}\n", {}),
        ("DATABASES = {'default': {'AGE': 60}}\nif X:\n    DATABASES['default']['AGE'] = 0\n", {}),
        ("if X:\n    DATABASES = {'default': {'AGE': 60}}\nelse:\n    DATABASES = {'default': {}}\n", {}),
        ("DATABASES = load()\n", {}),
    ],
)
def test_options_of_databases(tmp_path: Path, settings: str, expected: dict[str, object]) -> None:
    base = "DATABASES = {'default': {'AGE': 7}}\n"
    files = {**SHOP, "shop/settings.py": settings, "shop/base.py": base}
    found = database_options(project_program(write_project(tmp_path, files)), "AGE")
    assert {option.alias: option.value for option in found} == expected


@pytest.mark.parametrize(
    ("views", "urls", "expected"),
    [
        (VIEWS, URLS, {"shop.views.front": set()}),
        (VIEWS, URLS.replace("front", "back"), {}),
        (VIEWS.replace("async def front", "def front"), URLS, {}),
        (VIEWS, URLS.replace("views.front", "non_atomic_requests(views.front)"), {"shop.views.front": {"*"}}),
        (
            "from asgiref.sync import async_to_sync\n\n\n@async_to_sync\nasync def front(request): ...\n",
            URLS,
            {},
        ),
        (
            EXEMPT,
            URLS,
            {"shop.views.front": {"archive"}},
        ),
        (
            "from django.views import View\n\n\nclass Front(View):\n    async def get(self, request): ...\n",
            URLS.replace("front", "Front.as_view()"),
            {"shop.views.Front": set()},
        ),
        (NINJA, "", {"shop.views.front": set()}),
    ],
)
def test_asynchronous_views(tmp_path: Path, views: str, urls: str, expected: dict[str, set[str]]) -> None:
    files = {**SHOP, "shop/views.py": views, "shop/urls.py": urls}
    found = async_views(project_program(write_project(tmp_path, files)))
    assert {view.name: set(view.non_atomic) for view in found} == expected


class TestAsyncUnderWsgi:
    @pytest.mark.parametrize(
        "files",
        [
            {},
            {"shop/wsgi.py": WSGI, "shop/asgi.py": ASGI},
            {"shop/wsgi.py": WSGI, "main.py": "import uvicorn\n\nuvicorn.run('x:y')\n"},
            {"shop/wsgi.py": WSGI, "run.sh": "gunicorn shop.wsgi\nuvicorn api:app\n"},
            {"shop/wsgi.py": WSGI, "tests/asgi.py": ASGI + "X = 1\n"},
            {"shop/wsgi.py": WSGI, "shop/settings.py": "ASGI_APPLICATION = 'shop.asgi.application'\n"},
            {"shop/wsgi.py": WSGI, "shop/urls.py": URLS.replace("front", "back")},
            {"shop/wsgi.py": WSGI, "shop/views.py": VIEWS.replace("async def front", "def front")},
        ],
    )
    def test_quiet(self, tmp_path: Path, files: Files) -> None:
        assert stack_codes(tmp_path, {**ROUTED, **files}) == []

    def test_the_finding_is_in_the_entry_module_where_no_command_is(self, tmp_path: Path) -> None:
        report = report_on(write_project(tmp_path, {**SHOP, **ROUTED, "shop/wsgi.py": WSGI}))
        (finding,) = [finding for finding in report.findings if finding.code == "DJA501"]
        assert (finding.location.path, finding.location.line) == ("shop/wsgi.py", 3)
        assert finding.confidence.value == "likely"
        assert [step.function for step in finding.chain] == ["shop.views.front"]

    @pytest.mark.parametrize("comment", ["# noqa: DJA501", "# async-audit: ignore[DJA501] legacy"])
    def test_comments_in_text_files_suppress(self, tmp_path: Path, comment: str) -> None:
        files: Files = {**SHOP, **ROUTED, "shop/wsgi.py": WSGI, "run.sh": f"gunicorn shop.wsgi  {comment}\n"}
        report = report_on(write_project(tmp_path, files))
        assert "DJA501" not in {finding.code for finding in report.findings}
        assert report.suppressed == 1


class TestMiddlewareHops:
    @pytest.mark.parametrize(
        "settings",
        [
            f"MIDDLEWARE = ['{SESSION}']\n",
            "MIDDLEWARE = []\n",
            "MIDDLEWARE = load()\n",
            "MIDDLEWARE = ['other.library.Middleware'] * 1\n",
            "MIDDLEWARE = ['a.b.C', 'd.e.F', 'g.h.I']\n",
            f"MIDDLEWARE = ['{SESSION}', 'shop.plain.Plain']\n",
        ],
    )
    def test_quiet(self, tmp_path: Path, settings: str) -> None:
        plain = "class Plain:\n    def __init__(self, get_response): ...\n"
        files: Files = {"shop/settings.py": settings, "shop/asgi.py": ASGI, "shop/plain.py": plain}
        assert stack_codes(tmp_path, files) == []

    @pytest.mark.parametrize(("entry", "expected"), [("shop/asgi.py", ["DJA502"]), ("shop/wsgi.py", [])])
    def test_it_matters_under_asgi_alone(self, tmp_path: Path, entry: str, expected: list[str]) -> None:
        settings = f"MIDDLEWARE = [{', '.join([repr(SESSION)] * 3)}]\n"
        content = ASGI if "asgi" in entry else WSGI
        assert stack_codes(tmp_path, {"shop/settings.py": settings, entry: content}) == expected


class TestWrongStreamIterator:
    @pytest.mark.parametrize(
        ("entry", "body", "expected"),
        [
            (ASGI, "def lines():\n    yield 'a'\n\n\nr = StreamingHttpResponse(lines())\n", ["DJA505"]),
            (ASGI, "def f():\n    return StreamingHttpResponse(x for x in 'ab')\n", ["DJA505"]),
            (ASGI, "def f():\n    def g():\n        yield 1\n\n    StreamingHttpResponse(g())\n", ["DJA505"]),
            (WSGI, "async def lines():\n    yield 'a'\n\n\nr = StreamingHttpResponse(lines())\n", ["DJA505"]),
            (WSGI, "def lines():\n    yield 'a'\n\n\nr = StreamingHttpResponse(lines())\n", []),
            (ASGI, "async def lines():\n    yield 'a'\n\n\nr = StreamingHttpResponse(lines())\n", []),
            (ASGI, "def lines():\n    return []\n\n\nr = StreamingHttpResponse(lines())\n", []),
            (ASGI, "@wrap\ndef lines():\n    yield 'a'\n\n\nr = StreamingHttpResponse(lines())\n", []),
            (ASGI, "def g():\n    yield 'a'\n\n\ndef f(g):\n    StreamingHttpResponse(g())\n", []),
        ],
    )  # fmt: skip
    def test_by_server(self, tmp_path: Path, entry: str, body: str, expected: list[str]) -> None:
        source = f"from django.http import StreamingHttpResponse\n\n\n{body}"
        name = "shop/asgi.py" if entry is ASGI else "shop/wsgi.py"
        assert stack_codes(tmp_path, {name: entry, "shop/views.py": source}) == expected


class TestAsyncGuardDisabled:
    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("shop/settings.py", "import os\n\nos.environ.setdefault('DJANGO_ALLOW_ASYNC_UNSAFE', 'true')\n"),
            ("shop/a.py", "from os import environ\n\nenviron['DJANGO_ALLOW_ASYNC_UNSAFE'] = '0'\n"),
            ("shop/a.py", "import os\n\n\ndef f():\n    os.environ.update(DJANGO_ALLOW_ASYNC_UNSAFE='1')\n"),
            (".env", "DJANGO_ALLOW_ASYNC_UNSAFE=true\n"),
            (".env.production", "export DJANGO_ALLOW_ASYNC_UNSAFE='1'\n"),
            ("Dockerfile", "FROM python\nENV DJANGO_ALLOW_ASYNC_UNSAFE=true\n"),
            ("Dockerfile", "FROM python\nENV DJANGO_ALLOW_ASYNC_UNSAFE true\n"),
            ("compose.yml", "services:\n  web:\n    environment:\n      DJANGO_ALLOW_ASYNC_UNSAFE: 'true'\n"),
            ("compose.yml", "services:\n  web:\n    environment:\n      - DJANGO_ALLOW_ASYNC_UNSAFE=1\n"),
            ("web.service", '[Service]\nEnvironment="DJANGO_ALLOW_ASYNC_UNSAFE=1"\n'),
            ("Procfile", "web: DJANGO_ALLOW_ASYNC_UNSAFE=true gunicorn shop.wsgi\n"),
        ],
    )  # fmt: skip
    def test_found(self, tmp_path: Path, name: str, content: str) -> None:
        report = report_on(write_project(tmp_path, {**SHOP, name: content}))
        (finding,) = [finding for finding in report.findings if finding.code == "DJA506"]
        assert finding.location.path == name
        assert "DJANGO_ALLOW_ASYNC_UNSAFE" in content.splitlines()[finding.location.line - 1]

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("tests/conftest.py", "import os\n\nos.environ['DJANGO_ALLOW_ASYNC_UNSAFE'] = 'true'\n"),
            ("shop/a.py", "import os\n\nvalue = os.environ.get('DJANGO_ALLOW_ASYNC_UNSAFE', 'true')\n"),
            ("shop/a.py", "settings = {}\nsettings['DJANGO_ALLOW_ASYNC_UNSAFE'] = 'true'\n"),
            ("shop/a.py", GUARDED),
            (".env", "# DJANGO_ALLOW_ASYNC_UNSAFE=true\n"),
            (".env", "DJANGO_ALLOW_ASYNC_UNSAFE=\n"),
            (".env.test", "DJANGO_ALLOW_ASYNC_UNSAFE=true\n"),
            ("Makefile", "check:\n\tDJANGO_ALLOW_ASYNC_UNSAFE=true pytest\n"),
            ("run.sh", "echo $DJANGO_ALLOW_ASYNC_UNSAFE\n"),
            ("compose.yml", "    environment:\n      - DJANGO_ALLOW_ASYNC_UNSAFE=${UNSAFE}\n"),
            ("compose.yml", "    environment:\n      - DJANGO_ALLOW_ASYNC_UNSAFE\n"),
        ],
    )  # fmt: skip
    def test_quiet(self, tmp_path: Path, name: str, content: str) -> None:
        assert stack_codes(tmp_path, {name: content}) == []


def test_a_path_is_scanned_without_the_findings_of_others(tmp_path: Path) -> None:
    root = write_project(tmp_path, {**SHOP, ".env": "DJANGO_ALLOW_ASYNC_UNSAFE=1\n"})
    assert codes_in(root) == ["DJA506"]
    assert report_on(root / "shop").findings == ()


def test_flake8_reports_what_sits_in_a_module_without_coroutines(tmp_path: Path) -> None:
    settings = "DATABASES = {'default': {'CONN_MAX_AGE': 60}}\n"
    files: Files = {**SHOP, "shop/settings.py": settings, "shop/asgi.py": ASGI, ".env": "A=1\n"}
    path = write_project(tmp_path, files) / "shop/settings.py"
    found = list(Plugin(ast.parse(settings), str(path)).run())
    assert [(line, text.split()[0]) for line, _, text, _ in found] == [(1, "DJA504")]
