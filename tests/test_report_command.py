"""`async-audit report`: what it writes, where, and how it ends."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from async_audit.cli import main
from tests.projects import SHOP, write_project

VIEWS = """\
import time


async def view(request):
    time.sleep(1)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", {**SHOP, "shop/views.py": VIEWS})


def report(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def test_both_files(shop: Path, tmp_path: Path) -> None:
    result = report(shop, "--html", tmp_path / "a.html", "--markdown", tmp_path / "a.md")
    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")
    assert "`shop.views.view`" in (tmp_path / "a.md").read_text()


def test_standard_output(shop: Path) -> None:
    result = report(shop, "--markdown", "-")
    assert result.exit_code == 0
    assert result.stdout.startswith("# Async audit of `project`\n")


def test_nothing_else_is_left_beside_the_file(shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    report(shop, "--html", folder / "a.html")
    assert [path.name for path in folder.iterdir()] == ["a.html"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "say what to write"),
        (("--html", "same", "--markdown", "same"), "name the same file"),
        (("--html", "no/such/folder/a.html"), "no/such/folder/a.html: cannot be written: No such file"),
        (("--html", "."), ".: cannot be written: Is a directory"),
    ],
)
def test_what_cannot_be_done_is_said(shop: Path, arguments: tuple[str, ...], complaint: str) -> None:
    result = report(shop, *arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_a_folder_without_python_files(tmp_path: Path) -> None:
    result = report(tmp_path, "--html", tmp_path / "a.html")
    assert result.exit_code == 2
    assert not (tmp_path / "a.html").exists()


def test_an_old_file_gives_way_and_keeps_its_permissions(shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    target.write_text("old")
    target.chmod(0o640)
    assert report(shop, "--html", target).exit_code == 0
    assert target.read_text() != "old"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no permissions of this kind")
def test_a_new_file_has_the_usual_permissions(shop: Path, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        report(shop, "--html", tmp_path / "a.html")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a.html").stat().st_mode) == 0o640


def test_a_symbolic_link_keeps_leading_there(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "a.html")
    assert report(shop, "--html", tmp_path / "link.html").exit_code == 0
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk(shop: Path) -> None:
    result = report(shop, "--html", "/dev/full")
    assert result.exit_code == 2
    assert "/dev/full: cannot be written" in result.stderr
