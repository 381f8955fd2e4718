"""Programs larger or stranger than anybody writes: an audit ends, and says what it would of a small one."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.findings import Report
from tests.projects import SHOP, report_on, write_project

QUERY = "Book.objects.get(pk=1)"
IMPORTS = "from shop.models import Book\n"


def views(*parts: str) -> dict[str, str]:
    """A project whose views are these pieces of a module, one behind the other."""
    return {**SHOP, "shop/views.py": "\n".join((IMPORTS, *parts, ""))}


def report(tmp_path: Path, files: dict[str, str]) -> Report:
    """The report on a project of which nothing may be left out."""
    found = report_on(write_project(tmp_path, files))
    assert found.skipped == ()
    return found


def codes(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """The codes of what is found in that project."""
    return [finding.code for finding in report(tmp_path, files).findings]


ROOT = f"class C0:\n    def load(self):\n        return {QUERY}\n"


class TestClasses:
    def test_a_chain_of_thousands(self, tmp_path: Path) -> None:
        chain = "".join(f"class C{number}(C{number - 1}): pass\n" for number in range(1, 3_000))
        view = "async def view(request):\n    return C2999().load()\n"
        assert codes(tmp_path, views(ROOT, chain, view)) == ["DJA110"]

    def test_a_chain_through_modules(self, tmp_path: Path) -> None:
        modules = {
            f"shop/c{number}.py": f"from shop.c{number - 1} import C{number - 1}\n"
            f"class C{number}(C{number - 1}): pass\n"
            for number in range(1, 500)
        }
        view = "async def view(request):\n    return C499().load()\n"
        files = views("from shop.c499 import C499", view)
        assert codes(tmp_path, {**files, "shop/c0.py": IMPORTS + ROOT, **modules}) == ["DJA110"]

    def test_bases_that_are_shared_again_and_again(self, tmp_path: Path) -> None:
        # Two ways up at each of the steps are 2 ** 100 ways to the first class.
        diamonds = "".join(
            f"class L{number}(C{number - 1}): pass\nclass R{number}(C{number - 1}): pass\n"
            f"class C{number}(L{number}, R{number}): pass\n"
            for number in range(1, 100)
        )
        view = "async def view(request):\n    return C99().load()\n"
        assert codes(tmp_path, views(ROOT, diamonds, view)) == ["DJA110"]

    def test_classes_that_inherit_from_themselves_and_each_other(self, tmp_path: Path) -> None:
        selves = "".join(
            f"class S{number}(S{number}):\n    def load(self): return super().load()\n"
            for number in range(50)
        )
        ring = "".join(
            f"class R{number}(R{(number + 1) % 50}):\n    def load(self): return super().load()\n"
            for number in range(50)
        )
        view = f"async def view(request):\n    S0().load()\n    R7().load()\n    R7().other()\n    {QUERY}\n"
        assert codes(tmp_path, views(selves, ring, view)) == ["DJA101"]

    def test_managers_that_lend_each_other_their_methods(self, tmp_path: Path) -> None:
        lenders = (
            "from django.db import models\n"
            "class A(models.Manager.from_queryset(B)): pass\n"
            "class B(models.Manager.from_queryset(A)): pass\n"
            "class Copy(models.Model):\n    objects = A()\n"
        )
        view = "async def view(request):\n    Copy.objects.other()\n    Copy.objects.get(pk=1)\n"
        assert codes(tmp_path, views(lenders, view)) == ["DJA101"]

    def test_the_order_is_pythons(self, tmp_path: Path) -> None:
        """Of a class with two bases that share one, the second base comes before the shared one."""
        classes = (
            f"class Base:\n    def load(self): return {QUERY}\n"
            "class Left(Base): pass\n"
            "class Right(Base):\n    def load(self): return 1\n"
            "class Both(Left, Right): pass\n"
        )
        view = "async def view(request):\n    return Both().load()\n"
        assert codes(tmp_path, views(classes, view)) == ["DJA301"]


def nested(kinds: list[str], inner: str) -> str:
    """A view in which each block stands in the one before it."""
    lines = ["async def view(request):", "    kept = Book()"]
    lines += ["    " * depth + kind for depth, kind in enumerate(kinds, start=1)]
    lines.append("    " * (len(kinds) + 1) + inner)
    return "\n".join((*lines, ""))


class TestLoops:
    """Twenty blocks within one another are the most that Python compiles."""

    def test_loops_within_loops(self, tmp_path: Path) -> None:
        loops = [f"for item{number} in request.GET:" for number in range(10)] + ["while request.GET:"] * 10
        assert codes(tmp_path, views(nested(loops, QUERY))) == ["DJA101"]

    def test_loops_that_change_what_they_start_from_each_time(self, tmp_path: Path) -> None:
        loops = [f"for item{number} in request.GET:" for number in range(20)]
        grows = "kept = (kept, item0, item19)"
        again = "".join(f"{'    ' * depth}kept = [kept, kept]\n" for depth in range(20, 1, -1))
        view = nested(loops, f"{QUERY}; {grows}") + again
        assert codes(tmp_path, views(view)) == ["DJA101"]

    def test_a_second_turn_is_still_taken(self, tmp_path: Path) -> None:
        """What the first turn leaves behind is what the second starts from."""
        view = (
            "async def view(request):\n    rows = []\n    for item in request.GET:\n"
            "        list(rows)\n        rows = Book.objects.all()\n"
        )
        assert codes(tmp_path, views(view)) == ["DJA102"]


class TestValues:
    @pytest.mark.parametrize(
        "step",
        [
            "kept = (kept, kept)",
            "kept = {'a': kept, 'b': [kept]}",
            "kept = functools.partial(kept, kept, key=kept)",
            "kept = lambda before=kept: (before, kept)",
            "kept = box.kept = (box.kept, kept)",
            "kept = keep(kept)",
            "kept = [(kept, item) for item in kept]",
            "kept = kept if request.GET else (kept, kept)",
        ],
    )
    def test_what_doubles_with_each_step(self, step: str, tmp_path: Path) -> None:
        helpers = "import functools\nclass Box: pass\ndef keep(kept): return [kept, (kept, kept)]\n"
        start = "async def view(request):\n    kept = Book()\n    box = Box()\n"
        assert codes(tmp_path, views(helpers, start, f"    {step}\n" * 60, f"    {QUERY}\n")) == ["DJA101"]

    def test_what_is_nested_as_people_nest_it_stays_known(self, tmp_path: Path) -> None:
        start = "async def view(request):\n    kept = Book.objects.all()\n"
        end = f"    list(kept{'[0]' * 8})\n"
        assert codes(tmp_path, views(start, "    kept = [kept]\n" * 8, end)) == ["DJA102"]
