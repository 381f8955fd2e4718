"""The cache: the same findings whatever is in it, and nothing done twice that need not be."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from async_audit.cache import FOLDER_VARIABLE, NO_CACHE, Cache
from async_audit.cli import main
from async_audit.config import Config
from async_audit.engine import audit
from async_audit.findings import Report
from async_audit.results import Results
from async_audit.snapshot import Snapshot
from tests.projects import EVERY_RULE, FIXTURES, PROJECTS, SHOP, write_project

VIEWS = "import time\n\n\nasync def view(request):\n    time.sleep(1)\n"
CLEAN = "import time\n\n\ndef view(request):\n    time.sleep(1)\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    path = tmp_path / "cache"
    monkeypatch.setenv(FOLDER_VARIABLE, str(path))
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project with one finding in `shop/views.py`, last touched long ago."""
    root = write_project(tmp_path / "project", {**SHOP, "shop/views.py": VIEWS})
    age(root)
    return root


def age(root: Path) -> None:
    """Make everything below `root` look untouched for an hour, as far as the user can."""
    for path in (*root.rglob("*"), root):
        found = path.stat()
        os.utime(path, ns=(found.st_atime_ns - 3600 * 10**9, found.st_mtime_ns - 3600 * 10**9))


def scan(root: Path, config: Config = EVERY_RULE) -> Report:
    return audit([root], config, root=root, cache=Cache.open())


def fresh(root: Path, config: Config = EVERY_RULE) -> Report:
    return audit([root], config, root=root, cache=NO_CACHE)


