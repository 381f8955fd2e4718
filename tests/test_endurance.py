"""What a scan makes of signals, and of files that are no ordinary files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from async_audit.cache import FOLDER_VARIABLE
from async_audit.config import Config
from async_audit.discovery import LARGEST
from async_audit.engine import audit
from async_audit.regular_files import read_regular
from tests.projects import SHOP, codes_in, report_on, write_project

BLOCKING = "import time\n\n\nasync def view(request):\n    time.sleep(1)\n"
CALLS = "".join(f"    total = total + helper_{number}(total)\n" for number in range(300))

MANY = {f"shop/views{index}.py": f"N = {index}\n\n\nasync def view(total):\n{CALLS}" for index in range(200)}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_scan_and_leaves_nothing(number: signal.Signals, status: int, tmp_path: Path) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("the signal is ignored here, as a shell does for what it runs in the background")
    root = write_project(tmp_path / "project", {**SHOP, **MANY})
    cache = tmp_path / "cache"
    running = subprocess.Popen(
        [sys.executable, "-m", "async_audit", "scan", "--jobs", "3", str(root)],
        env={**os.environ, FOLDER_VARIABLE: str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not cache.exists() and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(number)
    printed, complained = running.communicate()
    # CPython ends by the signal itself where an interrupt has passed through code that `exec` ran, caught or
    # not (`unhandled_keyboard_interrupt` in Python/pythonrun.c): a shell shows both as 130.
    interrupted = {-number} if number is signal.SIGINT else set()
    assert running.returncode in {status, *interrupted}
    assert (printed, complained) == (b"", b"")
    assert not list(cache.rglob("*.part"))
    wait_for_the_end_of_group(running.pid)


@pytest.mark.skipif(shutil.which("ps") is None, reason="the system has no `ps` that tells the processes")
def test_a_scan_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    root = write_project(tmp_path, {**SHOP, **MANY})
    running = subprocess.Popen(
        [sys.executable, "-m", "async_audit", "scan", "--no-cache", "--jobs", "3", str(root)],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while running.poll() is None and len(group_of(running.pid)) < 3:
        time.sleep(0.05)
    running.kill()
    assert running.wait() == -signal.SIGKILL
    wait_for_the_end_of_group(running.pid)


def group_of(leader: int) -> list[int]:
    """The numbers of the processes in a group."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return [int(pid) for pid, group in rows if int(group) == leader]


def wait_for_the_end_of_group(leader: int) -> None:
    """Return when no process of the group is left. What is in the middle of a file ends after it."""
    deadline = time.monotonic() + 120
    with suppress(ProcessLookupError):
        while True:
            os.killpg(leader, 0)
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
class TestPipes:
    def test_a_pipe_is_never_waited_for(self, tmp_path: Path) -> None:
        root = write_project(tmp_path, {**SHOP, "shop/views.py": BLOCKING})
        os.mkfifo(root / "shop/pipe.py")
        (root / "shop/link.py").symlink_to(root / "shop/pipe.py")
        os.mkfifo(root / "Procfile")
        assert codes_in(root) == ["DJA201"]

    @pytest.mark.parametrize("path", ["pipe", "/dev/zero", "."])
    def test_only_regular_files_are_read(self, path: str, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match=r"regular|directory"):
            read_regular(tmp_path / path, 10)


