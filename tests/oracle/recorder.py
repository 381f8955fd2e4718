"""Watch the event loop: database access, blocking calls, coroutines that nobody awaits."""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, ClassVar, TypeAlias

import blockbuster.blockbuster as buster
from asgiref.sync import SyncToAsync
from django.utils import asyncio as guard

Place: TypeAlias = tuple[str, int]
Frames: TypeAlias = list[tuple[CodeType, int]]
"""Code and line of each frame, from the innermost outwards."""

COROUTINE_FLAGS = 0x80 | 0x200

FILES = ("open", "os.", "io.", "threading.", "queue.", "subprocess.")
"""What loading code, templates and translations does too, and asyncio in order to start a process."""

LOADERS = (
    "<frozen importlib",
    "/asyncio/base_subprocess.py",
    "/asyncio/subprocess.py",
    "/asyncio/unix_events.py",
    "/certifi/",
    "/concurrent/futures/thread.py",
    "/django/template/",
    "/django/utils/translation",
    "/gettext.py",
    "/httpx/",
    "/importlib/",
    "/inspect.py",
    "/linecache.py",
    "/locale.py",
    "/logging/",
    "/mimetypes.py",
    "/ssl.py",
    "/traceback.py",
    "/warnings.py",
    "/zoneinfo/",
    "_strptime.py",
)

AUDITED = {
    "ftplib.connect",
    "glob.glob",
    "http.client.connect",
    "open",
    "os.chmod",
    "os.link",
    "os.listdir",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.scandir",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.utime",
    "shutil.copyfile",
    "shutil.copytree",
    "shutil.move",
    "shutil.rmtree",
    "smtplib.connect",
    "socket.getaddrinfo",
    "sqlite3.connect",
    "subprocess.Popen",
    "tempfile.mkdtemp",
    "tempfile.mkstemp",
    "time.sleep",
    "urllib.Request",
}
"""Events of `sys.audit` that block."""

METADATA = (
    "os.access",
    "os.getcwd",
    "os.path.abspath",
    "os.path.islink",
    "os.path.ismount",
    "os.readlink",
    "os.stat",
)
"""What blockbuster watches and the rules leave alone."""

WATCHED = (
    "concurrent.futures._base.Future.result",
    "concurrent.futures.wait",
    "hashlib.pbkdf2_hmac",
    "hashlib.scrypt",
    "multiprocessing.process.BaseProcess.join",
    "os.popen",
    "os.wait",
    "os.waitpid",
    "queue.Queue.get",
    "queue.Queue.put",
    "threading.Barrier.wait",
    "threading.Condition.wait",
    "threading.Event.wait",
    "threading.Semaphore.acquire",
    "threading.Thread.join",
)
"""What blocks and neither blockbuster nor `sys.audit` tells of."""

COMPUTES = (
    "bz2.compress",
    "bz2.decompress",
    "gzip.compress",
    "gzip.decompress",
    "lzma.compress",
    "lzma.decompress",
    "zlib.compress",
    "zlib.decompress",
)
"""What computes for long. Django and the libraries use it on little data, so that only direct calls count."""


class Recorder:
    """Collects the path, line and kind of what one run does on the loop."""

    current: ClassVar[Recorder | None] = None

    def __init__(self, root: Path, coroutine_lines: frozenset[Place], *, let_through: bool) -> None:
        self.root = f"{root}/"
        self.coroutine_lines = coroutine_lines
        self.let_through = let_through
        self.queries: set[tuple[str, int, str]] = set()
        self.blocks: set[tuple[str, int, str]] = set()
        self.unawaited: set[tuple[str, int, str]] = set()
        self.lines: set[Place] = set()
        self.active = False
        self.thread = threading.get_ident()

    def place(self, frames: Frames) -> Place | None:
        """Where a finding belongs: the innermost line inside the source of the innermost coroutine."""
        ours = [(code, line) for code, line in frames if code.co_filename.startswith(self.root)]
        for index, (code, line) in enumerate(ours):
            if not code.co_flags & COROUTINE_FLAGS:
                continue
            source = range(code.co_firstlineno, _last_line(code) + 1)
            for inner, inner_line in ours[:index]:
                if inner.co_filename == code.co_filename and {inner.co_firstlineno, inner_line} <= {*source}:
                    return self.relative(inner), inner_line
            return self.relative(code), line
        return (self.relative(ours[0][0]), ours[0][1]) if ours else None

    def relative(self, code: CodeType) -> str:
        """The path of the code below the project."""
        return code.co_filename.removeprefix(self.root)

    @property
    def on_loop(self) -> bool:
        """Whether this is the loop's thread, and it is being watched."""
        return self.active and threading.get_ident() == self.thread and _loop_runs()

    def guard(self) -> object:
        """Stand in for `get_running_loop` in Django's guard, which lets pass where it raises RuntimeError."""
        loop = asyncio.get_running_loop()
        if self.active:
            if place := self.place(stack(sys._getframe(1))):
                self.queries.add((*place, "query"))
            if self.let_through:
                raise RuntimeError
        return loop

    def block(self, what: str, frame: FrameType | None) -> None:
        """Take down a blocking call, unless it belongs to the machinery."""
        frames = stack(frame)
        for code, _ in frames:
            if what.startswith(FILES) and any(name in code.co_filename for name in LOADERS):
                return
            if "/tests/oracle/" in code.co_filename or "/django/test/" in code.co_filename:
                return
            if code.co_filename.startswith(self.root):
                break
        if place := self.place(frames):
            self.blocks.add((*place, what))

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take down a blocking event of `sys.audit`."""
        if event not in AUDITED or not self.on_loop:
            return
        frame = sys._getframe(1)
        by_descriptor = event == "open" and isinstance(arguments[0], int)
        if not by_descriptor and not _in_database_driver(stack(frame)):
            self.block(event, frame)

    def trace(self, frame: FrameType, _event: str, _argument: object) -> Callable[..., Any] | None:
        """Take down the lines of the project that run."""
        if not frame.f_code.co_filename.startswith(self.root):
            return None
        path, lines = self.relative(frame.f_code), self.lines

        def trace_line(frame: FrameType, _event: str, _argument: object) -> Callable[..., Any]:
            lines.add((path, frame.f_lineno))
            return trace_line

        return trace_line

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Record while the block runs."""
        guard.get_running_loop = self.guard
        Recorder.current = self
        sys.addaudithook(self.audit)
        sys.set_coroutine_origin_tracking_depth(30)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            threading.settrace(self.trace)
            sys.settrace(self.trace)
            self.active = True
            try:
                yield
            finally:
                sys.settrace(None)
                # A thread lets go of what it ran when it takes up the next: a coroutine among it is only then
                # known to be awaited by nobody.
                if SyncToAsync.single_thread_executor._threads:
                    SyncToAsync.single_thread_executor.submit(int).result()
                gc.collect()
                self.active = False
                for warning in caught:
                    self.take_warning(str(warning.message))

    def take_warning(self, text: str) -> None:
        """Take down the coroutine that was never awaited: the line in a coroutine that made it."""
        if "was never awaited" not in text:
            return
        made = [
            (path.removeprefix(self.root), int(line))
            for path, line in re.findall(r'File "([^"]+)", line (\d+)', text)
            if path.startswith(self.root)
        ]
        inside = [place for place in made if place in self.coroutine_lines]
        self.unawaited.add((*(inside or made or [("", 0)])[-1], text.splitlines()[0]))


