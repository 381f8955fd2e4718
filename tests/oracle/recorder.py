"""Watch what happens on the event loop: database access, blocking calls, coroutines that nobody awaits."""

from __future__ import annotations

import asyncio
import gc
import importlib
import re
import sys
import threading
import traceback
import warnings
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType

COROUTINE = 0x80 | 0x200
# Files whose own reading of the disk is part of loading code, templates or translations, not of the coroutine's work.
LOADERS = (
    "<frozen importlib", "django/template/", "linecache.py", "traceback.py", "gettext.py", "zoneinfo", "mimetypes.py", "certifi/",
    "httpx/_config.py", "logging/__init__.py", "inspect.py", "django/utils/translation", "django/utils/autoreload", "importlib/",
    "asyncio/unix_events.py", "asyncio/subprocess.py", "asyncio/base_subprocess.py", "tests/oracle/", "ssl.py", "warnings.py", "pathlib_abc",
    "unittest/", "django/test/", "httpx/_transports/default.py", "httpx/_client.py", "_strptime.py", "concurrent/futures/thread.py", "locale.py",
)  # fmt: skip
FILES = ("open", "os.", "io.", "threading.", "queue.", "subprocess.")
AUDITED = {
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "os.utime", "os.chmod", "os.symlink",
    "os.link", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.putenv_", "shutil.copyfile", "shutil.rmtree",
    "shutil.move", "shutil.copytree", "sqlite3.connect", "socket.getaddrinfo", "socket.gethostbyname", "smtplib.connect", "urllib.Request",
    "ftplib.connect", "imaplib.open", "poplib.connect", "time.sleep", "tempfile.mkstemp", "tempfile.mkdtemp", "glob.glob", "http.client.connect",
}  # fmt: skip
EXTRA = (
    "hashlib.pbkdf2_hmac", "hashlib.scrypt", "threading.Thread.join", "threading.Event.wait", "threading.Condition.wait", "queue.Queue.get",
    "queue.Queue.put", "threading.Semaphore.acquire", "threading.Barrier.wait", "concurrent.futures._base.Future.result",
    "concurrent.futures.wait", "concurrent.futures._base.Executor.map", "multiprocessing.process.BaseProcess.join", "os.popen", "os.waitpid",
    "os.wait", "os.path.getsize", "multiprocessing.pool.Pool.map", "multiprocessing.queues.Queue.get",
)  # fmt: skip