class TestLargeFiles:
    @pytest.mark.parametrize(
        "before", [0, LARGEST + (1 << 20) - 3], ids=["at the start", "between two parts"]
    )
    def test_one_that_may_hold_coroutines_is_told(self, before: int, tmp_path: Path) -> None:
        content = b"#" * before + b"\n" + BLOCKING.encode() + b"#" * LARGEST
        root = write_project(tmp_path, {**SHOP, "shop/big.py": content, "shop/views.py": BLOCKING})
        report = report_on(root)
        assert [finding.code for finding in report.findings] == ["DJA901", "DJA201"]
        assert f"is {len(content)} bytes long" in report.skipped[0].reason

    def test_one_that_holds_none_is_not(self, tmp_path: Path) -> None:
        big = b"ROWS = [\n" + b"    1,\n" * (LARGEST // 6) + b"]\n"
        assert codes_in(write_project(tmp_path, {**SHOP, "shop/data.py": big}), Config()) == []

    def test_one_that_is_too_large_to_be_searched_is_told(self, tmp_path: Path) -> None:
        root = write_project(tmp_path, {**SHOP, "shop/big.py": b"", "shop/views.py": BLOCKING})
        os.truncate(root / "shop" / "big.py", 1 << 40)
        report = report_on(root)
        assert [finding.code for finding in report.findings] == ["DJA901", "DJA201"]
        assert f"is {1 << 40} bytes long" in report.skipped[0].reason

    def test_memory_holds_only_the_beginning(self, tmp_path: Path) -> None:
        path = tmp_path / "big.py"
        with path.open("wb") as stream:
            stream.truncate(1 << 40)
        assert len(read_regular(path, LARGEST + 1)) == LARGEST + 1


def commands(root: Path) -> dict[str, subprocess.CompletedProcess[str]]:
    """What the command line and flake8 say of a project, each in a process of its own."""
    tools = {
        "async-audit": ["scan", "--no-cache", "--format", "concise", "."],
        "flake8": ["--isolated", "--select", "DJA", "shop"],
    }
    return {
        tool: subprocess.run(
            [str(Path(sys.executable).with_name(tool)), *arguments],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        for tool, arguments in tools.items()
    }


def place_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


CONFIGURATIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (Path.mkdir, "regular file"),
    "a device that never ends": (place_device, "regular file"),
    "a pipe": (os.mkfifo, "regular file"),
    "a large file": (lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 1 << 32), "larger than"),
    "nested without end": (lambda path: path.write_text(f"x = {'[' * 100_000}"), "TOML"),
    "no TOML": (lambda path: path.write_text("x = 1\nx = 2\n"), "TOML"),
    "no text": (lambda path: path.write_bytes(b"\xff\xfe"), "TOML"),
    "no option": (lambda path: path.write_text("[tool.async-audit]\nodd = 1\n"), "no option 'odd'"),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_a_configuration_that_cannot_be_used_is_told(case: str, tmp_path: Path) -> None:
    """Both tools end in order, with a line that says so."""
    place, complaint = CONFIGURATIONS[case]
    root = write_project(tmp_path, {**SHOP, "shop/views.py": BLOCKING})
    place(root / "pyproject.toml")
    done = commands(root)
    assert done["async-audit"].returncode == 2
    assert done["async-audit"].stdout == ""
    assert len(done["async-audit"].stderr.splitlines()) == 1
    assert done["flake8"].returncode == 1
    for told in done.values():
        assert complaint in told.stdout + told.stderr
        assert "Traceback" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    "codec", ["undefined", "idna", "punycode", "base64", "zip", "utf-16", "rot13", "nonsense"]
)
def test_a_file_in_no_encoding_of_text_is_left_out(codec: str, tmp_path: Path) -> None:
    odd = f"# coding: {codec}\nname = 'xn--'\n".encode() + b"\xff.-\n" + BLOCKING.encode()
    root = write_project(tmp_path, {**SHOP, "shop/odd.py": odd, "shop/views.py": BLOCKING})
    assert codes_in(root) == ["DJA901", "DJA201"]


BROKEN: dict[str, str | bytes] = {
    "a syntax error": "def f(:\n",
    "Python 2": 'print "hello"\n',
    "no UTF-8": b"name = '\xe9'\n",
    "a NUL byte": "x = 1\n\0",
    "brackets": f"x = {'[' * 3_000}{']' * 3_000}\n",
    "attributes": f"x = a{'.b' * 100_000}\n",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_told_where_it_is_named(case: str, tmp_path: Path) -> None:
    """Nothing in it is asynchronous, so that a scan of the folder does not read it."""
    root = write_project(tmp_path, {**SHOP, "shop/odd.py": BROKEN[case], "shop/views.py": BLOCKING})
    assert codes_in(root, Config()) == ["DJA201"]
    named = audit([root / "shop/odd.py", root / "manage.py"], Config(), root=root)
    assert [(finding.code, finding.location.path) for finding in named.findings] == [
        ("DJA901", "shop/odd.py")
    ]


def test_a_named_file_is_none_of_these(tmp_path: Path) -> None:
    odd: dict[str, str | bytes] = {
        "shop/escape.py": "x = '\\d'\n",
        "shop/empty.py": "",
        "shop/bom.py": b"\xef\xbb\xbfx = 1\n",
    }
    root = write_project(tmp_path, {**SHOP, **odd})
    assert audit([root / path for path in odd], Config(), root=root).findings == ()


_INTERRUPTED_AT_IMPORT = """\
import runpy
import sys


class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            raise KeyboardInterrupt


sys.meta_path.insert(0, Interrupts())
sys.argv = ["async-audit", "scan"]
runpy.run_module("async_audit", run_name="__main__")
"""


def test_an_interrupt_while_the_program_is_loaded_is_silent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _INTERRUPTED_AT_IMPORT]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
