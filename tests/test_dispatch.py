"""A `dispatch` that is a coroutine of the project is a part of every handler behind it."""

from __future__ import annotations

from pathlib import Path

from tests.projects import SHOP, report_on, write_project

VIEWS = """\
from django.http import HttpResponse
from django.views import View
from shop.models import Book


class SignedIn:
    async def dispatch(self, request, *args, **kwargs):
        request.user = await request.auser()
        return await super().dispatch(request, *args, **kwargs)


class One(SignedIn, View):
    async def get(self, request, pk):
        return HttpResponse((await Book.objects.aget(pk=pk)).title)


class Open(View):
    async def get(self, request, pk):
        return HttpResponse((await Book.objects.aget(pk=pk)).title)
"""


def test_its_hops_are_those_of_the_handler(tmp_path: Path) -> None:
    report = report_on(write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS}))
    hops = {entry.name: (entry.verdict.value, entry.ledger.hops) for entry in report.entry_points}
    assert hops == {"shop.views.One.get": ("costs", 2), "shop.views.Open.get": ("neutral", 1)}


def test_it_has_to_be_plain_where_the_handler_becomes_plain(tmp_path: Path) -> None:
    report = report_on(write_project(tmp_path, {**SHOP, "shop/views.py": VIEWS}))
    messages = [finding.message for finding in report.findings if finding.code == "DJA302"]
    assert ["`SignedIn.dispatch`" in message for message in messages] == [True, False]


def test_a_loop_is_told_as_one(tmp_path: Path) -> None:
    source = """\
        from shop.models import Book


        async def shelf(request, numbers):
            return [await Book.objects.aget(pk=number) for number in numbers]
        """
    report = report_on(write_project(tmp_path, {**SHOP, "shop/views.py": source}))
    assert [finding.code for finding in report.findings if "n as written" in finding.message] == ["DJA302"]


def test_what_no_table_knows_leaves_the_verdict_open(tmp_path: Path) -> None:
    source = """\
        import elsewhere
        from django.http import HttpResponse


        async def embed(request):
            return HttpResponse(elsewhere.Client().embed("text"))
        """
    report = report_on(write_project(tmp_path, {**SHOP, "shop/views.py": source}))
    (entry,) = report.entry_points
    assert entry.verdict.value == "unknown"
    assert "elsewhere.Client.embed" in entry.reasons[0]
