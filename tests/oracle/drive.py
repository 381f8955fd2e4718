"""Run the coroutines of a fixture project under real Django and say what each did.

    python drive.py bookshop [--only PATTERN] [--jobs 4]

Every `async def` at module or class level is called: views through Django's AsyncClient as a logged-in user, the rest with
arguments made from parameter names and annotations, or in the way registered in ways.py. Each runs twice, in a process and
with a database of its own: once as it is, and once with Django's guard recording instead of raising, so that
lines behind the first failure are seen too. The answer is JSON on standard output.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import gc
import importlib
import inspect
import json
import os
import selectors
import shutil
import signal
import sys
import tempfile
import traceback
import typing
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "fixtures"
sys.path.insert(0, str(HERE))

from recorder import Recorder, trace  # noqa: E402
from stubs import start_stubs  # noqa: E402

HTTP_METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


@dataclass
class Function:
    """One coroutine of the project, and what it did."""

    path: str
    qualname: str
    first: int
    last: int
    line: int
    heads: list[int] = field(default_factory=list)
    way: str = ""
    outcome: dict = field(default_factory=dict)

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def key(self) -> str:
        return f"{self.module}:{self.qualname}"


def coroutines(root: Path) -> list[Function]:
    """Return the coroutines at module and class level."""
    found = []

    def visit(node: ast.AST, path: str, prefix: str, heads: list[int]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.AsyncFunctionDef):
                if is_stub(child):
                    continue
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                found.append(Function(path, prefix + child.name, first, child.end_lineno or child.lineno, child.lineno, heads))
            elif isinstance(child, ast.ClassDef):
                first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
                visit(child, path, f"{prefix}{child.name}.", [*range(first, child.lineno + 1)])
            elif isinstance(child, (ast.If, ast.Try, ast.With)):
                visit(child, path, prefix, heads)

    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root).as_posix()
        if "/migrations/" not in relative and not relative.endswith(("asgi.py", "wsgi.py")):
            visit(ast.parse(path.read_text()), relative, "", [])
    return found


def coroutine_lines(root: Path) -> set[tuple[str, int]]:
    """Return each (path, line) inside a coroutine."""
    found = set()
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef):
                found.update((path.relative_to(root).as_posix(), line) for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def is_stub(function: ast.AsyncFunctionDef) -> bool:
    """Tell whether there is no coroutine to run: an overload, an abstract method, a body of dots or of NotImplementedError."""
    if any(isinstance(decorator, ast.Name) and decorator.id in ("overload", "abstractmethod", "async_to_sync") for decorator in function.decorator_list):
        return True
    body = [statement for statement in function.body if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))]
    return all(isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement) for statement in body)


class Driver:
    """Calls the functions of one project."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.root = FIXTURES / project
        sys.path.insert(0, str(self.root))
        self.coroutine_lines = coroutine_lines(self.root)
        self.stub_process, ports = start_stubs()
        self.work = Path(tempfile.mkdtemp(prefix="oracle-"))
        Recorder.patch_blocking()
        self.set_up_django(ports)
        import ways

        self.ways = ways.WAYS.get(project, {})
        self.values = ways.VALUES["*"] | ways.VALUES.get(project, {})
        self.form = ways.FORM.get(project, {})
        self.wanted_methods = ways.METHODS.get(project, {})
        self.permitted = ways.PERMITTED.get(project, set())

    def set_up_django(self, ports: dict[str, int]) -> None:
        import ways

        os.environ["DJANGO_SETTINGS_MODULE"] = ways.SETTINGS[self.project]
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        from django.conf import settings

        addresses = {":8901": f":{ports['http']}", ":6399": f":{ports['redis']}"}

        def readdress(value):
            if isinstance(value, str):
                for old, new in addresses.items():
                    value = value.replace(old, new)
            elif isinstance(value, dict):
                value = {name: readdress(item) for name, item in value.items()}
            return value

        for name in dir(settings):
            if name.isupper() and isinstance(getattr(settings, name), (str, dict)):
                setattr(settings, name, readdress(getattr(settings, name)))
        settings.EMAIL_PORT = ports["smtp"]
        settings.LOGGING_CONFIG = None
        settings.MEDIA_ROOT = str(self.work / "media")
        for name in ("INVOICE_DIR", "EXPORT_DIR"):
            if hasattr(settings, name):
                setattr(settings, name, self.work / name.lower())
                getattr(settings, name).mkdir()
        self.template = self.work / "template.sqlite3"
        settings.DATABASES["default"]["NAME"] = str(self.template)
        import django

        django.setup()
        import logging

        logging.disable(logging.CRITICAL)
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", run_syncdb=True, verbosity=0)
        call_command("seed", verbosity=0)
        from django.contrib.auth import get_user_model
        from django.test import AsyncClient

        client = AsyncClient()
        client.force_login(get_user_model().objects.order_by("pk").first())
        self.cookies = client.cookies
        clear_caches()
        connections.close_all()

    def preload(self) -> None:
        """Import the URLs and the libraries that the project uses, so that no child has to."""
        from django.conf import settings

        importlib.import_module(settings.ROOT_URLCONF)
        for path in self.root.rglob("*.py"):
            for node in ast.parse(path.read_text()).body:
                names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in getattr(node, "names", ())]
                for name in names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
                    if name and not (self.root / name.split(".")[0]).exists():
                        importlib.import_module(name)

    def run(self, functions: list[Function], jobs: int) -> dict:
        """Run all functions in both modes, each in a child process."""
        self.preload()
        gc.collect()
        gc.freeze()
        waiting = [(function, mode) for function in functions for mode in ("real", "recording")]
        selector = selectors.DefaultSelector()
        merged: dict[str, set] = {name: set() for name in ("queries", "blocks", "unawaited", "errors", "lines")}
        while waiting or selector.get_map():
            while waiting and len(selector.get_map()) < jobs:
                function, mode = waiting.pop(0)
                reading, writing = os.pipe()
                pid = os.fork()
                if pid == 0:
                    os.close(reading)
                    result = self.child(function, mode)
                    with os.fdopen(writing, "w") as pipe:
                        json.dump(result, pipe)
                    os._exit(0)
                os.close(writing)
                selector.register(reading, selectors.EVENT_READ, (function, mode, pid, bytearray()))
            for key, _ in selector.select():
                function, mode, pid, received = key.data
                if part := os.read(key.fd, 1 << 16):
                    received += part
                    continue
                selector.unregister(key.fd)
                os.close(key.fd)
                os.waitpid(pid, 0)
                result = json.loads(received) if received else {"status": "died", "way": ""}
                function.way = result.pop("way")
                for name, collected in merged.items():
                    collected.update(tuple(entry) for entry in result.get(name, ()))
                result.pop("lines", None)
                function.outcome[mode] = result
        os.kill(self.stub_process, signal.SIGTERM)
        os.waitpid(self.stub_process, 0)
        shutil.rmtree(self.work)
        return {
            "project": self.project,
            "functions": {function.key: asdict(function) for function in functions},
            **{name: sorted(collected, key=str) for name, collected in merged.items()},
        }

    def child(self, function: Function, mode: str) -> dict:
        """Run one function in this process."""
        database = self.work / f"{os.getpid()}.sqlite3"
        shutil.copyfile(self.template, database)
        from django.db import connections

        connections.settings["default"]["NAME"] = str(database)
        if "default" in dir(connections._connections):
            connections["default"].settings_dict["NAME"] = str(database)
        recorder = Recorder(self.root, self.coroutine_lines, let_through=mode == "recording")
        result: dict = {"status": "clean", "way": "", "errors": []}

        def too_long(*_: object) -> None:
            raise TimeoutError

        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(20)
        error: BaseException | None = None
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        if not os.environ.get("ORACLE_VERBOSE"):
            os.dup2(null, 2)
        threads: set[int] = set()
        try:
            call = self.prepare(function, result)
            watch_threads(threads)
            with recorder.watching():
                try:
                    asyncio.run(limited(call))
                except BaseException as raised:
                    error = raised
                    del raised
                if error is not None:
                    result |= self.failure(error, recorder)
                    error = None
                del call
        except BaseException as raised:
            result |= {"status": "not driven", "message": "".join(traceback.format_exception(raised))[-1500:]}
        signal.alarm(0)
        database.unlink(missing_ok=True)
        result["foreign"] = foreign(threads)
        return result | {
            "queries": sorted(set(recorder.queries)),
            "blocks": sorted(set(recorder.blocks)),
            "unawaited": sorted(set(recorder.unawaited)),
            "lines": sorted(recorder.lines),
        }

    def failure(self, error: BaseException, recorder: Recorder) -> dict:
        from django.core.exceptions import SynchronousOnlyOperation

        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        place = recorder.place(trace(error)) or ("", 0)
        if isinstance(error, SynchronousOnlyOperation):
            return {"status": "raises", "place": place}
        message = f"{type(error).__name__}: {error}"[:300]
        chain = [error]
        while chain[-1].__context__ is not None:
            chain.append(chain[-1].__context__)
        errors = [(*(recorder.place(trace(link)) or ("", 0)), f"{type(link).__name__}: {link}"[:300]) for link in chain]
        return {"status": "error", "place": place, "message": message, "errors": errors}

    def prepare(self, function: Function, result: dict):
        """Return a function that makes the coroutine to run; database access for the arguments happens here."""
        if way := self.ways.get(function.key):
            result["way"] = "registered"
            return way(self)
        module = importlib.import_module(function.module)
        owner, name = module, function.qualname
        while "." in name:
            part, name = name.split(".", 1)
            owner = getattr(owner, part)
        target = getattr(owner, name)
        if inspect.isclass(owner):
            from django.views import View

            if issubclass(owner, View):
                if name in HTTP_METHODS:
                    result["way"] = "view"
                    kwargs = self.keywords(owner.__dict__[name], skip=2)
                    return lambda: self.request(owner.as_view(), name, kwargs)
                result["way"] = "view"
                method = next((verb for verb in sorted(HTTP_METHODS) if getattr(owner, verb, None) is not None and verb != "options"), "get")
                kwargs = self.keywords(getattr(owner, method), skip=2)
                return lambda: self.request(owner.as_view(), method, kwargs)
            if "request" in inspect.signature(owner).parameters:
                result["way"] = "view"
                return lambda: self.request(self.around(owner, name), "get", {})
            if isinstance(inspect.getattr_static(owner, name), (staticmethod, classmethod)):
                bound = target
            else:
                bound = getattr(self.instance(owner), name)
            if next(iter(inspect.signature(bound).parameters), "") == "request":
                result["way"] = "view"
                kwargs = self.keywords(bound, skip=1)
                method = self.wanted_methods.get(function.key, "get")
                return lambda: self.request(bound, method, kwargs)
        else:
            bound = target
        parameters = list(inspect.signature(bound).parameters)
        if parameters[:1] == ["request"]:
            result["way"] = "view"
            kwargs = self.keywords(bound, skip=1)
            method = self.wanted_methods.get(function.key, "get")
            return lambda: self.request(bound, method, kwargs)
        result["way"] = "call"
        if parameters[:2] == ["self", "request"]:
            raise TypeError("a method of a class that has no instance")
        kwargs = self.keywords(bound, skip=0)

        async def call():
            ready = {name: await value() if inspect.iscoroutinefunction(value) else value for name, value in kwargs.items()}
            called = bound(**ready)
            if inspect.isasyncgen(called):
                return [item async for item in called]
            if hasattr(called, "__aenter__") and not inspect.isawaitable(called):
                async with called as entered:
                    return entered
            return await called if inspect.isawaitable(called) else called

        return call

    def around(self, owner: type, name: str):
        """Return a view that makes an instance with its request and calls the method."""
        kwargs = self.keywords(owner, skip=1)

        async def view(request):
            from django.http import HttpResponse

            return HttpResponse(str(await getattr(owner(request, **kwargs), name)()))

        return view

    def keywords(self, function: object, skip: int) -> dict:
        """Return a value for each parameter that needs one."""
        signature = inspect.signature(function)
        try:
            hints = typing.get_type_hints(inspect.unwrap(function) if callable(function) else function)
        except Exception:
            hints = {}
        found = {}
        for index, (name, parameter) in enumerate(signature.parameters.items()):
            if index < skip or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if parameter.default is not parameter.empty:
                continue
            found[name] = self.value(name, hints.get(name))
        return found

    def value(self, name: str, hint: object) -> object:
        from django.db.models import Model

        arguments = [part for part in typing.get_args(hint) if part is not type(None)]
        origin = typing.get_origin(hint)
        if origin in (typing.Union, getattr(__import__("types"), "UnionType")) and arguments:
            hint, origin, arguments = arguments[0], typing.get_origin(arguments[0]), list(typing.get_args(arguments[0]))
        if inspect.isclass(hint) and issubclass(hint, Model):
            return hint._default_manager.order_by("pk").first()
        if origin in (list, tuple) or str(origin).startswith("<class 'collections.abc"):
            if arguments and inspect.isclass(arguments[0]) and issubclass(arguments[0], Model):
                return list(arguments[0]._default_manager.order_by("pk"))
        if name in self.values:
            value = self.values[name]
            return value() if callable(value) and not inspect.iscoroutinefunction(value) and (value in (list, dict) or not inspect.isclass(value)) else value
        if inspect.isclass(hint) and hint.__module__.split(".")[0] not in ("builtins", "typing", "collections", "django"):
            return self.instance(hint)
        return {int: 1, str: "x", bool: True, float: 1.0}.get(hint, 1)

    def instance(self, owner: type) -> object:
        from django.db.models import Model, QuerySet

        if issubclass(owner, Model):
            return owner._default_manager.order_by("pk").first()
        if issubclass(owner, QuerySet):
            from django.apps import apps

            for model in apps.get_models():
                for manager in model._meta.managers:
                    queryset = manager.get_queryset()
                    if isinstance(queryset, owner):
                        return queryset
        return owner(**self.keywords(owner, skip=0))

    async def request(self, view, method: str, kwargs: dict):
        """Send a request through the whole stack."""
        import types

        from django.conf import settings
        from django.test import AsyncClient
        from django.urls import clear_url_caches, path, set_urlconf

        real = importlib.import_module(settings.ROOT_URLCONF)
        urls = types.ModuleType("oracle_urls")
        urls.urlpatterns = [path("__oracle__/", view, kwargs), *real.urlpatterns]
        sys.modules["oracle_urls"] = urls
        settings.ROOT_URLCONF = "oracle_urls"
        clear_url_caches()
        set_urlconf(None)
        client = AsyncClient()
        client.cookies = self.cookies
        arguments = {} if method == "options" else {"data": self.form} if method in ("get", "post", "head") else {}
        response = await getattr(client, method)("/__oracle__/", **arguments)
        if response.streaming:
            if response.is_async:
                return [part async for part in response.streaming_content]
        return response


