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
from typing import IO, Final

_HEAD = 4
_READY = b"async-audit: ready\n"
_FRAMES = 10_000
"""Enough for every expression and statement that passes `limits`; nothing of an audit is on this stack."""
_HAS_TIMER = hasattr(signal, "setitimer")
KILLED: Final = (-signal.SIGTERM, *((-signal.SIGKILL,) if hasattr(signal, "SIGKILL") else ()))
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


def serve(seconds: float) -> None:
    """Answer until the input ends; no source may take more than that many seconds."""
    # Ctrl-C reaches all processes of a terminal; ours ends when the one that asks does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  (no path of anybody)
        os.dup2(nowhere.fileno(), 1)  # what else prints must not come between the frames
    sys.setrecursionlimit(_FRAMES)
    gc.disable()  # it finds nothing in trees, and takes a third of the time
    from async_audit.parsing import Unreadable, facts_of  # noqa: PLC0415  (not before the signal is ignored)
    from async_audit.syntax.packing import packed_facts  # noqa: PLC0415  (as above)

    facts_of(b"")  # imports LibCST, which is no source's fault
    answers.write(_READY)
    answers.flush()

    while True:
        try:
            content = read_frame(given)
        except ValueError:
            return
        _limit(seconds)
        facts = facts_of(content)
        is_unreadable = isinstance(facts, Unreadable)
        text = facts.reason.encode() if isinstance(facts, Unreadable) else packed_facts(facts) or b""
        line = facts.line if isinstance(facts, Unreadable) else 0
        del facts
        _limit(0)
        for frame in (b"unreadable" if is_unreadable else b"facts", b"%d" % line, text):
            write_frame(answers, frame)


def _limit(seconds: float) -> None:
    """End the process after that many seconds from now, of processor time where that is counted; 0: never."""
    if _HAS_TIMER:
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends a process in whatever code it is
    elif seconds:
        faulthandler.dump_traceback_later(seconds, exit=True)
    else:
        faulthandler.cancel_dump_traceback_later()
