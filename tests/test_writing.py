"""Rows that are written to a file, a response or a `csv` writer, and what a content type leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, codes_in, write_project

HANDLER = """\
    import csv
    import io

    from asgiref.sync import sync_to_async
    from django.contrib.contenttypes.models import ContentType
    from django.http import HttpResponse

    from shop.models import Book, Note


    async def view(request):
        response = HttpResponse()
        titles = Book.objects.values_list("title")
        books = [book async for book in Book.objects.all()]
        note = await Note.objects.aget(pk=1)
        kind = await ContentType.objects.aget(pk=1)
        {what}
        return response
    """
MODELS = f"""{SHOP["shop/models.py"]}

        class Note(models.Model):
            book = models.ForeignKey(Book, on_delete=models.CASCADE)

            def __str__(self):
                return self.book.title
    """


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("csv.writer(response).writerows(titles)", ["DJA102"]),
        ("csv.DictWriter(response, ['title']).writerows(Book.objects.values('title'))", ["DJA102"]),
        ("response.writelines(titles)", ["DJA102"]),
        ("io.StringIO().writelines(titles)", ["DJA102"]),
        ("csv.writer(response).writerow(['of', note])", ["DJA110"]),
        ("csv.writer(response).writerow([note.pk, 'x'])", []),
        ("csv.writer(response).writerows([book.pk, book.title] for book in books)", []),
        ("await sync_to_async(csv.writer(response).writerows)(titles)", []),
        ("kind.get_object_for_this_type(pk=1)", ["DJA106"]),
        ("kind.model_class().objects.count()", ["DJA101"]),
        ("await kind.model_class()._default_manager.acount()", []),
        ("kind.model_class().describe().about()", []),
    ],
)
def test_what_is_written(tmp_path: Path, what: str, expected: list[str]) -> None:
    files = {**SHOP, "shop/models.py": MODELS, "shop/handlers.py": HANDLER.replace("{what}", what)}
    found = codes_in(write_project(tmp_path, files))
    assert [code for code in found if code.startswith(("DJA1", "DJA2", "DJA4"))] == expected