class Recorder:
    """Collects (file, line, what) of one run."""

    current: Recorder | None = None

    def __init__(self, root: Path, coroutine_lines: set[tuple[str, int]], *, let_through: bool) -> None:
        self.root = str(root) + "/"
        self.let_through = let_through
        self.coroutine_lines = coroutine_lines
        self.queries: list[tuple[str, int, str]] = []
        self.blocks: list[tuple[str, int, str]] = []
        self.unawaited: list[tuple[str, int, str]] = []
        self.foreign: list[str] = []
        self.lines: set[tuple[str, int]] = set()
        self.active = False
        self.loop_thread = threading.get_ident()

    def in_project(self, filename: str) -> bool:
        return filename.startswith(self.root)

    def place(self, frames: list[tuple[CodeType, int]]) -> tuple[str, int] | None:
        """Return where a finding belongs, given the frames from the innermost outwards.

        That is the innermost line inside the source of the innermost project coroutine.
        """
        project = [(code, line) for code, line in frames if self.in_project(code.co_filename)]
        for index, (code, line) in enumerate(project):
            if code.co_flags & COROUTINE:
                first = code.co_firstlineno
                last = max((entry[2] for entry in code.co_lines() if entry[2]), default=first)
                last = max([last, *(inner_last(inner) for inner in code.co_consts if isinstance(inner, CodeType))])
                for inner, inner_line in project[:index]:
                    if inner.co_filename == code.co_filename and first <= inner_line <= last and first <= inner.co_firstlineno:
                        return self.relative(code.co_filename), inner_line
                return self.relative(code.co_filename), line
        return (self.relative(project[0][0].co_filename), project[0][1]) if project else None

    def relative(self, filename: str) -> str:
        return filename.removeprefix(self.root)

    def on_query(self) -> object:
        """Stand in for `get_running_loop` inside Django's guard."""
        loop = asyncio.get_running_loop()
        if self.active and (place := self.place(stack(sys._getframe(1)))):
            self.queries.append((*place, "query"))
        if self.let_through and self.active:
            raise RuntimeError
        return loop

    def on_block(self, what: str, frame: FrameType) -> None:
        if not self.active or threading.get_ident() != self.loop_thread:
            return
        frames = stack(frame)
        for code, _ in frames:
            if what.startswith(FILES) and any(name in code.co_filename for name in LOADERS):
                return
            if "tests/oracle/" in code.co_filename or "django/test/" in code.co_filename:
                return
            if self.in_project(code.co_filename):
                break
        if place := self.place(frames):
            self.blocks.append((*place, what))

    def on_audit(self, event: str, args: tuple) -> None:
        if self.active and event in AUDITED and threading.get_ident() == self.loop_thread and running():
            frame = sys._getframe(1)
            if event == "open" and not isinstance(args[0], (str, bytes)) and not hasattr(args[0], "__fspath__"):
                return
            if any("django/db/backends" in code.co_filename for code, _ in stack(frame)):
                return
            self.on_block(event, frame)

    def on_start(self, code: CodeType, offset: int) -> object:
        if self.in_project(code.co_filename):
            sys.monitoring.set_local_events(sys.monitoring.PROFILER_ID, code, sys.monitoring.events.LINE)
        return sys.monitoring.DISABLE

    def on_line(self, code: CodeType, line: int) -> object:
        self.lines.add((self.relative(code.co_filename), line))
        return sys.monitoring.DISABLE

    @contextmanager
    def watching(self):
        """Record while the block runs."""
        import django.utils.asyncio as guard

        guard.get_running_loop = self.on_query
        sys.addaudithook(self.on_audit)
        Recorder.current = self
        sys.set_coroutine_origin_tracking_depth(30)
        monitoring = sys.monitoring
        monitoring.use_tool_id(monitoring.PROFILER_ID, "oracle")
        monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.LINE, self.on_line)
        monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.PY_START, self.on_start)
        monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.PY_START)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.active = True
            try:
                yield
            finally:
                gc.collect()
                self.active = False
                self.read_warnings(caught)

    def read_warnings(self, caught: list[warnings.WarningMessage]) -> None:
        for warning in caught:
            text = str(warning.message)
            if "was never awaited" in text:
                places = re.findall(r'File "([^"]+)", line (\d+)', text)
                ours = [(self.relative(name), int(line)) for name, line in places if self.in_project(name)]
                inside = [place for place in ours if place in self.coroutine_lines]
                self.unawaited.append((*(inside or ours or [("", 0)])[-1], text.splitlines()[0]))

    @staticmethod
    def patch_blocking() -> None:
        """Wrap blocking functions; has to happen before the project imports them by name."""
        import blockbuster.blockbuster as blockbuster

        def wrap(modules, excluded, func, name, can_block_functions, can_block_predicate):
            def wrapper(*args, **kwargs):
                self = Recorder.current
                if self and self.active and threading.get_ident() == self.loop_thread and running():
                    self.active = False
                    try:
                        free = can_block_predicate(*args, **kwargs)
                    finally:
                        self.active = True
                    frame = sys._getframe(1)
                    here = stack(frame)
                    skipped = any(
                        code.co_filename.endswith(file) and code.co_name in functions
                        for code, _ in here
                        for file, functions in can_block_functions
                    ) or (name.startswith("sqlite3") and any("django/db/" in code.co_filename for code, _ in here))
                    if not free and not skipped and not (name == "os.stat" and "posixpath" in here[0][0].co_filename):
                        self.on_block(name, frame)
                return func(*args, **kwargs)

            return wrapper

        blockbuster._wrap_blocking = wrap
        buster = blockbuster.BlockBuster()
        # Metadata calls are no findings of their own.
        for name in ("os.stat", "os.getcwd", "os.access", "os.path.abspath", "os.path.islink", "os.path.ismount", "os.readlink"):
            buster.functions.pop(name, None)
        buster.activate()
        for dotted in EXTRA:
            Recorder.patch_extra(dotted)

        threading.Lock, threading.RLock = recording(threading.Lock), recording(threading.RLock)

    @staticmethod
    def patch_extra(dotted: str) -> None:
        parts = dotted.split(".")
        for size in range(len(parts) - 1, 0, -1):
            try:
                owner = importlib.import_module(".".join(parts[:size]))
            except ImportError:
                continue
            break
        for part in parts[size:-1]:
            owner = getattr(owner, part)
        original = getattr(owner, parts[-1])

        def wrapper(*args, **kwargs):
            self = Recorder.current
            if self and self.active and threading.get_ident() == self.loop_thread and running():
                frame = sys._getframe(1)
                if not self.harmless(dotted, args, kwargs) and frame.f_code.co_name != "start":
                    self.on_block(dotted, frame)
            return original(*args, **kwargs)

        setattr(owner, parts[-1], wrapper)

    @staticmethod
    def harmless(dotted: str, args: tuple, kwargs: dict) -> bool:
        if dotted.startswith("queue."):
            block = kwargs.get("block", (args[-1] if len(args) > (1 if dotted.endswith("get") else 2) else True))
            return not block
        if dotted.endswith("Future.result"):
            return args[0].done()
        if dotted.endswith("Event.wait"):
            return args[0].is_set()
        return False


class RecordingLock:
    """A lock that tells the recorder when somebody may have to wait for it."""

    def __init__(self, lock: object) -> None:
        self.lock = lock

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        recorder = Recorder.current
        if blocking and recorder and running():
            frame = sys._getframe(1)
            recorder.on_block("lock", frame.f_back if frame.f_code.co_filename == __file__ else frame)
        return self.lock.acquire(blocking, timeout)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *error: object) -> None:
        self.lock.release()

    def __getattr__(self, name: str) -> object:
        return getattr(self.lock, name)


def recording(make):
    """Return a maker of locks that record when the fixtures make them."""

    def factory():
        lock = make()
        return RecordingLock(lock) if "/fixtures/" in sys._getframe(1).f_code.co_filename else lock

    return factory


def running() -> bool:
    return asyncio._get_running_loop() is not None


def inner_last(code: CodeType) -> int:
    own = max((entry[2] for entry in code.co_lines() if entry[2]), default=code.co_firstlineno)
    return max([own, *(inner_last(inner) for inner in code.co_consts if isinstance(inner, CodeType))])


def stack(frame: FrameType | None) -> list[tuple[CodeType, int]]:
    """Return the frames from the innermost outwards."""
    return [(found.f_code, line) for found, line in traceback.walk_stack(frame)]


def trace(error: BaseException) -> list[tuple[CodeType, int]]:
    """Return the frames of the traceback from the innermost outwards."""
    return [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)][::-1]
