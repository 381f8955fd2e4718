"""`async-audit why`: the whole evidence for one function."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from async_audit.cli import main
from tests.projects import SHOP, write_project

VIEWS = """\
    from asgiref.sync import sync_to_async

    from shop.models import Book


    def newest():
        return Book.objects.latest("pk")


    async def front(request, name):
        book = await Book.objects.aget(title=name)
        other = newest()
        await name.something()
        return book, other
    """


@pytest.fixture(autouse=True)
def in_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in the folder of the project."""
    monkeypatch.chdir(tmp_path)


def why(project: Path, target: str) -> str:
    result = CliRunner().invoke(main, ["why", target, "--root", str(project)])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_function_is_found_by_name(tmp_path: Path) -> None:
    output = why(write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS}), "views.front")
    assert "shop.views.front  (shop/views.py:10)" in output
    assert "runs on the event loop" in output


def test_the_chain_is_printed(tmp_path: Path) -> None:
    output = why(write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS}), "front")
    assert "line 12: `newest` (queries, certain)" in output
    assert "└ shop/views.py:7 newest: `Book.objects.latest` queries the database" in output


def test_values_and_what_is_unknown_are_printed(tmp_path: Path) -> None:
    output = why(write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS}), "front")
    assert "book = fetched shop.models.Book" in output
    assert "1 × hop-request" in output
    assert "line 13: await name.something()" in output


def test_a_function_is_found_by_line(tmp_path: Path) -> None:
    project = write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS})
    assert "shop.views.newest" in why(project, f"{project}/shop/views.py:7")


def test_a_place_is_taken_as_reports_print_it(tmp_path: Path) -> None:
    project = write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS})
    assert "shop.views.newest" in why(project, f"{project}/shop/views.py:7:12")
    assert "shop.views.newest" in why(project, "shop/views.py:7")


def test_the_file_that_is_named_is_not_another_with_the_same_end(tmp_path: Path) -> None:
    project = write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS, "shop/old_views.py": VIEWS})
    assert "old_views" not in why(project, "views.py:7")


def test_paths_are_those_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_project(tmp_path, {f"back end/{path}": text for path, text in SHOP.items()})
    write_project(project, {"back end/shop/views.py": VIEWS})
    output = why(project / "back end", "front")
    assert "(back end/shop/views.py:10)" in output
    assert "└ back end/shop/views.py:7 newest" in output
    monkeypatch.chdir(project / "back end" / "shop")
    assert "(views.py:10)" in why(project / "back end", "front")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("nothing_of_that_name", "no such function; write it as shop.views.checkout or FILE:LINE"),
        ("shop.views.newist", "no such function (is it newest?); write it as"),
        ("shop/nowhere.py:3", "no Python file of the project at"),
        ("shop/views.py:1", "this line is in no function; the nearest begin in line 6, line 10"),
        ("shop/settings.py:1", "there is no function in this file"),
        ("shop/views.py", "name a line of it as shop/views.py:LINE"),
    ],
)
def test_what_names_no_function_is_an_error(target: str, said: str, tmp_path: Path) -> None:
    write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS})
    result = CliRunner().invoke(main, ["why", target])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"async-audit: {target}: {said}" in result.stderr


def test_long_values_are_cut(tmp_path: Path) -> None:
    views = f"async def view(request):\n    about = {'x' * 999!r}\n    return about\n"
    output = why(write_project(tmp_path, {**SHOP, "shop/views.py": views}), "view")
    assert [len(line) for line in output.splitlines() if "about = " in line] == [4 + len("about = ") + 160]
