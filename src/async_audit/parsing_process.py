"""The other end of `workers`: a process that reads sources and writes what parsing makes of them.

It writes a line first that says it is ready: before that, whatever Python runs when it starts may have
printed something. A frame is its length in four bytes and that many bytes. A source is one frame, an answer
three: its kind, a line, and a reason or packed facts. The process ends with its input, and where a source
takes too long.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
from contextlib import suppress
from typing import IO, Final

_HEAD = 4
_READY = b"async-audit: ready\n"
_FRAMES = 10_000
"""Enough for every expression and statement that passes `limits`; nothing of an audit is on this stack."""
MEMORY = 4 << 30
"""Bytes that the process may use, where the system can limit them: more than a minute of parsing takes."""
_HAS_TIMER = hasattr(signal, "setitimer")
STOPPED: Final = (-signal.SIGKILL,) if hasattr(signal, "SIGKILL") else ()
"""The exit statuses of a process that somebody has killed, or the system to have its memory."""
KILLED: Final = (-signal.SIGTERM, *STOPPED)
"""The exit statuses of a process that somebody else has ended."""
TIMED_OUT: Final = (-signal.SIGPROF,) if _HAS_TIMER else (1,)
"""The exit statuses of a process that worked on one source for too long."""


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write one frame. Raises `OSError` where nobody reads any more."""
    stream.write(len(content).to_bytes(_HEAD, "big") + content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes:
    """The next frame. Raises `ValueError` where there is none, or only a part of it."""
    head = stream.read(_HEAD)
    size = int.from_bytes(head, "big")
    content = stream.read(size) if len(head) == _HEAD else b""
    if len(head) < _HEAD or len(content) < size:
        raise ValueError("the other process has ended")
    return content


def await_ready(stream: IO[bytes]) -> None:
    """Return when the process at the other end takes sources. Raises `ValueError` where it ends before."""
    if not any(line.endswith(_READY) for line in stream):
        raise ValueError("the other process has ended")


def serve(seconds: float, memory: int = MEMORY) -> None:
    """Answer until the input ends; no source may take more than that many seconds and bytes of memory."""
    # Ctrl-C reaches all processes of a terminal; ours ends when the one that asks does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  (no path of anybody)
        os.dup2(nowhere.fileno(), 1)  # what else prints must not come between the frames
    sys.setrecursionlimit(_FRAMES)
    gc.disable()  # it finds nothing in trees, and takes a third of the time
    from async_audit.parsing import facts_of  # noqa: PLC0415  (not before the signal is ignored)

    facts_of(b"")  # imports LibCST, which is no source's fault
    _limit_memory(memory)
    answers.write(_READY)
    answers.flush()

    while True:
        try:
            content = read_frame(given)
        except ValueError:
            return
        _limit(seconds)
        try:
            answer = _answer(content)
        except MemoryError:
            answer = _unreadable(f"needs more than {memory / (1 << 30):g} GB of memory to parse")
        _limit(0)
        for frame in answer:
            write_frame(answers, frame)


def _answer(content: bytes) -> tuple[bytes, bytes, bytes]:
    """The frames that say what parsing makes of a source."""
    from async_audit.parsing import Unreadable, facts_of  # noqa: PLC0415  (as in `serve`)
    from async_audit.syntax.packing import packed_facts  # noqa: PLC0415  (as above)

    facts = facts_of(content)
    if isinstance(facts, Unreadable):
        return _unreadable(facts.reason, facts.line)
    return b"facts", b"0", packed_facts(facts) or b""


def _unreadable(reason: str, line: int = 1) -> tuple[bytes, bytes, bytes]:
    return b"unreadable", b"%d" % line, reason.encode()


def _limit_memory(most: int) -> None:
    """Let no allocation succeed beyond that many bytes, where the system can do that."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  (Windows has none)

    # macOS refuses; what the user has set may be less.
    with suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        least = min(limit for limit in (most, soft, hard) if limit != resource.RLIM_INFINITY)
        resource.setrlimit(resource.RLIMIT_AS, (least, hard))


def _limit(seconds: float) -> None:
    """End the process after that many seconds from now, of processor time where that is counted; 0: never."""
    if _HAS_TIMER:
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends a process in whatever code it is
    elif seconds:
        faulthandler.dump_traceback_later(seconds, exit=True)
    else:
        faulthandler.cancel_dump_traceback_later()
