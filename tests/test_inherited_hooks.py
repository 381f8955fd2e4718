"""Plain hooks of mixins, which run on the event loop where a subclass has asynchronous handlers."""

from __future__ import annotations

from pathlib import Path

from tests.projects import SHOP, codes_in, write_project

MIXINS = """\
    from django.core.exceptions import PermissionDenied


    class StaffMixin:
        def dispatch(self, request, *args, **kwargs):
            if not request.user.is_staff:
                raise PermissionDenied
            return super().dispatch(request, *args, **kwargs)


    class NoteMixin:
        def setup(self, request, *args, **kwargs):
            super().setup(request, *args, **kwargs)
            self.note = request.GET.get("note")
    """

VIEWS = """\
    from django.http import HttpResponse
    from django.views import View

    from shop.mixins import NoteMixin, StaffMixin


    class Page({bases}View):
        {handler}get(self, request):
            return HttpResponse("page")
    """


def codes(root: Path, bases: str, handler: str, more: str = "") -> list[str]:
    """What is found of a view that has these bases before `View`, and code behind it."""
    views = VIEWS.format(bases=bases, handler=handler) + more
    project = write_project(root, {**SHOP, "shop/mixins.py": MIXINS, "shop/views.py": views})
    return [code for code in codes_in(project) if code.startswith(("DJA1", "DJA2"))]


def test_a_hook_that_queries_is_reported_where_the_mixin_is_taken(tmp_path: Path) -> None:
    assert codes(tmp_path, "StaffMixin, ", "async def ") == ["DJA110"]


def test_a_synchronous_view_runs_the_hook_in_a_thread(tmp_path: Path) -> None:
    assert codes(tmp_path, "StaffMixin, ", "def ") == []


def test_a_hook_that_does_not_query_is_fine(tmp_path: Path) -> None:
    assert codes(tmp_path, "NoteMixin, ", "async def ") == []


def test_a_subclass_does_not_repeat_what_its_base_says(tmp_path: Path) -> None:
    more = """\


    class Other(Page):
        async def get(self, request):
            return HttpResponse("other")
    """
    assert codes(tmp_path, "NoteMixin, StaffMixin, ", "async def ", more) == ["DJA110"]
