"""`async-audit why`: the whole evidence for one function."""

from __future__ import annotations

from pathlib import Path

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


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    project = write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS})
    result = CliRunner().invoke(main, ["why", "nothing_of_that_name", "--root", str(project)])
    assert result.exit_code == 2
    assert "no such function" in result.output
