"""What a command costs: wall time, processor time and peak memory of all its processes."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.performance.costs import Cost

_FIRST_LOOK, _LOOK = 0.01, 0.1
"""Seconds until the first look at the memory of the processes, and between two later ones."""


class CommandError(Exception):
    """A command that was measured failed; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run: `accepted` are the exit statuses of a run that worked, `before` makes it cold."""

    arguments: tuple[str, ...]
    folder: Path
    accepted: tuple[int, ...] = (0, 1)
    before: Callable[[], None] = lambda: None
    environment: tuple[tuple[str, str], ...] = ()


def cost(command: Command) -> Cost:
    """What one run costs.

    Raises:
        CommandError: if its exit status is none of the accepted ones.
    """
    command.before()
    environment = {**os.environ, **dict(command.environment)}
    start = time.perf_counter()
    with subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        watch = _Watch(process.pid)
        watch.start()
        said = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.stop()
    if process.returncode not in command.accepted:
        end = said.decode(errors="replace")[-1500:]
        raise CommandError(f"{' '.join(command.arguments[:4])} … ended with {process.returncode}:\n{end}")
    # Not `ru_maxrss`: it holds what this process had when it forked.
    return Cost(wall, usage.ru_utime + usage.ru_stime, watch.peak)


class _Watch(threading.Thread):
    """Looks at the memory of a process and its descendants until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._process = psutil.Process(pid)
        self._done = threading.Event()

    def run(self) -> None:
        """Remember the largest sum."""
        pause = _FIRST_LOOK
        while not self._done.wait(pause):
            self.peak = max(self.peak, sum(map(_share, self._family())))
            pause = min(2 * pause, _LOOK)

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        self.join()

    def _family(self) -> list[psutil.Process]:
        try:
            return [self._process, *self._process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _share(process: psutil.Process) -> int:
    """The memory of one process, of what it shares its part; none where it has ended meanwhile."""
    try:
        return int(process.memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
        return 0


def paired(
    commands: dict[str, Command], rounds: int, show: Callable[[str], None], most: dict[str, int]
) -> dict[str, list[Cost]]:
    """The costs of each command in each round; every second round goes through them backwards.

    `most` bounds the rounds of slow ones.
    """
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    for number in range(rounds):
        order = list(commands) if number % 2 == 0 else list(reversed(commands))
        for name in order:
            if number < most.get(name, rounds):
                show(name)
                found[name].append(cost(commands[name]))
    return found
