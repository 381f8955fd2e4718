"""The servers of a measurement: the slow service, and the project as a stack's Procfile starts it."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.verdicts.pairs import Stack

HERE = Path(__file__).resolve().parent
_PATIENCE = 30.0
"""Seconds that a server may take to start."""


class ServerError(Exception):
    """A server did not start; the message holds the end of what it said."""


@contextmanager
def upstream() -> Iterator[str]:
    """The address of the slow service, which runs meanwhile."""
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.verdicts.upstream", str(port)]
    address = f"http://127.0.0.1:{port}"
    with _running(command, HERE.parent.parent, dict(os.environ), address):
        yield address


def lay_out(stack: Stack, folder: Path) -> Path:
    """The project as it stands on the stack, laid out below the folder."""
    project = folder / stack.value
    shutil.copytree(HERE / "project", project, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    shutil.copytree(HERE / "stacks" / stack.value, project, dirs_exist_ok=True)
    return project


@contextmanager
def serving(project: Path, carrier: str) -> Iterator[tuple[str, int]]:
    """The address and the process id of the laid-out project, served by the command of its Procfile."""
    port = _free_port()
    environment = {**os.environ, "PORT": str(port), "CARRIER": carrier, "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=project, env=environment, check=True)
    written = (project / "Procfile").read_text(encoding="utf-8").partition("web:")[2]
    command = shlex.split(written.replace("$PORT", str(port)))
    address = f"http://127.0.0.1:{port}"
    with _running(command, project, environment, f"{address}/plain/ping/") as pid:
        yield address, pid


@contextmanager
def _running(command: list[str], folder: Path, environment: dict[str, str], ready: str) -> Iterator[int]:
    """The process id of the command, which runs until the block is left and answers at the URL `ready`."""
    log = folder / f"server-{os.getpid()}.log" if folder != HERE.parent.parent else Path(os.devnull)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        _wait_for(ready, process, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise ServerError(f"{shlex.join(map(str, process.args))} does not answer at {url}:\n{said}")  # type: ignore[arg-type]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
