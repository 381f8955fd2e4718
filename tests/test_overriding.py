"""Coroutines of a base that call what classes below it override."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, report_on, write_project

BASE = """\
from django.http import JsonResponse
from django.views import View


class RowsView(View):
    async def get(self, request):
        rows = self.rows()
        return JsonResponse({"rows": rows})

    def rows(self):
        return []
"""
IMPORTS = "from shop.base import RowsView\nfrom shop.models import Book\n\n\n"
QUERYING = "class Books(RowsView):\n    def rows(self):\n        return Book.objects.count()\n"


def found(tmp_path: Path, below: str, path: str = "shop/views.py") -> list[tuple[str, int, str]]:
    """Code, line and confidence of what is found in the base, but for what is said of it alone."""
    root = write_project(tmp_path, {**SHOP, "shop/base.py": BASE, path: IMPORTS + below})
    return [
        (finding.code, finding.location.line, finding.confidence.value)
        for finding in report_on(root).findings
        if finding.location.path == "shop/base.py" and finding.code != "DJA301"
    ]


@pytest.mark.parametrize(
    "below",
    [
        QUERYING,
        "class Empty(RowsView): pass\n\n\n" + QUERYING.replace("RowsView", "Empty"),
        QUERYING.replace("Books(RowsView)", "Mixin") + "\n\nclass Books(Mixin, RowsView): pass\n",
        "import time\n\n\nclass Slow(RowsView):\n    def rows(self):\n        time.sleep(1)\n",
    ],
    ids=["directly below", "further below", "a mixin", "one that blocks"],
)
def test_an_override_runs_on_the_event_loop(below: str, tmp_path: Path) -> None:
    code = "DJA210" if "time" in below else "DJA110"
    assert found(tmp_path, below) == [(code, 7, "likely")]


@pytest.mark.parametrize(
    "below",
    [
        "class Books(RowsView):\n    def rows(self):\n        return [1]\n",
        "class Books(RowsView):\n    def other(self):\n        return Book.objects.count()\n",
        QUERYING + "\n    async def get(self, request): pass\n",
        "class RowsViews:\n    def rows(self):\n        return Book.objects.count()\n",
    ],
    ids=["it does not query", "another method", "another coroutine", "another class"],
)
def test_others_change_nothing(below: str, tmp_path: Path) -> None:
    assert found(tmp_path, below) == []


def test_a_double_of_a_test_changes_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, QUERYING, "shop/tests/test_views.py") == []


def test_classes_that_inherit_from_each_other_end(tmp_path: Path) -> None:
    ring = "".join(f"class C{number}(C{(number + 1) % 30}, RowsView): pass\n" for number in range(30))
    assert found(tmp_path, ring) == []


HOOKED = """\
from django.http import HttpResponse
from django.views.generic import DetailView
from shop.models import Book


class Base(DetailView):
    async def find(self):
        return self.get_object()

    async def get(self, request, *args, **kwargs):
        self.object = await self.find()
        return HttpResponse(str(self.object.pk))


class One(Base):
    async def find(self):
        return await Book.objects.aget(pk=self.kwargs["pk"])


class Two(Base):
    async def find(self):
        return await Book.objects.afirst()
"""


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (("", ""), []),
        (
            ("\n    async def find(self):\n        return await Book.objects.afirst()\n", "\n    pass\n"),
            ["DJA106"],
        ),
        (("class Two", "view = Base.as_view()\n\n\nclass Two"), ["DJA106"]),
    ],
    ids=["overridden by all", "not by one", "used itself"],
)
def test_what_all_classes_below_override_never_runs(
    change: tuple[str, str], codes: list[str], tmp_path: Path
) -> None:
    root = write_project(
        tmp_path, {**SHOP, "shop/hooked.py": HOOKED.replace(*change) if change[0] else HOOKED}
    )
    report = report_on(root)
    assert [finding.code for finding in report.findings if finding.code == "DJA106"] == codes
    verdicts = {entry.name: entry.verdict.value for entry in report.entry_points}
    assert (verdicts["shop.hooked.Base.get"] == "blocks") is bool(codes)
