"""Programs larger or stranger than anybody writes: an audit ends, and says what it would of a small one."""

from __future__ import annotations

from pathlib import Path

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
