"""The same code as different versions of Django: what each lacks is DJA406 there and fine later."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from async_audit.config import SUPPORTED, Config, everything
from async_audit.engine import audit
from tests.projects import SHOP, write_project

TWINS = {
    "await aget_object_or_404(Book, pk=1)": (5, 0),
    "await alogin(request, None)": (5, 0),
    "await request.auser()": (5, 0),
    "await Signal().asend(None)": (5, 0),
    "await request.session.aget('key')": (5, 1),
    "await (await User.objects.aget()).ahas_perm('x')": (5, 2),
    "await User.objects.acreate_superuser('x')": (5, 2),
    "await ModelBackend().aget_user(1)": (5, 2),
    "await AsyncPaginator(Book.objects.all(), 9).aget_page(1)": (6, 0),
    "[b async for b in Author.objects.prefetch_related('book_set').aiterator()]": (5, 0),
    "[b async for b in Author.objects.prefetch_related('book_set')]": (4, 2),
    "[b async for b in Book.objects.select_related('author').aiterator()]": (4, 2),
    "await Book.objects.aget()": (4, 2),
    "await (await Book.objects.aget()).asave()": (4, 2),
    "await (await Author.objects.aget()).book_set.aadd()": (4, 2),
    "await cache.aget('key')": (4, 2),
}
"""Expressions with the first version in which they do not raise."""

MODULE = """\
from django.contrib.auth import alogin
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.paginator import AsyncPaginator
from django.dispatch import Signal
from django.shortcuts import aget_object_or_404
from shop.models import Author, Book

"""


@pytest.mark.parametrize("version", SUPPORTED, ids=lambda version: "{}.{}".format(*version))
def test_a_twin_is_missing_until_it_comes(version: tuple[int, int], tmp_path: Path) -> None:
    body = MODULE
    for number, twin in enumerate(TWINS):
        body += f"\nasync def call_{number}(request):\n{indent(twin, '    ')}\n"
    root = write_project(tmp_path, {**SHOP, "shop/views.py": body})
    findings = audit([root], everything(Config(), version)).findings
    lines = {f.location.line for f in findings if f.code == "DJA406" and f.location.path == "shop/views.py"}
    missing = {twin for twin in TWINS if body.splitlines().index(f"    {twin}") + 1 in lines}
    assert missing == {twin for twin, since in TWINS.items() if since > version}
