"""The hops of a middleware chain are those that real Django makes."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from async_audit.catalogue.load import load
from async_audit.discovery import source_files
from async_audit.project.middleware import Capability, middleware_named
from async_audit.project.program import Program
from tests.projects import write_project

django = pytest.importorskip("django")

DEFAULTS = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

OWN = """\
    from asgiref.sync import iscoroutinefunction, markcoroutinefunction
    from django.utils import decorators
    from django.utils.decorators import async_only_middleware, sync_and_async_middleware
    from django.utils.deprecation import MiddlewareMixin


    class Plain:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            return self.get_response(request)


    def factory(get_response):
        def middleware(request):
            return get_response(request)

        return middleware


    @sync_and_async_middleware
    def both(get_response):
        if iscoroutinefunction(get_response):

            async def middleware(request):
                return await get_response(request)

        else:

            def middleware(request):
                return get_response(request)

        return middleware


    @async_only_middleware
    def only_async(get_response):
        async def middleware(request):
            return await get_response(request)

        return middleware


    @decorators.sync_only_middleware
    def only_sync(get_response):
        def middleware(request):
            return get_response(request)

        return middleware


    def marked(get_response):
        async def middleware(request):
            return await get_response(request)

        return middleware


    marked.sync_capable = False
    marked.async_capable = True


    class Native:
        sync_capable = True
        async_capable = True

        def __init__(self, get_response):
            self.get_response = get_response
            self.is_async = iscoroutinefunction(get_response)
            if self.is_async:
                markcoroutinefunction(self)

        def __call__(self, request):
            if self.is_async:
                return self.__acall__(request)
            return self.get_response(request)

        async def __acall__(self, request):
            return await self.get_response(request)


    class Hybrid(MiddlewareMixin):
        def process_request(self, request):
            return None


    class WithView(Hybrid):
        def process_view(self, request, view, args, kwargs):
            return None

        def process_response(self, request, response):
            return response


    class WithAsyncView(Hybrid):
        async def process_view(self, request, view, args, kwargs):
            return None


    class PlainWithView(Plain):
        def process_view(self, request, view, args, kwargs):
            return None


    class SyncMixin(MiddlewareMixin):
        async_capable = False

        def process_request(self, request):
            return None


    class OwnPath(Hybrid):
        async def __acall__(self, request):
            return await self.get_response(request)
    """
NAMES = {
    "Plain": Capability.SYNC_ONLY,
    "factory": Capability.SYNC_ONLY,
    "both": Capability.NATIVE,
    "only_async": Capability.ASYNC_ONLY,
    "only_sync": Capability.SYNC_ONLY,
    "marked": Capability.ASYNC_ONLY,
    "Native": Capability.NATIVE,
    "Hybrid": Capability.HYBRID,
    "WithView": Capability.HYBRID,
    "WithAsyncView": Capability.HYBRID,
    "PlainWithView": Capability.SYNC_ONLY,
    "SyncMixin": Capability.SYNC_ONLY,
    "OwnPath": Capability.NATIVE,
}


def shipped() -> list[str]:
    """Django's own middleware that the running version has and that needs no other setting."""
    needs_more = ("cache", "flatpages", "redirects", "sites", "LocaleMiddleware", "Required", "csp", "XView")
    return [
        name
        for name, rows in load().middleware.items()
        if name.startswith("django.")
        and not any(part in name for part in needs_more)
        and any(row.since <= django.VERSION[:2] <= row.until for row in rows)
    ]


def chains() -> list[list[str]]:
    own = [f"own.{name}" for name in NAMES]
    known = [
        [],
        DEFAULTS,
        [*DEFAULTS, "own.Plain"],
        [*DEFAULTS[:4], "own.Plain", *DEFAULTS[4:]],
        ["own.Plain", *DEFAULTS],
    ]
    pairs = [list(pair) for pair in itertools.permutations(own, 2)]
    shuffled = random.Random(7)  # noqa: S311 - chains to try, no secret
    longer = [shuffled.sample([*own, *DEFAULTS], 7) for _ in range(60)]
    with_session = [
        [DEFAULTS[1], DEFAULTS[4], *[name for name in chain if name not in DEFAULTS[1:6]]] for chain in longer
    ]
    each = [[DEFAULTS[1], DEFAULTS[4], name] for name in shipped() if name not in (DEFAULTS[1], DEFAULTS[4])]
    return [*known, *pairs, *with_session, *each]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"own.py": OWN, "settings.py": "MIDDLEWARE = []\n", "manage.py": ""}
    return write_project(tmp_path_factory.mktemp("hops"), files)


@pytest.fixture(scope="module")
def program(project: Path) -> Program:
    return Program(source_files(project), load(), django.VERSION[:2])


def test_capabilities_are_read_from_the_source(program: Program) -> None:
    found = {name: middleware_named(program, "settings.py", f"own.{name}").capability for name in NAMES}
    assert found == NAMES


def test_hops_are_those_of_django(project: Path, program: Program) -> None:
    from async_audit.project.middleware import fewest_hops  # noqa: PLC0415

    tried = chains()
    answer = subprocess.run(
        [sys.executable, "-m", "tests.oracle.hops", str(project)],
        input=json.dumps(tried),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert answer.returncode == 0, answer.stderr
    real = json.loads(answer.stdout)
    believed = [
        fewest_hops([middleware_named(program, "settings.py", name) for name in chain]) for chain in tried
    ]
    wrong = [
        f"{chain}: {ours}, not {theirs}"
        for chain, ours, theirs in zip(tried, believed, real, strict=True)
        if ours != theirs
    ]
    assert not wrong, "\n".join(wrong)
    assert real[:5] == [0, 13, 2, 6, 14]


def test_hooks_of_the_catalogue_are_those_of_django() -> None:
    names = [
        name
        for name, rows in load().middleware.items()
        if name.startswith("django.") and any(row.since <= django.VERSION[:2] <= row.until for row in rows)
    ]
    code = """
import importlib, json, sys
from django.conf import settings
apps = ("auth", "contenttypes", "sites", "flatpages", "redirects", "sessions")
settings.configure(INSTALLED_APPS=[f"django.contrib.{app}" for app in apps])
import django
django.setup()
from django.utils.deprecation import MiddlewareMixin
hooks = ("process_request", "process_response", "process_view")
def read(name):
    module, _, cls = name.rpartition(".")
    found = getattr(importlib.import_module(module), cls)
    native = not issubclass(found, MiddlewareMixin)
    return [found.sync_capable, found.async_capable, native, [h for h in hooks if hasattr(found, h)]]
print(json.dumps({name: read(name) for name in json.load(sys.stdin)}))
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(names), capture_output=True, text=True, check=True
    )
    for name, (sync, asynchronous, native, hooks) in json.loads(answer.stdout).items():
        (row,) = [r for r in load().middleware[name] if r.since <= django.VERSION[:2] <= r.until]
        assert sync, name
        assert asynchronous, name
        assert row.native == native, name
        if not native:
            assert set(row.hooks) == set(hooks), name
