"""Run the coroutines of a fixture project under real Django and say what each did.

    python -m tests.oracle.drive bookshop [--only PATTERN] [--jobs 4]

Every `async def` at module or class level is called: views through Django's AsyncClient as a logged-in
user, the rest with arguments made from names and annotations, or in the way that ways.py holds. Each runs
twice, in a process and with a database of its own: as it is ("real"), and with Django's guard recording
instead of raising ("recording"), so that lines behind the first failure are seen too. The answer is JSON
on standard output.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import gc
import importlib
import json
import logging
import os
import selectors
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django
from asgiref.sync import SyncToAsync
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import SynchronousOnlyOperation
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import AsyncClient

from tests.oracle.absent import supply_missing_names
from tests.oracle.calls import Caller
from tests.oracle.functions import FIXTURES, Function, coroutine_lines, coroutines
from tests.oracle.recorder import Recorder, trace_of, watch_blocking_calls
from tests.oracle.stubs import start_stubs
from tests.oracle.ways import WAYS

MODES = ("real", "recording")
COLLECTED = ("queries", "blocks", "unawaited", "errors", "lines")
SECONDS = 20


class Driver:
    """Runs the functions of one project."""

    def __init__(self, project: str) -> None:
        self.root = FIXTURES / project
        self.ways = WAYS[project]
        self.coroutine_lines = coroutine_lines(self.root)
        self.work = Path(tempfile.mkdtemp(prefix="oracle-"))
        self.template = self.work / "template.sqlite3"
        self.stubs, ports = start_stubs()
        sys.path.insert(0, str(self.root))
        watch_blocking_calls()
        self.trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(self.root.rglob("*.py"))]
        self.configure(ports)
        supply_missing_names(self.trees)
        self.cookies = self.fill_database()
        self.preload()

    def configure(self, ports: dict[str, int]) -> None:
        """Set Django up with this project's settings, and with the stubs for services."""
        os.environ["DJANGO_SETTINGS_MODULE"] = self.ways.settings
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        addresses = {":8901": f":{ports['http']}", ":6399": f":{ports['redis']}"}
        for name in dir(settings):
            if name.isupper():
                setattr(settings, name, _readdressed(getattr(settings, name), addresses))
        settings.EMAIL_PORT = ports["smtp"]
        settings.LOGGING_CONFIG = None
        settings.MEDIA_ROOT = str(self.work / "media")
        for name in ("INVOICE_DIR", "EXPORT_DIR"):
            setattr(settings, name, self.work / name.lower())
            getattr(settings, name).mkdir()
        settings.DATABASES["default"]["NAME"] = str(self.template)
        django.setup()
        logging.disable(logging.CRITICAL)

    def fill_database(self) -> Any:
        """Make the database that each run copies; the cookies of a logged-in client come back."""
        call_command("migrate", run_syncdb=True, verbosity=0)
        call_command("seed", verbosity=0)
        client = AsyncClient()
        client.force_login(get_user_model().objects.order_by("pk").first())
        apps.get_model("contenttypes.ContentType").objects.clear_cache()
        if apps.is_installed("django.contrib.sites"):
            apps.get_model("sites.Site").objects.clear_cache()
        connections.close_all()
        return client.cookies

    def preload(self) -> None:
        """Import the URLs and the libraries that the project uses, so that no child has to."""
        importlib.import_module(settings.ROOT_URLCONF)
        for tree in self.trees:
            for node in tree.body:
                for name in _imported(node):
                    if not (self.root / name.split(".", maxsplit=1)[0]).exists():
                        importlib.import_module(name)

    def run(self, functions: list[Function], jobs: int) -> dict[str, Any]:
        """What the functions did, and what was seen at each line."""
        gc.collect()
        gc.freeze()
        waiting = [(function, mode) for function in functions for mode in MODES]
        seen: dict[str, set[tuple[Any, ...]]] = {name: set() for name in COLLECTED}
        running = selectors.DefaultSelector()
        while waiting or running.get_map():
            while waiting and len(running.get_map()) < jobs:
                function, mode = waiting.pop(0)
                reading, process = self.start(function, mode)
                running.register(reading, selectors.EVENT_READ, (function, mode, process, bytearray()))
            for key, _ in running.select():
                function, mode, process, received = key.data
                if part := os.read(key.fd, 1 << 16):
                    received += part
                    continue
                running.unregister(key.fd)
                os.close(key.fd)
                os.waitpid(process, 0)
                outcome = json.loads(received) if received else {"status": "died"}
                function.way = outcome.pop("way", "")
                for name, places in seen.items():
                    places.update(tuple(place) for place in outcome.get(name, ()))
                outcome.pop("lines", None)
                function.outcome[mode] = outcome
        return {
            "functions": {function.key: asdict(function) for function in functions},
            **{name: sorted(places, key=str) for name, places in seen.items()},
        }

    def start(self, function: Function, mode: str) -> tuple[int, int]:
        """Start a run; where its outcome can be read, and its process, come back."""
        reading, writing = os.pipe()
        process = os.fork()
        if process:
            os.close(writing)
            return reading, process
        os.close(reading)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        with os.fdopen(writing, "w") as pipe:
            json.dump(self.outcome(function, let_through=mode == "recording"), pipe)
        os._exit(0)

    def outcome(self, function: Function, *, let_through: bool) -> dict[str, Any]:
        """What the function does in this process."""
        database = self.work / f"{os.getpid()}.sqlite3"
        shutil.copyfile(self.template, database)
        connections.settings["default"]["NAME"] = str(database)
        recorder = Recorder(self.root, self.coroutine_lines, let_through=let_through)
        outcome: dict[str, Any] = {"status": "clean", "way": ""}
        signal.signal(signal.SIGALRM, _too_late)
        signal.alarm(SECONDS)
        threads = _threads_that_query()
        try:
            outcome["way"], call = Caller(self.ways, self.cookies).call_of(function)
            with recorder.watching():
                outcome |= _failure_of(call, recorder)
                del call
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs in the report
            outcome |= {"status": "not driven", "message": "".join(traceback.format_exception(error))[-1500:]}
        signal.alarm(0)
        database.unlink(missing_ok=True)
        own = {thread.ident for thread in SyncToAsync.single_thread_executor._threads}
        return outcome | {
            "foreign": bool(threads - own - {threading.get_ident()}),
            "queries": sorted(recorder.queries),
            "blocks": sorted(recorder.blocks),
            "unawaited": sorted(recorder.unawaited),
            "lines": sorted(recorder.lines),
        }

    def close(self) -> None:
        """Stop the stubs and clear away the databases."""
        os.kill(self.stubs, signal.SIGTERM)
        os.waitpid(self.stubs, 0)
        shutil.rmtree(self.work)


