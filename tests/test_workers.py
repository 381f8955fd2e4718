"""Parsing in other processes changes no finding, and no file can take a scan down."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from async_audit import workers
from async_audit.audit import Audit
from async_audit.cache import FOLDER_VARIABLE, NO_CACHE, Cache
from async_audit.engine import audit
from async_audit.findings import Report
from async_audit.parsing import Unreadable, facts_of
from async_audit.syntax.packing import packed_facts
from async_audit.workers import Workers
from tests.projects import EVERY_RULE, FIXTURES, PROJECTS, SHOP, project_program, write_project

BLOCKING = "import time\n\n\nasync def view(request):\n    time.sleep(1)\n"
SLOW = b"def function(value):\n    return value.attribute[0](value, key=value + 1)\n" * 8_000
ENDING = """
import os, sys
sys.path[:] = {path!r}
from async_audit import parsing
from async_audit.parsing_process import serve
parsing.facts_of = lambda content: os.kill(os.getpid(), NUMBER) if content else parsing.Unreadable("")
serve({seconds!r})
"""
NOISY = """
import sys
print("a line", flush=True)
print("half a line", end="", flush=True)
print("a line that nobody flushes")
"""


class NoThread(Thread):
    """A thread of a system that has none left."""

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


SUSPICIOUS = "a.b()\n" * 1_000 + BLOCKING
"""Nothing is too much in it, but only a look at every token tells."""


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> list[Workers]:
    """Any work is worth a process; the list holds the workers of each audit."""
    made: list[Workers] = []
    expect = Workers.expect

    def noted(self: Workers, contents: Iterator[bytes]) -> None:
        made.append(self)
        expect(self, contents)

    monkeypatch.setattr(workers, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(Workers, "expect", noted)
    return made


def report(root: Path, jobs: int, cache: Cache = NO_CACHE) -> Report:
    return audit([root], EVERY_RULE, root=root, cache=cache, jobs=jobs)


def shop(tmp_path: Path, **files: str) -> Path:
    """A project with ten views that block, and more."""
    views = {f"shop/views{number}.py": f"N = {number}\n{BLOCKING}" for number in range(10)}
    more = {f"shop/{name}.py": content for name, content in files.items()}
    return write_project(tmp_path / "project", {**SHOP, **views, **more})


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestAudit:
    @pytest.mark.parametrize("project", PROJECTS)
    def test_any_number_of_processes_gives_the_same_report(
        self, project: str, eager: list[Workers], tmp_path: Path
    ) -> None:
        root = FIXTURES / project
        tmp_path.chmod(0o700)
        expected = report(root, jobs=1)
        assert eager == []
        assert [report(root, jobs=jobs) for jobs in (2, 4)] == [expected, expected]
        assert report(root, jobs=2, cache=Cache(tmp_path)) == expected
        assert report(root, jobs=1, cache=Cache(tmp_path)) == expected
        assert {len(made._processes) > 0 for made in eager} == {True}

    def test_one_that_is_killed_changes_nothing(self, eager: list[Workers], tmp_path: Path) -> None:
        root = shop(tmp_path)
        expected = report(root, jobs=1)
        killed: set[int] = set()

        def kill(done: int, total: int) -> None:
            del done, total
            for pid in eager[0].pids:
                if pid not in killed:
                    killed.add(pid)
                    os.kill(pid, signal.SIGKILL)

        found = audit([root], EVERY_RULE, root=root, progress=kill, jobs=3)
        assert killed
        assert found == expected

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_killing_at_any_moment_changes_nothing(
        self, seed: int, eager: list[Workers], tmp_path: Path
    ) -> None:
        root = shop(tmp_path)
        (cache := tmp_path / "cache").mkdir(mode=0o700)
        expected = report(root, jobs=1)
        moments, killed = random.Random(seed), 0  # noqa: S311  (no secret)

        def kill(done: int, total: int) -> None:
            nonlocal killed
            del done, total
            time.sleep(moments.uniform(0, 0.05))
            for pid in moments.sample(eager[0].pids, len(eager[0].pids) // 2):
                with suppress(ProcessLookupError):
                    os.kill(pid, moments.choice([signal.SIGKILL, signal.SIGTERM]))
                    killed += 1

        found = audit([root], EVERY_RULE, root=root, progress=kill, jobs=4, cache=Cache(cache))
        assert killed
        assert found == expected
        assert not list(cache.rglob("*.part"))
        assert report(root, jobs=1, cache=Cache(cache)) == expected

    @pytest.mark.usefixtures("eager")
    def test_where_no_process_can_be_started_we_parse(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = shop(tmp_path, odd=SUSPICIOUS)
        expected = report(root, jobs=1)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
        assert report(root, jobs=3) == report(root, jobs=1) == expected
        monkeypatch.undo()
        monkeypatch.setattr(workers, "_START", "import nothing_of_that_name  # {path} {seconds}")
        assert report(root, jobs=3) == report(root, jobs=1) == expected

    @pytest.mark.parametrize(
        ("jobs", "number"), [(1, signal.SIGABRT), (3, signal.SIGABRT), (3, signal.SIGKILL)]
    )
    def test_what_ends_the_parser_costs_one_file(
        self, jobs: int, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The system kills what takes more memory than there is."""
        root = shop(tmp_path, odd=SUSPICIOUS)
        monkeypatch.setattr(workers, "_START", ENDING.replace("NUMBER", f"{number:d}"))
        found = report(root, jobs=jobs)
        assert [skipped.path for skipped in found.skipped] == ["shop/odd.py"]
        assert f"ends the parser (signal {number:d})" in found.skipped[0].reason
        assert [finding.code for finding in found.findings].count("DJA901") == 1
        assert [finding.code for finding in found.findings].count("DJA201") == 10

    def test_few_files_start_no_process(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        root = shop(tmp_path)
        expected = report(root, jobs=1)
        monkeypatch.setattr(workers, "_Process", None)
        assert report(root, jobs=8) == expected

    @pytest.mark.usefixtures("eager")
    def test_nothing_is_parsed_ahead_that_is_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (cache := tmp_path / "cache").mkdir(mode=0o700)
        root = shop(tmp_path)
        expected = report(root, jobs=2, cache=Cache(cache))
        for entry in (cache / "reports").iterdir():
            entry.unlink()
        monkeypatch.setattr(workers, "_Process", None)
        assert report(root, jobs=2, cache=Cache(cache)) == expected


def test_files_that_may_hold_coroutines_come_first_with_their_imports(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "shop/a.py": "from .b import (c,\n    d as e)\nimport shop.f as g, shop.h\nfrom . import i\n"
        + BLOCKING,
        **{f"shop/{name}.py": "" for name in "fhixyz"},
        "shop/b/__init__.py": "",
        "shop/b/d.py": "from shop import x\n",
        "shop/j.py": BLOCKING + "    from shop import y\n",
    }
    program = project_program(write_project(tmp_path, files))
    found = [file.relative for file in Audit(tmp_path, EVERY_RULE, program.files).probably_parsed]
    names = ["a", "b/__init__", "b/d", "f", "h", "__init__", "i", "j", "y"]
    assert found == [f"shop/{name}.py" for name in names]


class TestWorkers:
    def test_answers_are_those_of_this_process(self) -> None:
        sources = [BLOCKING.encode() * 40 + b"# %d" % number for number in range(8)]
        with closing(Workers(2)) as found:
            answers = [found.answer(source, apart=True) for source in sources]
        assert answers == [packed_facts(facts_of(source)) for source in sources]  # type: ignore[arg-type]

    def test_what_is_no_python_is_told(self) -> None:
        with closing(Workers(1)) as found:
            for source in (b"x = (\n", b"\xff", b"(" * 9_000):
                assert found.answer(source, apart=True) == facts_of(source)

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system counts no processor time")
    def test_one_that_takes_too_long_is_ended(self) -> None:
        with closing(Workers(1, seconds=0.05)) as found:
            assert found.answer(SLOW, apart=True) == Unreadable("takes more than 0.05 seconds to parse")
            assert isinstance(found.answer(b"x = 1\n", apart=True), bytes)

    @pytest.mark.skipif(sys.platform != "linux", reason="the system does not limit the memory of a process")
    def test_one_that_takes_too_much_memory_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        start = workers._START.replace("serve({seconds!r})", "serve({seconds!r}, 150 << 20)")
        monkeypatch.setattr(workers, "_START", start)
        with closing(Workers(1)) as found:
            assert isinstance(found.answer(SLOW, apart=True), Unreadable)
            assert isinstance(found.answer(b"x = 1\n", apart=True), bytes)

    def test_what_is_not_begun_is_left_to_who_asks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workers, "_WORTH_A_PROCESS", len(SLOW))
        with closing(Workers(1)) as found:
            found.expect([SLOW, b"x = 1\n"])
            wait_until(lambda: found.pids)
            assert found.answer(b"x = 1\n", apart=False) is None
            assert isinstance(found.answer(SLOW, apart=False), bytes)

    def test_one_that_is_killed_once_begins_again(self) -> None:
        with closing(Workers(1)) as found:
            found.expect([SLOW])
            wait_until(lambda: found.pids)
            os.kill(found.pids[0], signal.SIGKILL)
            assert isinstance(found.answer(SLOW, apart=True), bytes)

    def test_what_python_prints_when_it_starts_is_no_answer(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_project(tmp_path, {"sitecustomize.py": NOISY})
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        with closing(Workers(1)) as found:
            assert isinstance(found.answer(b"x = 1\n", apart=True), bytes)
            assert found.answer(b"x = (\n", apart=True) == facts_of(b"x = (\n")

    def test_where_no_thread_can_be_started_we_parse(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workers, "Thread", NoThread)
        with closing(Workers(2)) as found:
            found.expect([SLOW])
            assert found.answer(SLOW, apart=False) is None
            assert found.answer(b"x = 1\n", apart=True) is None
            assert found.pids == ()

    def test_none_begins_again_when_it_is_ended_at_its_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        started: list[object] = []

        class Noted(subprocess.Popen[bytes]):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                started.append(self)
                super().__init__(*arguments, **options)

        monkeypatch.setattr(subprocess, "Popen", Noted)
        with closing(Workers(2)) as found:
            found.expect([SLOW + b"# %d" % number for number in range(4)])
            wait_until(lambda: len(started) == 2)
        assert len(started) == 2
        assert found.pids == ()

    def test_none_is_left(self) -> None:
        with closing(Workers(2)) as found:
            found.expect([SLOW + b"# %d" % number for number in range(4)])
            wait_until(lambda: len(found.pids) == 2)
            pids = found.pids
        wait_until(lambda: not any(is_there(pid) for pid in pids))


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


PLANTED = "open({mark!r}, 'a').write(__name__)\n"


def test_a_process_imports_nothing_of_the_project(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    names = ("libcst", "msgspec", "faulthandler", "signal", "async_audit", "sitecustomize", "zlib")
    planted = {f"{name}.py": PLANTED.format(mark=str(mark)) for name in names}
    root = write_project(tmp_path / "project", {**SHOP, **planted, "shop/odd.py": SUSPICIOUS})
    program = Path(sys.executable).with_name("async-audit")
    if not program.exists():
        pytest.skip("async-audit is not installed as a command beside this Python")
    result = subprocess.run(
        [program, "scan", "--no-cache", "--format", "concise"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, "")
    assert "odd.py" in result.stdout
    assert "DJA201" in result.stdout
    assert not mark.exists()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_flake8_reports_what_is_parsed_apart(jobs: str, tmp_path: Path) -> None:
    root = shop(tmp_path, odd=SUSPICIOUS)
    command = [sys.executable, "-W", "error", "-m", "flake8", "--isolated", "--select=DJA", f"-j{jobs}", "."]
    environment = {**os.environ, FOLDER_VARIABLE: str(tmp_path / "cache")}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert not result.stderr
    found = [line.split(":")[0] for line in result.stdout.splitlines() if "DJA201" in line]
    assert sorted(found) == sorted(["./shop/odd.py", *(f"./shop/views{number}.py" for number in range(10))])


def test_what_is_too_much_costs_its_own_file(tmp_path: Path) -> None:
    too_much = {
        "sum": "x = 1" + " + 1" * 20_000,
        "attributes": "x = a" + ".b" * 20_000,
        "brackets": "x = " + "[" * 3_000 + "]" * 3_000,
        "unary": "x = " + "-" * 3_000 + "1",
        "elif": "def f(a):\n    if a: pass\n" + "    elif a: pass\n" * 10_000,
    }
    much = {
        "lines": "x = 1\n" * 100_000 + BLOCKING,
        "branches": BLOCKING + "    if request: pass\n" * 10_000,
    }
    refused = {name: f"{content}\n\n\n{BLOCKING}" for name, content in too_much.items()}
    found = report(shop(tmp_path, **refused, **much), jobs=2)
    assert [skipped.path for skipped in found.skipped] == sorted(f"shop/{name}.py" for name in refused)
    paths = [finding.location.path for finding in found.findings if finding.code == "DJA201"]
    assert {f"shop/{name}.py" for name in much} <= set(paths)
    assert len(paths) == len(much) + 10
