"""What stands under a test in a template, and what an included template is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, report_on, write_project

VIEW = """\
from django.shortcuts import render
from shop.models import Book


async def page(request):
    plain = await Book.objects.aget(pk=1)
    full = await Book.objects.select_related("author").aget(pk=1)
    context = {"book": plain, "full": full, "show": False, "hide": True, "some": request.GET}
    return render(request, "page.html", context)
"""
AUTHOR = "{{ book.author.name }}"
TITLE = "{{ book.title }}"


@pytest.mark.parametrize(
    ("page", "queries"),
    [
        (AUTHOR, True),
        (f"{{% if show %}}{AUTHOR}{{% endif %}}", False),
        (f"{{% if hide %}}{TITLE}{{% else %}}{AUTHOR}{{% endif %}}", False),
        (f"{{% if show %}}{TITLE}{{% else %}}{AUTHOR}{{% endif %}}", True),
        (f"{{% if show %}}{TITLE}{{% elif some %}}{AUTHOR}{{% endif %}}", True),
        (f"{{% if hide %}}{TITLE}{{% elif some %}}{AUTHOR}{{% endif %}}", False),
        (f"{{% if some %}}{TITLE}{{% else %}}{AUTHOR}{{% endif %}}", True),
        (f"{{% if show %}}{{% if some %}}x{{% else %}}{AUTHOR}{{% endif %}}{{% endif %}}", False),
        (f"{{% if show %}}x{{% endif %}}{AUTHOR}", True),
        (f"{{% if not show %}}{AUTHOR}{{% endif %}}", True),
        ("{% include 'author.html' %}", True),
        ("{% include 'author.html' with book=full %}", False),
        ("{% include 'author.html' with book=full only %}", False),
        ("{% include 'author.html' only %}", False),
        ("{% include 'author.html' with other=full %}", True),
    ],
)
def test_what_is_shown_queries(page: str, queries: bool, tmp_path: Path) -> None:  # noqa: FBT001
    files = {
        "shop/views.py": VIEW,
        "shop/templates/page.html": page,
        "shop/templates/author.html": AUTHOR,
    }
    codes = {finding.code for finding in report_on(write_project(tmp_path, {**SHOP, **files})).findings}
    assert ("DJA107" in codes) is queries
