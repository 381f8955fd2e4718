"""What is told of the tests of an audited project: what goes wrong in them, and not what only costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, codes_in, write_project

QUERY = "from shop.models import Book\n\n\nasync def test_titles():\n    assert Book.objects.count() == 1\n"
GUARD_OFF = "import os\n\nos.environ.setdefault('DJANGO_ALLOW_ASYNC_UNSAFE', 'true')\n"
BRIDGE = """\
from asgiref.sync import async_to_sync, sync_to_async


@sync_to_async
def total():
    return 3


def {function}():
    return async_to_sync(total)()
"""


def codes_of(tmp_path: Path, **files: str) -> list[str]:
    paths = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    write_project(tmp_path, {**SHOP, **paths})
    return codes_in(tmp_path)


def test_a_query_in_a_test_raises(tmp_path: Path) -> None:
    assert codes_of(tmp_path, tests__test_books=QUERY) == ["DJA101"]


@pytest.mark.parametrize("conftest", ["conftest", "tests__conftest", "tests__books__conftest"])
def test_it_does_not_where_a_conftest_above_switches_the_guard_off(tmp_path: Path, conftest: str) -> None:
    assert codes_of(tmp_path, **{conftest: GUARD_OFF, "tests__books__test_books": QUERY}) == []


def test_it_does_not_where_the_module_switches_the_guard_off(tmp_path: Path) -> None:
    assert codes_of(tmp_path, tests__test_books=GUARD_OFF + QUERY) == []


@pytest.mark.parametrize("conftest", ["other__conftest", "tests__book__conftest"])
def test_a_conftest_elsewhere_does_not_matter(tmp_path: Path, conftest: str) -> None:
    found = codes_of(tmp_path, **{conftest: GUARD_OFF, "tests__books__test_books": QUERY})
    assert found == ["DJA101"]


def test_a_guard_that_is_set_to_nothing_is_on(tmp_path: Path) -> None:
    found = codes_of(tmp_path, conftest=GUARD_OFF.replace("true", ""), tests__test_books=QUERY)
    assert found == ["DJA101"]


def test_the_guard_of_the_tests_says_nothing_of_the_project(tmp_path: Path) -> None:
    view = QUERY.replace("test_titles", "titles")
    assert codes_of(tmp_path, conftest=GUARD_OFF, shop__services=view) == ["DJA101"]


def test_a_test_may_go_through_the_bridge_that_it_tests(tmp_path: Path) -> None:
    assert codes_of(tmp_path, shop__services=BRIDGE.format(function="run")) == ["DJA304"]
    assert codes_of(tmp_path / "b", tests__test_total=BRIDGE.format(function="test_total")) == []


@pytest.mark.parametrize(
    "line", ["open('books.csv').read()", "from django.contrib.auth.hashers import make_password as f; f('x')"]
)
def test_what_keeps_a_test_waiting_for_a_moment_is_not_told(tmp_path: Path, line: str) -> None:
    module = f"async def test_books():\n    {line}\n"
    assert "DJA20" in " ".join(codes_of(tmp_path / "a", shop__services=module))
    assert codes_of(tmp_path / "b", tests__test_books=module) == []


def test_a_test_that_sleeps_or_asks_the_network_is_told(tmp_path: Path) -> None:
    module = "import time\n\n\nasync def test_books():\n    time.sleep(1)\n"
    assert codes_of(tmp_path, tests__test_books=module) == ["DJA201"]