def _failure_of(call: Callable[[], Awaitable[Any]], recorder: Recorder) -> dict[str, Any]:
    """How the call fails: nothing where it does not."""

    async def limited() -> None:
        await asyncio.wait_for(call(), SECONDS - 5)

    try:
        asyncio.run(limited())
    except BaseException as raised:  # noqa: BLE001 - whatever it is belongs in the report
        error = raised.exceptions[0] if hasattr(raised, "exceptions") else raised
        place = recorder.place(trace_of(error)) or ("", 0)
        if isinstance(error, SynchronousOnlyOperation):
            return {"status": "raises", "place": place}
        chain = [error]
        while chain[-1].__context__ is not None:
            chain.append(chain[-1].__context__)
        messages = [f"{type(link).__name__}: {link}"[:300] for link in chain]
        places = [recorder.place(trace_of(link)) or ("", 0) for link in chain]
        errors = [(*where, message) for where, message in zip(places, messages, strict=True)]
        return {"status": "error", "place": place, "message": messages[0], "errors": errors}
    return {}


def _threads_that_query() -> set[int]:
    """A set that the threads join which open a connection."""
    threads: set[int] = set()
    ensure = BaseDatabaseWrapper.ensure_connection

    def ensure_connection(self: BaseDatabaseWrapper) -> None:
        if asyncio._get_running_loop() is None:
            threads.add(threading.get_ident())
        ensure(self)

    BaseDatabaseWrapper.ensure_connection = ensure_connection
    return threads


def _readdressed(value: Any, addresses: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _readdressed(item, addresses) for name, item in value.items()}
    if isinstance(value, str):
        for old, new in addresses.items():
            value = value.replace(old, new)
    return value


def _imported(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module else []
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def _too_late(*_: object) -> None:
    raise TimeoutError


def main() -> None:
    """Answer on standard output."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", choices=sorted(WAYS))
    parser.add_argument("--only", default="", help="a part of module:qualname")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    chosen = parser.parse_args()
    driver = Driver(chosen.project)
    try:
        functions = [function for function in coroutines(driver.root) if chosen.only in function.key]
        json.dump(driver.run(functions, chosen.jobs), sys.stdout)
    finally:
        driver.close()


if __name__ == "__main__":
    main()
