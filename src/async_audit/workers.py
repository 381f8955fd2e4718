"""Processes that parse: ahead of the audit where there are cores, and apart what may end the parser.

Each has a thread that hands it one source after another. Whoever wants the facts of a source that no process
has begun parses it himself, so that nobody waits for a process that lags behind; the answer is the same. A
process that dies or works too long on a source is replaced, and costs that file alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Condition, Lock, Thread
from typing import IO, TypeAlias

from async_audit.parsing import Unreadable
from async_audit.parsing_process import KILLED, STOPPED, TIMED_OUT, await_ready, read_frame, write_frame
from async_audit.syntax.limits import is_suspicious

SECONDS = 60
"""How long a process may work on one source: of processor time, where the system counts that."""
_START = (
    "import sys; sys.path[:] = {path!r}; from async_audit.parsing_process import serve; serve({seconds!r})"
)
_WORTH_A_PROCESS = 200_000
"""Bytes of source; a process takes as long to start as to parse half of them."""
_PATIENCE = 10
"""Seconds for what happens at once on a machine with anything to spare."""
_ATTEMPTS = 2
"""Whatever ended a process may have had nothing to do with the source."""

Packed: TypeAlias = bytes
"""The facts of a source as `syntax.packing` packs them; empty where they cannot be packed."""


@dataclass(slots=True, eq=False)
class _Job:
    content: bytes
    is_begun: bool = False
    answer: Packed | Unreadable | None = None


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(slots=True, eq=False)
class Workers:
    """At most `most` processes, which are started when there is work for them and ended by `close`."""

    most: int = 0
    seconds: float = SECONDS
    _jobs: dict[bytes, _Job] = field(default_factory=dict, init=False)
    _waiting: deque[_Job] = field(default_factory=deque, init=False)
    _news: Condition = field(default_factory=Condition, init=False)
    _processes: list[_Process] = field(default_factory=list, init=False)
    _threads: list[Thread] = field(default_factory=list, init=False)
    _is_closed: bool = field(default=False, init=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """The numbers of the processes that run."""
        return tuple(process.pid for process in self._processes if process.pid)

    def expect(self, contents: Iterable[bytes]) -> None:
        """Have sources parsed that will probably be asked for, in this order."""
        awaited = dict.fromkeys(contents)
        wanted = sum(map(len, awaited)) // _WORTH_A_PROCESS
        if not wanted:
            return
        with self._news:
            for content in awaited:
                if content not in self._jobs:
                    job = self._jobs[content] = _Job(content)
                    self._waiting.append(job)
            self._start(min(self.most, wanted))

    def answer(self, content: bytes, *, apart: bool) -> Packed | Unreadable | None:
        """What a process made of a source; nothing where the caller has to parse it.

        Where it has to happen `apart`, that is so only if no process can be started.
        """
        with self._news:
            job = self._jobs.pop(content, None)
            if job is not None and not job.is_begun:
                self._waiting.remove(job)
            if apart and (job is None or not job.is_begun):
                job = self._urgent(content)
            if job is None or not (job.is_begun or apart):
                return None
            self._news.wait_for(lambda: job.answer is not None or self._is_closed)
            return job.answer or None

    def _urgent(self, content: bytes) -> _Job | None:
        """The next job, whatever waits; nothing where there can be no process."""
        self._start(1)
        if not self._threads:
            return None
        job = _Job(content)
        self._waiting.appendleft(job)
        return job

    def close(self) -> None:
        """End the processes, whatever they do."""
        with self._news:
            self._is_closed = True
            self._news.notify_all()
        for process in self._processes:
            process.end()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def _start(self, count: int) -> None:
        while len(self._processes) < count and not self._is_closed:
            process = _Process(self.seconds)
            thread = Thread(target=self._serve, args=(process,), daemon=True)
            try:
                thread.start()
            except RuntimeError:  # a limit of the user or of the container
                break
            self._processes.append(process)
            self._threads.append(thread)
        self._news.notify_all()

    def _serve(self, process: _Process) -> None:
        """Hand sources to a process until it is closed."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._is_closed or self._waiting)
                if self._is_closed:
                    break
                job = self._waiting.popleft()
                job.is_begun = True
            answer = process.ask(job.content)
            with self._news:
                job.answer = answer
                self._news.notify_all()
        process.forget()


class _Process:
    """One process, started again when it has ended. All but `end` and `pid` is for one thread."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: subprocess.Popen[bytes] | None = None
        self._is_over = False
        self._lock = Lock()

    @property
    def pid(self) -> int:
        """Its number; 0 where it does not run."""
        running = self._running
        return 0 if running is None else running.pid

    def end(self) -> None:
        """Stop the process, for good; who waits for its answer gets none."""
        with self._lock:
            self._is_over = True
            if self._running is not None:
                self._running.kill()

    def ask(self, content: bytes) -> Packed | Unreadable:
        """What the process makes of a source; empty where there can be no process, or none is left alone."""
        status = KILLED[0]
        for _ in range(_ATTEMPTS):
            running = self._running or self._begun()
            if running is None:
                continue
            answer = _exchange(running, content)
            if answer is not None:
                return answer
            status = self.forget()
            if status in TIMED_OUT:
                return Unreadable(f"takes more than {self._seconds:g} seconds to parse")
        # Nobody else parses what the system may have ended each time for the memory that it takes.
        is_to_blame = status not in KILLED or (status in STOPPED and is_suspicious(content))
        return Unreadable(f"ends the parser ({_told(status)})") if is_to_blame else b""

    def forget(self) -> int:
        """The exit status of the process, which has ended by now; 0 where there was none."""
        running, self._running = self._running, None
        if running is None:
            return 0
        with suppress(OSError):
            _pipes(running)[0].close()
        # Its end of the pipe is closed a moment before it can be waited for.
        try:
            return running.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            running.kill()
            return running.wait()
        finally:
            _pipes(running)[1].close()

    def _begun(self) -> subprocess.Popen[bytes] | None:
        """A new process; nothing where there can be none, or somebody ended it."""
        # It imports from where we do; `-c` by itself would look in the current folder first.
        code = _START.format(path=sys.path, seconds=self._seconds)
        with suppress(OSError, ValueError):
            with self._lock:
                if self._is_over:
                    return None
                self._running = subprocess.Popen(  # noqa: S603  (our own code)
                    [sys.executable or "", "-c", code],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            await_ready(_pipes(self._running)[1])
            return self._running
        # One that does not come to its first word by itself never will.
        if self.forget() not in KILLED:
            self._is_over = True
        return None


def _exchange(running: subprocess.Popen[bytes], content: bytes) -> Packed | Unreadable | None:
    """The answer of a process; nothing where it has ended."""
    given, taken = _pipes(running)
    try:
        write_frame(given, content)
        kind, line, text = read_frame(taken), read_frame(taken), read_frame(taken)
    except (OSError, ValueError):
        return None
    return Unreadable(text.decode(), int(line)) if kind == b"unreadable" else text


def _pipes(running: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if running.stdin is None or running.stdout is None:
        raise ValueError("the process was started without pipes")
    return running.stdin, running.stdout


def _told(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
