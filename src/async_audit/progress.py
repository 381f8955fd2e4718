"""The progress of a scan, on standard error and only where that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PATIENCE = 0.3
"""Seconds without a bar: a short scan shows none."""
_REFRESH = 0.1


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None] | None]:
    """A callback that draws a bar for `(done, total)` and is gone afterwards; `None` where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    # rich is slow to import, and a scan in a pipe needs none of this.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if console.is_dumb_terminal or not console.is_terminal:
        yield None
        return
    # It refreshes itself without rich's thread, which would not survive a fork of this process.
    bar = Progress(
        TextColumn("Auditing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files"),
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
    )
    task = bar.add_task("", total=None)
    drawn = time.monotonic() + _PATIENCE - _REFRESH

    def draw(done: int, total: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn < _REFRESH:
            return
        drawn = now
        bar.update(task, completed=done, total=total)
        bar.start()
        bar.refresh()

    try:
        yield draw
    finally:
        if bar.live.is_started:
            bar.stop()