def clear_caches() -> None:
    """Forget what setting up the database left in Django's process-wide caches."""
    from django.apps import apps
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.clear_cache()
    if apps.is_installed("django.contrib.sites"):
        apps.get_model("sites.Site").objects.clear_cache()


async def limited(call):
    return await asyncio.wait_for(call(), 15)


def watch_threads(threads: set[int]) -> None:
    """Collect the threads that run queries."""
    import threading

    from django.db.backends.base.base import BaseDatabaseWrapper

    original = BaseDatabaseWrapper.ensure_connection

    def ensure_connection(self):
        if asyncio._get_running_loop() is None:
            threads.add(threading.get_ident())
        return original(self)

    BaseDatabaseWrapper.ensure_connection = ensure_connection


def foreign(threads: set[int]) -> bool:
    """Tell whether a query ran in a thread that is neither the loop's nor the one of sync_to_async."""
    import threading

    from asgiref.sync import SyncToAsync

    own = {thread.ident for thread in SyncToAsync.single_thread_executor._threads}
    return bool(threads - own - {threading.get_ident()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project")
    parser.add_argument("--only", default="", help="part of module:qualname")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    chosen = parser.parse_args()
    driver = Driver(chosen.project)
    functions = [function for function in coroutines(driver.root) if chosen.only in function.key]
    json.dump(driver.run(functions, chosen.jobs), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
