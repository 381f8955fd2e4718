"""The report says what stands around the views: who serves, the middleware chain, settings that matter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_audit.findings import MiddlewareHops, Stack
from async_audit.project.middleware import Capability, Middleware, fewest_hops, hops_by_entry
from tests.projects import SHOP, report_on, write_project

SETTINGS = """\
    import os

    INSTALLED_APPS = ["shop"]
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60, "ATOMIC_REQUESTS": True},
    }
    MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        "shop.middleware.Own",
        "elsewhere.middleware.Timing",
        "django.middleware.csrf.CsrfViewMiddleware",
    ]
"""
OWN = "class Own:\n    def __call__(self, request):\n        return self.get_response(request)\n"
TIMING = """\
    from elsewhere.base import Base


    class Timing(Base):
        async_capable = True

        def __call__(self, request):
            return self.get_response(request)
"""
ASGI = """\
    import os
    from django.core.asgi import get_asgi_application
    from channels.routing import ProtocolTypeRouter

    application = ProtocolTypeRouter({"websocket": consumers})
"""
WSGI = "from django.core.wsgi import get_wsgi_application\n\napplication = get_wsgi_application()\n"


def stack_of(root: Path, files: dict[str, str]) -> Stack:
    found = report_on(
        write_project(root, {**SHOP, "shop/settings.py": SETTINGS, "shop/middleware.py": OWN, **files})
    )
    assert found.stack is not None
    return found.stack


def test_two_stacks_are_told_apart(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {
            "shop/asgi.py": ASGI,
            "shop/wsgi.py": WSGI,
            "Procfile": "web: gunicorn shop.wsgi\nsockets: daphne shop.asgi:application\n",
        },
    )
    assert (stack.serves, stack.server, stack.websockets) == ("wsgi", "gunicorn", "asgi")
    assert stack.source is not None
    assert (stack.source.path, stack.source.line) == ("Procfile", 1)
    told = [(fact.about, fact.note, fact.location.path, fact.location.line) for fact in stack.facts]
    assert told[0] == (
        "serves ASGI",
        "`daphne` is started with `shop.asgi:application`, for websockets",
        "Procfile",
        2,
    )
    assert ("serves WSGI", "`gunicorn` is started with `shop.wsgi`", "Procfile", 1) in told


def test_settings_stand_with_their_place(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, {".env": "DJANGO_ALLOW_ASYNC_UNSAFE=1\n"})
    told = [(fact.about, fact.note, fact.location.path, fact.location.line) for fact in stack.facts]
    assert told == [
        ("ATOMIC_REQUESTS", "True for the database `default`", "shop/settings.py", 5),
        ("CONN_MAX_AGE", "60 for the database `default`", "shop/settings.py", 5),
        ("DJANGO_ALLOW_ASYNC_UNSAFE", "set", ".env", 1),
    ]


def test_the_chain_in_order_and_a_bound_where_an_entry_is_not_known(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, {})
    assert stack.middleware == (
        MiddlewareHops("django.middleware.security.SecurityMiddleware", "both", 0),
        MiddlewareHops("shop.middleware.Own", "sync", 1),
        MiddlewareHops("elsewhere.middleware.Timing", "unknown", 0),
        MiddlewareHops("django.middleware.csrf.CsrfViewMiddleware", "both", 3),
    )
    assert not stack.is_exact
    assert stack.hops == 2 + sum(entry.hops for entry in stack.middleware)


@pytest.mark.parametrize("folder", [".venv/lib/python3.11/site-packages", "venv/Lib/site-packages"])
def test_a_library_is_read_where_it_is_installed_beside_the_project(folder: str, tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        {
            f"{folder.partition('/')[0]}/pyvenv.cfg": "home = /usr/bin\n",
            f"{folder}/elsewhere/__init__.py": "",
            f"{folder}/elsewhere/base.py": "class Base:\n    sync_capable = True\n",
            f"{folder}/elsewhere/middleware.py": TIMING,
        },
    )
    assert stack.middleware[2] == MiddlewareHops("elsewhere.middleware.Timing", "both", 0)
    assert stack.is_exact


def test_a_folder_that_is_no_environment_is_not_read(tmp_path: Path) -> None:
    folder = ".venv/lib/python3.11/site-packages/elsewhere"
    stack = stack_of(tmp_path, {f"{folder}/__init__.py": "", f"{folder}/middleware.py": TIMING})
    assert stack.middleware[2].capability == "unknown"


def test_the_chain_of_test_settings_is_nobodys(tmp_path: Path) -> None:
    files = {
        "manage.py": "",
        "lib/__init__.py": "",
        "tests/settings.py": "MIDDLEWARE = ['django.middleware.csrf.CsrfViewMiddleware']\n",
    }
    found = report_on(write_project(tmp_path, files)).stack
    assert found is not None
    assert (found.middleware, found.is_exact) == ((), False)


def test_a_server_that_code_starts_is_named(tmp_path: Path) -> None:
    source = """\
        import uvicorn
        from django.core.asgi import get_asgi_application

        uvicorn.run(get_asgi_application())
        """
    stack = stack_of(tmp_path, {"shop/serve.py": source})
    assert (stack.serves, stack.server) == ("asgi", "uvicorn")


entries = st.builds(
    Middleware,
    name=st.just("m"),
    capability=st.sampled_from(Capability),
    hooks=st.sampled_from(
        [(), ("process_request",), ("process_request", "process_view", "process_response")]
    ),
    is_conditional=st.booleans(),
)


@given(st.lists(entries, max_size=7))
def test_the_hops_of_the_entries_are_those_of_the_chain(middleware: list[Middleware]) -> None:
    hops = hops_by_entry(middleware)
    assert sum(hops) == fewest_hops(middleware)
    assert all(count >= 0 for count in hops)