def recalled(root: Path, config: Config = EVERY_RULE) -> Report | None:
    """What the cache alone says."""
    return Results(Cache.open(), root, config, (root,)).recall(f"False\0{root}")


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*/*") if path.is_file())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.usefixtures("folder")
class TestReports:
    @pytest.mark.parametrize("project", PROJECTS)
    def test_a_warm_report_is_the_cold_one(self, project: str) -> None:
        root = FIXTURES / project
        cold, warm = scan(root), scan(root)
        assert cold == warm == recalled(root) == fresh(root)

    def test_nothing_is_recalled_of_a_project_that_was_not_seen(self, shop: Path) -> None:
        assert recalled(shop) is None

    def test_another_configuration_is_another_report(self, shop: Path) -> None:
        assert scan(shop).findings
        assert not scan(shop, Config(ignore=("DJA",))).findings

    @pytest.mark.parametrize(
        "change",
        [
            lambda root: (root / "shop/views.py").write_text(CLEAN),
            lambda root: (root / "shop/views.py").unlink(),
            lambda root: (root / "shop/more.py").write_text(VIEWS),
            lambda root: write_project(root, {"new/deep/views.py": VIEWS}),
            lambda root: (root / "requirements.txt").write_text("django==4.2\n"),
            lambda root: (root / "shop").rename(root / "store"),
            lambda root: (root / "Procfile").write_text("web: gunicorn shop.wsgi\n"),
            lambda root: write_project(root, {"shop/templates/a.html": "{{ x }}"}),
            lambda root: (root / "shop/link.py").symlink_to(root / "shop/views.py"),
        ],
        ids=["edit", "delete", "new file", "new folder", "version", "rename", "server", "template", "link"],
    )
    def test_a_change_is_seen(self, shop: Path, change: Callable[[Path], object]) -> None:
        scan(shop)
        change(shop)
        assert recalled(shop) is None
        assert scan(shop) == fresh(shop)

    def test_a_change_right_after_the_scan_is_seen(self, shop: Path) -> None:
        """The clock of the file system may not have moved, and the size is the same."""
        views = shop / "shop/views.py"
        views.write_text(VIEWS)
        found = views.stat()
        scan(shop)
        views.write_text(VIEWS.replace("sleep(1)", "sleep(2)"))
        os.utime(views, ns=(found.st_atime_ns, found.st_mtime_ns))
        assert recalled(shop) is None

    def test_touching_changes_nothing(self, shop: Path) -> None:
        report = scan(shop)
        for path in shop.rglob("*"):
            path.touch()
        (shop / "shop/__pycache__").mkdir()
        assert recalled(shop) == report

    def test_going_back_finds_the_first_report(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first = scan(shop)
        (shop / "shop/views.py").write_text(CLEAN)
        assert scan(shop) != first
        (shop / "shop/views.py").write_text(VIEWS)
        monkeypatch.setattr("async_audit.audit.Audit.findings", None)
        assert scan(shop) == first

    def test_a_project_that_changes_meanwhile_is_not_kept(self, shop: Path) -> None:
        snapshot = Snapshot()
        snapshot.add_files([shop / "shop/views.py"])
        report = fresh(shop)
        (shop / "shop/views.py").write_text(CLEAN)
        Results(Cache.open(), shop, EVERY_RULE, (shop,)).keep(snapshot, f"False\0{shop}", report)
        assert recalled(shop) is None


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


SPOILERS: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "one byte": lambda path: path.write_bytes(path.read_bytes().replace(b"views", b"wiews", 1)),
    "noise": lambda path: path.write_bytes(b"\xff\x00garbage" * 50),
    "no checksum": lambda path: path.write_bytes(path.read_bytes().partition(b"\n")[2]),
    "nesting": lambda path: path.write_bytes(b"[" * 100_000),
    "writable by others": lambda path: path.chmod(0o666),
    "a folder": replace_by_folder,
    "a pipe": replace_by_pipe,
    "a loop of links": replace_by_loop,
}


class TestDamage:
    @pytest.mark.parametrize("how", SPOILERS)
    def test_every_entry_in_turn(self, how: str, shop: Path, folder: Path) -> None:
        report = scan(shop)
        assert report.findings
        for entry in entries(folder):
            SPOILERS[how](entry)
            assert scan(shop) == report

    @pytest.mark.parametrize("how", SPOILERS)
    def test_the_facts_of_every_file_in_turn(self, how: str, shop: Path, folder: Path) -> None:
        report = scan(shop)
        kept = sorted((folder / "facts").iterdir())
        assert kept
        for entry in kept:
            SPOILERS[how](entry)
            for known in (folder / "reports").iterdir():
                known.unlink()
            assert scan(shop) == report
            assert stat.S_ISREG(entry.lstat().st_mode)

    @pytest.mark.parametrize("kind", ["facts", "reports", "snapshots", "CACHEDIR.TAG"])
    @pytest.mark.parametrize(
        "place", [Path.touch, os.mkfifo, lambda path: path.symlink_to(path)], ids=["file", "pipe", "loop"]
    )
    def test_what_stands_in_the_way_gives_way(
        self, kind: str, place: Callable[[Path], object], shop: Path, folder: Path
    ) -> None:
        folder.mkdir(mode=0o700)
        place(folder / kind)
        assert scan(shop) == fresh(shop) == recalled(shop)
        assert {path.name for path in folder.iterdir() if path.is_dir()} == {"facts", "reports", "snapshots"}

    def test_another_entry_under_the_name(self, shop: Path, folder: Path) -> None:
        scan(shop)
        (kept,) = (folder / "reports").iterdir()
        scan(shop, Config(ignore=("DJA",)))
        (other,) = set((folder / "reports").iterdir()) - {kept}
        other.write_bytes(kept.read_bytes())
        assert not scan(shop, Config(ignore=("DJA",))).findings

    def test_json_that_is_no_report(self, folder: Path) -> None:
        cache = Cache.open()
        values: list[Any] = [{}, [], [1], "x", 7, [["a"] * 16]]
        for value in values:
            cache.write("snapshots", "key", value)
            assert Snapshot.from_json(cache.read("snapshots", "key")) in (None, Snapshot())
        assert folder.is_dir()

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists in place of modes")
    def test_a_folder_that_others_may_write_to_is_not_used(self, folder: Path, shop: Path) -> None:
        folder.mkdir()
        folder.chmod(0o777)
        assert scan(shop) == fresh(shop)
        assert not list(folder.iterdir())

    def test_a_folder_that_cannot_be_made(self, shop: Path, folder: Path) -> None:
        folder.write_text("a file stands in the way")
        assert scan(shop) == fresh(shop)

    def test_a_full_disk(self, shop: Path, folder: Path) -> None:
        limited = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
from async_audit.cli import main
main(sys.argv[1:])
"""
        result = subprocess.run(
            [sys.executable, "-c", limited, "scan", "--format", "concise", str(shop)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 1
        assert "DJA201" in result.stdout
        assert not result.stderr
        assert not [path for path in folder.rglob("*") if path.is_file() and path.name != "CACHEDIR.TAG"]


class TestSize:
    def test_what_was_not_used_for_longest_goes_first(self, folder: Path) -> None:
        cache = Cache.open()
        for number in range(10):
            cache.write("reports", f"{number}", "x" * 1000)
            os.utime(folder / "reports" / f"{number}.json", ns=(0, 10**18 + number * 10**9))
        assert cache.read("reports", "0") == "x" * 1000  # and so used last
        cache.trim(limit=4 * 1040)
        assert [path.stem for path in entries(folder)] == ["0", "7", "8", "9"]

    def test_an_entry_is_never_half_written(self, folder: Path) -> None:
        cache = Cache.open()
        cache.write("reports", "a", [1])
        with pytest.raises(TypeError):
            cache.write("reports", "a", object())
        assert cache.read("reports", "a") == [1]
        assert len(list((folder / "reports").iterdir())) == 1


class TestCommands:
    def test_no_cache_keeps_nothing(self, shop: Path, folder: Path) -> None:
        assert run("scan", "--no-cache", shop).exit_code == 1
        assert not folder.exists()

    def test_the_folder_is_told(self, folder: Path) -> None:
        assert run("cache", "dir").stdout == f"{folder}\n"

    def test_clean_removes_everything(self, shop: Path, folder: Path) -> None:
        run("scan", shop)
        assert entries(folder)
        assert run("cache", "clean").exit_code == 0
        assert not entries(folder)

    def test_scan_and_verdicts_share_a_report(self, shop: Path, folder: Path) -> None:
        scanned = json.loads(run("scan", "--format", "json", shop).stdout)
        count = len(entries(folder))
        judged = json.loads(run("verdicts", "--format", "json", shop).stdout)
        assert judged == scanned
        assert len(entries(folder)) == count

    def test_two_scans_at_once(self, shop: Path, folder: Path) -> None:
        command = [sys.executable, "-m", "async_audit", "scan", "--format", "json", str(shop)]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
        outputs = {process.communicate()[0] for process in running}
        assert len(outputs) == 1
        assert not list(folder.rglob("*.part"))


ANALYSIS = {
    "libcst",
    "async_audit.audit",
    "async_audit.catalogue",
    "async_audit.effects",
    "async_audit.syntax",
}


class TestStart:
    @pytest.mark.parametrize(
        "arguments",
        [("--help",), ("--version",), ("scan", "--help"), ("cache", "dir"), ("rule",)],
        ids=" ".join,
    )
    def test_what_is_only_told_imports_no_analysis(self, arguments: tuple[str, ...]) -> None:
        imported = imported_by(*arguments)
        assert not imported & {"libcst", "rich", "flake8"}

    @pytest.mark.usefixtures("folder")
    @pytest.mark.parametrize("output", ["json", "concise"])
    def test_a_warm_scan_imports_no_analysis(self, output: str, shop: Path) -> None:
        arguments = ("scan", "--format", output, str(shop))
        assert imported_by(*arguments) >= ANALYSIS
        assert not imported_by(*arguments) & {"rich", *ANALYSIS}


OURS = ANALYSIS - {"libcst"}
"""Another plugin of flake8 may need LibCST too."""

FLAKE8 = """
import sys
from flake8.main.cli import main
main(["--isolated", "--select=DJA", "-j1", sys.argv[1]])
print(*sorted(sys.modules), file=sys.stderr)
"""


def flake8(root: Path) -> tuple[list[str], set[str]]:
    """What flake8 prints of a project, and which modules it has imported."""
    result = subprocess.run(
        [sys.executable, "-c", FLAKE8, str(root)], capture_output=True, text=True, check=True
    )
    return result.stdout.splitlines(), set(result.stderr.split())


@pytest.mark.usefixtures("folder")
class TestFlake8:
    def test_a_warm_run_reads_no_project(self, shop: Path) -> None:
        cold, imported = flake8(shop)
        assert len(cold) == 1
        assert imported >= ANALYSIS
        warm, imported = flake8(shop)
        assert warm == cold
        assert not imported & OURS

    def test_an_edit_is_seen(self, shop: Path) -> None:
        assert len(flake8(shop)[0]) == 1
        (shop / "shop/views.py").write_text(CLEAN)
        assert not flake8(shop)[0]

    def test_its_findings_are_not_those_of_a_scan(self, shop: Path) -> None:
        """It reads `# noqa` itself, so that the plugin has to report what is silenced."""
        views = shop / "shop/views.py"
        views.write_text(VIEWS.replace("sleep(1)", "sleep(1)  # noqa: DJA201"))
        assert not scan(shop).findings
        command = [sys.executable, "-m", "flake8", "--isolated", "--select=DJA", "--disable-noqa", "."]
        for _ in range(2):
            result = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
            assert result.stdout.count("DJA201") == 1

    def test_a_project_without_coroutines_is_not_read(self, shop: Path) -> None:
        (shop / "shop/views.py").write_text(CLEAN)
        assert flake8(shop)[1].isdisjoint(OURS)


@pytest.mark.usefixtures("folder")
def test_a_middleware_that_is_edited_where_it_is_installed_is_seen(tmp_path: Path) -> None:
    package = ".venv/lib/python3.11/site-packages/elsewhere"
    root = write_project(
        tmp_path / "project",
        {
            **SHOP,
            "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
            "shop/settings.py": 'MIDDLEWARE = ["elsewhere.Timing"]\n',
            "shop/views.py": VIEWS,
            ".venv/pyvenv.cfg": "home = /usr/bin\n",
            f"{package}/__init__.py": "class Timing:\n    async_capable = True\n    sync_capable = True\n",
        },
    )
    age(root)
    assert scan(root) == fresh(root)
    (root / package / "__init__.py").write_text("class Timing:\n    sync_capable = True\n")
    after = scan(root)
    assert after == fresh(root)
    assert after.stack is not None
    assert after.stack.middleware[0].capability == "sync"


def imported_by(*arguments: str) -> set[str]:
    """The modules that the command line has imported when it is done."""
    code = """
import sys
from async_audit.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert end.code in (0, 1), end.code
print(*sorted(sys.modules), file=sys.stderr)
"""
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return set(result.stderr.split())