def watch_blocking_calls() -> None:
    """Wrap what blocks. Has to happen before a project imports it by name."""
    vars(buster)["_wrap_blocking"] = _wrap_for_blockbuster
    everything = buster.BlockBuster()
    for name in METADATA:
        everything.functions.pop(name, None)
    everything.activate()
    for dotted in (*WATCHED, *COMPUTES):
        _watch(dotted)
    threading.Lock = _recording(threading.Lock)  # type: ignore[assignment]
    threading.RLock = _recording(threading.RLock)  # type: ignore[assignment]


def _wrap_for_blockbuster(
    _modules: object,
    _excluded: object,
    function: Callable[..., Any],
    name: str,
    allowed: list[tuple[str, set[str]]],
    is_free: Callable[..., bool],
) -> Callable[..., Any]:
    """Stand in for blockbuster's wrapper, which raises: take down the call and go on."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        recorder = Recorder.current
        if recorder and recorder.on_loop:
            recorder.active = False
            free = is_free(*args, **kwargs)
            recorder.active = True
            frames = stack(sys._getframe(1))
            expected = any(
                code.co_filename.endswith(file) and code.co_name in names
                for code, _ in frames
                for file, names in allowed
            )
            by_django = name.startswith("sqlite3") and _in_database_driver(frames)
            if not (free or expected or by_django):
                recorder.block(name, sys._getframe(1))
        return function(*args, **kwargs)

    return wrapper


def _watch(dotted: str) -> None:
    parts = dotted.split(".")
    classes = next((index for index, part in enumerate(parts) if part[0].isupper()), len(parts) - 1)
    owner: Any = importlib.import_module(".".join(parts[:classes]))
    for part in parts[classes:-1]:
        owner = getattr(owner, part)
    function = getattr(owner, parts[-1])

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        recorder = Recorder.current
        if recorder and recorder.on_loop:
            frame = sys._getframe(1)
            told = dotted not in COMPUTES or frame.f_code.co_filename.startswith(recorder.root)
            if told and not _returns_at_once(dotted, args, kwargs) and frame.f_code.co_name != "start":
                recorder.block(dotted, frame)
        return function(*args, **kwargs)

    setattr(owner, parts[-1], wrapper)


def _returns_at_once(dotted: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if dotted.endswith("Future.result"):
        return bool(args[0].done())
    if dotted.endswith("Event.wait"):
        return bool(args[0].is_set())
    if dotted.startswith("queue."):
        given = 1 if dotted.endswith("get") else 2
        return not kwargs.get("block", args[given] if len(args) > given else True)
    return False


class RecordingLock:
    """A lock that says when somebody may have to wait for it."""

    def __init__(self, lock: Any) -> None:
        self.lock = lock

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as threading's
        recorder = Recorder.current
        if blocking and recorder and recorder.on_loop:
            frame = sys._getframe(1)
            recorder.block("lock", frame.f_back if frame.f_code.co_filename == __file__ else frame)
        return bool(self.lock.acquire(blocking, timeout))

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lock, name)


def _recording(make: Callable[[], Any]) -> Callable[[], Any]:
    """A maker of locks that record, where it is a fixture that makes them."""

    def factory() -> Any:
        lock = make()
        return RecordingLock(lock) if "/fixtures/" in sys._getframe(1).f_code.co_filename else lock

    return factory


def stack(frame: FrameType | None) -> Frames:
    """The frames below which `frame` runs, itself first."""
    return [(found.f_code, line) for found, line in traceback.walk_stack(frame)]


def trace_of(error: BaseException) -> Frames:
    """The frames of a traceback, the one that raised first."""
    return [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)][::-1]


def _loop_runs() -> bool:
    return asyncio._get_running_loop() is not None


def _in_database_driver(frames: Frames) -> bool:
    return any("/django/db/" in code.co_filename for code, _ in frames)


def _last_line(code: CodeType) -> int:
    own = max((line for _, _, line in code.co_lines() if line), default=code.co_firstlineno)
    return max([own, *(_last_line(inner) for inner in code.co_consts if isinstance(inner, CodeType))])
