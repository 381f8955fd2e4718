"""Rows of the catalogue that a project adds in its `pyproject.toml`, through the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from async_audit.config import OPTIONS
from async_audit.effects import libraries
from async_audit.row_forms import BLOCKING_KINDS, FORMS, QUERY_KINDS, SUSPENSION_KINDS
from tests.projects import SHOP, write_project


def scan(root: Path, rows: str, files: Mapping[str, str]) -> tuple[int, list[str], str]:
    """Exit status, lines and standard error of a scan of a project that says these rows."""
    write_project(root, {**SHOP, **files, "pyproject.toml": rows})
    command = [sys.executable, "-m", "async_audit", "scan", "--format", "concise"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


def found(root: Path, rows: str, files: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """File, line and code of each finding."""
    status, lines, errors = scan(root, rows, files)
    assert status in {0, 1}, errors
    assert errors == ""
    parts = [line.split(":", 3) for line in lines if ": DJA" in line]
    return [(path, int(line), text.split()[0]) for path, line, _, text in parts]


VIEWS = """\
    from acme import AsyncClient, Client, fetch

    from shop import tools


    async def library(request):
        return fetch(1)


    async def method(request):
        client = Client()
        return client.get("x")


    async def own(request):
        return tools.load()


    async def own_method(request):
        return tools.Loader().load()


    async def suspends(request):
        async_client = AsyncClient()
        return await async_client.get("x")
    """
TOOLS = """\
    import ctypes


    def load():
        return ctypes.CDLL("libacme.so").load()


    class Loader:
        def load(self):
            return ctypes.CDLL("libacme.so").load()
    """
BLOCKING = """\
    [[tool.async-audit.call]]
    names = ["acme.fetch"]
    effect = "blocks"
    kind = "http"
    twin = "acme.afetch"

    [[tool.async-audit.call]]
    names = ["shop.tools.load"]
    effect = "blocks"
    kind = "file"

    [[tool.async-audit.type]]
    names = ["acme.Client"]

    [[tool.async-audit.method]]
    of = "acme.Client"
    names = ["*"]
    effect = "blocks"
    kind = "client"

    [[tool.async-audit.method]]
    of = "shop.tools.Loader"
    names = ["load"]
    effect = "blocks"
    kind = "client"
    """


def test_without_rows_nothing_is_known(tmp_path: Path) -> None:
    files = {"shop/views.py": VIEWS, "shop/tools.py": TOOLS}
    codes = [code for _, _, code in found(tmp_path, "", files) if code.startswith("DJA2")]
    assert codes == []


def test_blocking_calls_of_a_library_and_of_the_project(tmp_path: Path) -> None:
    files = {"shop/views.py": VIEWS, "shop/tools.py": TOOLS}
    blocking = [entry for entry in found(tmp_path, BLOCKING, files) if entry[2].startswith("DJA2")]
    assert blocking == [
        ("shop/views.py", 7, "DJA202"),
        ("shop/views.py", 12, "DJA205"),
        ("shop/views.py", 16, "DJA204"),
        ("shop/views.py", 20, "DJA205"),
    ]


def test_the_twin_of_a_row_is_the_remedy(tmp_path: Path) -> None:
    _, lines, _ = scan(tmp_path, BLOCKING, {"shop/views.py": VIEWS, "shop/tools.py": TOOLS})
    assert any("`fetch` blocks on the event loop; use `acme.afetch`" in line for line in lines)


BRIDGES = """\
    from shop.models import Book
    from shop.threads import in_thread, run


    def count():
        return Book.objects.count()


    async def wrapped(request):
        return await in_thread(count)()


    async def run_at_once(request):
        return await run(count)


    async def direct(request):
        return count()
    """
THREADS = """\
    import acme

    in_thread = acme.threads.wrapper()


    def run(function):
        return acme.threads.submit(function())
    """
HOPS = """\
    [[tool.async-audit.special]]
    names = ["shop.threads.in_thread"]
    means = "hop"

    [[tool.async-audit.special]]
    names = ["shop.threads.run"]
    means = "hop-now"
    """


@pytest.mark.parametrize(("rows", "lines"), [("", [14, 18]), (HOPS, [18])])
def test_hop_wrappers(tmp_path: Path, rows: str, lines: list[int]) -> None:
    files = {"shop/views.py": BRIDGES, "shop/threads.py": THREADS}
    assert [line for _, line, code in found(tmp_path, rows, files) if code == "DJA110"] == lines


DECORATED = """\
    from acme import traced

    from shop.decorators import logged


    @traced
    async def library(request):
        return 1


    @logged
    async def own(request):
        return 1
    """
TRANSPARENT = """\
    [[tool.async-audit.wrapper]]
    names = ["acme.traced", "shop.decorators.logged"]
    coroutines_since = "{since}"
    """


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("", []),
        (TRANSPARENT.format(since="4.2"), ["DJA301", "DJA301"]),
        (TRANSPARENT.format(since="99.0"), ["DJA409", "DJA409"]),
    ],
)
def test_transparent_decorators(tmp_path: Path, rows: str, expected: list[str]) -> None:
    decorator = "from acme import wrapped\n\nlogged = wrapped(print)\n"
    files = {"shop/views.py": DECORATED, "shop/decorators.py": decorator}
    assert sorted(code for *_, code in found(tmp_path, rows, files)) == sorted(expected)


HANDLERS = """\
    class Handler:
        def __init_subclass__(cls):
            registered.append(cls)


    registered = []


    class Hello(Handler):
        async def handle(self, event):
            return event

        async def other(self, event):
            return event
    """
INTERFACE = """\
    [[tool.async-audit.interface]]
    names = ["shop.handlers.Handler"]
    methods = ["handle"]
    """


@pytest.mark.parametrize(("rows", "lines"), [("", [10, 13]), (INTERFACE, [13])])
def test_interface_bases(tmp_path: Path, rows: str, lines: list[int]) -> None:
    assert [line for _, line, _ in found(tmp_path, rows, {"shop/handlers.py": HANDLERS})] == lines


def test_asynchronous_libraries_give_a_gain(tmp_path: Path) -> None:
    rows = """\
        [[tool.async-audit.type]]
        names = ["acme.AsyncClient"]

        [[tool.async-audit.method]]
        of = "acme.AsyncClient"
        names = ["get"]
        effect = "suspends"
        kind = "network"
        """
    view = """\
        from acme import AsyncClient
        from django.urls import path


        async def suspends(request):
            return await AsyncClient().get("x")


        urlpatterns = [path("", suspends)]
        """
    for own, verdict in (("", "unknown"), (rows, "gains")):
        write_project(tmp_path, {**SHOP, "shop/urls.py": view, "pyproject.toml": own})
        command = [sys.executable, "-m", "async_audit", "verdicts"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert verdict in done.stdout, done.stdout + done.stderr


OWN = "[[tool.async-audit."
CALL = "[[tool.async-audit.call]]\nnames = ['acme.f']\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("[tool.async-audit.call]\nnames = []", "must be an array of tables"),
        (OWN + "call]]\neffect = 'blocks'", "row 1: the key 'names' is missing"),
        (
            CALL + "effects = 'x'",
            "there is no key 'effects'; it knows",
        ),
        (OWN + "call]]\nnames = 'acme.f'", "names must be a list of names, not 'acme.f'"),
        (OWN + "call]]\nnames = ['fetch']", "'fetch' has no module"),
        (OWN + "call]]\nnames = ['acme.f()']", "'acme.f()' is none"),
        (
            CALL + "effect = 'block'",
            "effect must be one of none, blocks",
        ),
        (
            CALL + "effect = 'blocks'",
            "needs a kind, one of sleep, http",
        ),
        (
            CALL + "effect = 'blocks'\nkind = 'htpp'",
            "kind must be one of sleep, http",
        ),
        (CALL + "kind = 'http'", "kind must be left out"),
        (
            CALL + "effect = 'suspends'\nawaitable = 'yes'",
            "awaitable must be true or false, not 'yes'",
        ),
        (
            OWN + "special]]\nnames = ['acme.f']\nmeans = 'thread'",
            "means must be one of hop, hop-now",
        ),
        (
            OWN + "wrapper]]\nnames = ['acme.f']\ncoroutines_since = '5'",
            "coroutines_since must be a Django version such as '4.2'",
        ),
        (OWN + "calls]]\nnames = ['acme.f']", "has no option 'calls'; it knows select"),
    ],
)
def test_a_malformed_row_is_refused(tmp_path: Path, row: str, message: str) -> None:
    status, _, errors = scan(tmp_path, row, {})
    assert status == 2
    assert message in errors
    assert "pyproject.toml: " in errors
    assert "Traceback" not in errors


def test_kinds_are_those_that_the_analysis_knows() -> None:
    assert {*BLOCKING_KINDS, *QUERY_KINDS} == set(libraries._KINDS)
    assert set(SUSPENSION_KINDS) == set(libraries._SUSPENSIONS)


def test_every_form_is_an_option_with_an_example() -> None:

    examples = {option.key: option.example for option in OPTIONS}
    assert all(f"{OWN}{table}]]" in examples[table] for table in FORMS)
