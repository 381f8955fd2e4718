"""Only what changed since a revision, asked of real git repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from async_audit.changes import EVERY_LINE, changed_lines
from async_audit.cli import main
from tests.projects import SHOP, write_project

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

HELPER = """\
from shop.models import Book


def first():
    return Book.objects.all()


def other():
    return 1
"""
VIEWS = """\
import time
from shop.helper import first


async def old():
    time.sleep(1)


async def view(request):
    return first()
"""


def git(folder: Path, *arguments: str) -> None:
    """A git command that must succeed, whatever the user's configuration is."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", *identity, *arguments], cwd=folder, env=environment, check=True, capture_output=True
    )


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "Change")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project with one finding, in a folder of its repository."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    project = tmp_path / "back end"
    write_project(project, {**SHOP, "shop/helper.py": HELPER, "shop/views.py": VIEWS})
    commit(tmp_path)
    return project


def scan(shop: Path, revision: str = "HEAD") -> Result:
    return CliRunner().invoke(
        main, ["scan", "--format", "concise", "--select", "DJA1,DJA2", "--since", revision, str(shop)]
    )


def places(result: Result) -> list[str]:
    """File and line of each finding that is shown."""
    assert result.exit_code in {0, 1}, result.output
    return [":".join(line.split("shop/")[-1].split(":")[:2]) for line in result.stdout.splitlines()]


def test_nothing_changed(shop: Path) -> None:
    result = scan(shop)
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_changed_line(shop: Path) -> None:
    write_project(shop, {"shop/views.py": f"{VIEWS}\n\nasync def new():\n    time.sleep(2)\n"})
    assert places(scan(shop)) == ["views.py:14"]
    commit(shop)
    assert places(scan(shop)) == []
    assert places(scan(shop, "HEAD~1")) == ["views.py:14"]


def test_moved_lines_are_not_changed(shop: Path) -> None:
    write_project(shop, {"shop/views.py": f'"""Views."""\n\n{VIEWS}'})
    assert places(scan(shop)) == []


def test_a_chain_through_a_changed_line(shop: Path) -> None:
    write_project(shop, {"shop/helper.py": HELPER.replace("all()", "first()")})
    assert places(scan(shop)) == ["views.py:10"]
    commit(shop)
    write_project(
        shop, {"shop/helper.py": HELPER.replace("all()", "first()").replace("return 1", "return 2")}
    )
    assert places(scan(shop)) == []


def test_a_line_that_was_taken_away(shop: Path) -> None:
    write_project(shop, {"shop/views.py": VIEWS.replace("async def old", "# a comment above\nasync def old")})
    commit(shop)
    write_project(shop, {"shop/views.py": VIEWS})
    assert changed_lines(shop.resolve(), "HEAD") == {"shop/views.py": frozenset({4, 5})}


def test_files_that_git_does_not_know(shop: Path) -> None:
    write_project(shop, {"shop/new.py": VIEWS, ".gitignore": "ignored.py\n", "shop/ignored.py": VIEWS})
    changed = changed_lines(shop.resolve(), "HEAD")
    assert changed == {"shop/new.py": EVERY_LINE, ".gitignore": EVERY_LINE}
    assert places(scan(shop)) == ["new.py:6"]


def test_a_renamed_file_changed_where_it_changed(shop: Path) -> None:
    git(shop, "mv", "shop/views.py", "shop/pages.py")
    assert places(scan(shop)) == []
    write_project(shop, {"shop/pages.py": VIEWS.replace("sleep(1)", "sleep(2)")})
    assert places(scan(shop)) == ["pages.py:6"]


@pytest.mark.parametrize("name", ["we ird.py", 'qu"ote.py', "größe.py", "tab\there.py", "-dash.py"])
def test_peculiar_names(name: str, shop: Path) -> None:
    write_project(shop, {f"shop/{name}": "x = 1\n"})
    commit(shop)
    write_project(shop, {f"shop/{name}": "x = 1\ny = 2\n"})
    assert changed_lines(shop.resolve(), "HEAD") == {f"shop/{name}": frozenset({2})}


def test_content_that_looks_like_a_diff(shop: Path) -> None:
    write_project(shop, {"shop/diff.py": "a = 1\n"})
    commit(shop)
    text = 'a = """\n++ b/shop/views.py\n@@ -1 +5 @@\n-- a\n"""\nb = 1'
    write_project(shop, {"shop/diff.py": text})
    assert changed_lines(shop.resolve(), "HEAD") == {"shop/diff.py": frozenset(range(1, 7))}


def test_a_branch_answers_for_itself_only(shop: Path) -> None:
    git(shop, "checkout", "--quiet", "-b", "topic")
    write_project(shop, {"shop/new.py": VIEWS})
    commit(shop)
    git(shop, "checkout", "--quiet", "main")
    write_project(shop, {"shop/views.py": VIEWS.replace("sleep(1)", "sleep(9)")})
    commit(shop)
    git(shop, "checkout", "--quiet", "topic")
    assert places(scan(shop, "main")) == ["new.py:6"]


def test_user_settings_of_git_do_not_matter(shop: Path) -> None:
    for setting in ("diff.noprefix=true", "color.ui=always", "diff.external=false", "core.quotePath=false"):
        git(shop, "config", *setting.split("="))
    write_project(shop, {"shop/views.py": VIEWS.replace("sleep(1)", "sleep(2)")})
    assert places(scan(shop)) == ["views.py:6"]


@pytest.mark.parametrize("setting", [("diff.relative", "true"), ("diff.interHunkContext", "10")])
def test_settings_of_the_repository_do_not_matter(setting: tuple[str, str], shop: Path) -> None:
    below = shop / "below"
    below.mkdir()
    write_project(below, {"setup.py": "", **SHOP, "shop/views.py": VIEWS, "shop/helper.py": HELPER})
    commit(shop)
    git(shop, "config", *setting)
    lines = VIEWS.splitlines(keepends=True)
    (below / "shop/views.py").write_text("".join([*lines[:8], "\n", *lines[8:], "\n"]))
    assert changed_lines(below, "HEAD")["shop/views.py"] == frozenset({9, 12})


class TestErrors:
    @pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD:shop", ""])
    def test_a_revision_that_is_none(self, revision: str, shop: Path) -> None:
        result = scan(shop, revision)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"async-audit: --since: git knows no commit {revision!r} in ")
        assert len(result.stderr.splitlines()) == 1

    def test_no_repository(self, tmp_path: Path) -> None:
        write_project(tmp_path, SHOP)
        result = scan(tmp_path)
        assert result.exit_code == 2
        assert "not a git repository" in result.stderr

    def test_no_git(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(shop))
        result = scan(shop)
        assert result.exit_code == 2
        assert "--since needs git" in result.stderr


def test_a_clone_without_its_history_is_said_to_be_one(shop: Path, tmp_path: Path) -> None:
    write_project(shop, {"shop/views.py": VIEWS + "\n"})
    commit(tmp_path)
    assert "without its history" not in scan(shop, "nowhere").stderr
    git(tmp_path, "clone", "--quiet", "--depth", "1", tmp_path.as_uri(), "shallow")
    result = scan(tmp_path / "shallow" / "back end", "HEAD~1")
    assert result.exit_code == 2
    assert "a clone without its history (GitHub: `fetch-depth: 0`" in result.stderr
