"""The storage that a file field has: the default one, or the field's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, codes_in, write_project

MODELS = """\
    from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
    from django.db import models


    class Shelf(Storage):
        def size(self, name):
            return 0


    def choose():
        return FileSystemStorage(location="covers")


    class Book(models.Model):
        cover = models.ImageField()
        draft = models.FileField(storage=InMemoryStorage())
        scan = models.FileField(storage=choose)
        own = models.FileField(storage=Shelf)
    """
VIEW = """\
    from asgiref.sync import sync_to_async

    from shop.models import Book


    async def view(request):
        book = await Book.objects.aget(pk=1)
        return {what}
    """


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("book.cover.storage.exists(book.cover.name)", ["DJA204"]),
        ("book.cover.storage.delete('a.png')", ["DJA204"]),
        ("book.scan.storage.open('a.png')", ["DJA204"]),
        ("book.own.storage.exists('a.png')", ["DJA204"]),
        ("book.own.storage.size('a.png')", []),
        ("book.draft.storage.exists('a.txt')", []),
        ("book.cover.storage.url('a.png')", []),
        ("await sync_to_async(book.cover.storage.exists)('a.png')", []),
    ],
)
def test_the_storage_of_a_field(tmp_path: Path, what: str, expected: list[str]) -> None:
    files = {**SHOP, "shop/models.py": MODELS, "shop/handlers.py": VIEW.replace("{what}", what)}
    found = codes_in(write_project(tmp_path, files))
    assert [code for code in found if code.startswith(("DJA1", "DJA20", "DJA21"))] == expected
