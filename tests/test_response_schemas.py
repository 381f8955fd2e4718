"""What operations of ninja return is read from the event loop, as their response schemas show it.

Each line was run with django-ninja 1.7 under Django 5.2: those that are marked raise, the others answer.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.markers import disagreements, read_markers
from tests.projects import SHOP, codes_in, place, report_on, write_project

MODELS = """\
    from django.db import models


    class Author(models.Model):
        name = models.CharField(max_length=100)


    class Tag(models.Model):
        name = models.CharField(max_length=100)


    class Book(models.Model):
        title = models.CharField(max_length=100)
        author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
        tags = models.ManyToManyField(Tag)

        @property
        def by(self):
            return self.author.name

        def tag_count(self):
            return self.tags.count()

        def plain(self):
            return self.title
    """
API = """\
    from typing import List, Optional

    from asgiref.sync import sync_to_async
    from django.http import HttpResponse
    from ninja import Field, ModelSchema, NinjaAPI, Router, Schema, Status
    from ninja.pagination import paginate

    from shop.models import Author, Book

    api = NinjaAPI()
    router = Router()


    class TagOut(Schema):
        id: int
        name: str


    class AuthorOut(Schema):
        name: str


    class BookOut(Schema):
        id: int
        title: str


    class Nested(BookOut):
        author: AuthorOut


    class MaybeNested(BookOut):
        author: Optional[AuthorOut] = None


    class By(Schema):
        by: str


    class Count(Schema):
        tag_count: int


    class Plain(Schema):
        plain: str
        author_id: int


    class WithTags(Schema):
        title: str
        tags: List[TagOut]


    class Alias(Schema):
        author_name: str = Field(None, alias="author.name")


    class Resolved(Schema):
        author_name: str
        @staticmethod
        def resolve_author_name(obj):
            return obj.author.name


    class BookModel(ModelSchema):
        class Meta:
            model = Book
            fields = ["id", "title", "author"]


    class BookTags(ModelSchema):
        class Meta:
            model = Book
            fields = "__all__"


    class BookNoTags(ModelSchema):
        class Meta:
            model = Book
            exclude = ["tags"]


    class Page(Schema):
        items: list[BookOut]
        total: int


    class AuthorBooks(Schema):
        name: str
        books: list[BookOut]


    class Message(Schema):
        detail: str
    Books = List[BookOut]


    @api.get("/1", response=list[BookOut])
    async def qs(request):
        return Book.objects.all()  # expect: DJA102


    @api.get("/2", response=List[BookOut])
    async def qs_filter(request):
        books = Book.objects.filter(title="x")
        return books  # expect: DJA102


    @api.get("/3", response=list[BookOut])
    async def rows(request):
        return [b async for b in Book.objects.all()]


    @api.get("/5", response=Nested)
    async def nested(request):
        return await Book.objects.aget(pk=1)  # expect: DJA103


    @api.get("/6", response=MaybeNested)
    async def maybe(request):
        return await Book.objects.aget(pk=1)  # expect: DJA103


    @api.get("/7", response=Nested)
    async def nested_ok(request):
        return await Book.objects.select_related("author").aget(pk=1)


    @api.get("/8", response=list[Nested])
    async def nested_rows(request):
        return [b async for b in Book.objects.all()]  # expect: DJA103


    @api.get("/9", response=list[Nested])
    async def nested_rows_ok(request):
        return [b async for b in Book.objects.select_related("author")]


    @api.get("/10", response=By)
    async def by(request):
        return await Book.objects.aget(pk=1)  # expect: DJA110


    @api.get("/11", response=By)
    async def by_ok(request):
        return await Book.objects.select_related("author").aget(pk=1)


    @api.get("/12", response=Count)
    async def count(request):
        return await Book.objects.aget(pk=1)  # expect: DJA110


    @api.get("/13", response=Plain)
    async def plain(request):
        return await Book.objects.aget(pk=1)


    @api.get("/14", response=WithTags)
    async def tags(request):
        return await Book.objects.aget(pk=1)  # expect: DJA102


    @api.get("/15", response=WithTags)
    async def tags_ok(request):
        return await Book.objects.prefetch_related("tags").aget(pk=1)


    @api.get("/16", response=Alias)
    async def alias(request):
        return await Book.objects.aget(pk=1)  # expect: DJA103


    @api.get("/17", response=Resolved)
    async def resolved(request):
        return await Book.objects.aget(pk=1)  # expect: DJA110


    @api.get("/18", response=BookModel)
    async def model_schema(request):
        return await Book.objects.aget(pk=1)


    @api.get("/19", response=BookTags)
    async def model_schema_tags(request):
        return await Book.objects.aget(pk=1)  # expect: DJA102


    @api.get("/20", response=BookNoTags)
    async def model_schema_exclude(request):
        return await Book.objects.aget(pk=1)


    @api.get("/21", response={200: Nested, 404: Message})
    async def by_status(request):
        try:
            book = await Book.objects.aget(pk=1)
        except Book.DoesNotExist:
            return 404, {"detail": "x"}
        return 200, book  # expect: DJA103


    @api.get("/22", response={200: Nested, 404: Message})
    async def by_default_status(request):
        return await Book.objects.aget(pk=1)  # expect: DJA103


    @api.get("/23", response={201: Nested})
    async def only_status(request):
        return await Book.objects.aget(pk=1)  # expect: DJA103


    @api.get("/24", response={201: Nested})
    async def status_object(request):
        return Status(201, await Book.objects.aget(pk=1))  # expect: DJA103


    @api.get("/25", response=Page)
    async def page(request):
        return {"items": Book.objects.all(), "total": 2}  # expect: DJA102


    @api.get("/26", response=Page)
    async def page_ok(request):
        return {"items": [b async for b in Book.objects.all()], "total": 2}


    @api.get("/27", response=Nested)
    async def as_dict(request):
        book = await Book.objects.aget(pk=1)
        return {"id": book.pk, "title": book.title, "author": {"name": "x"}}


    @api.get("/28", response=list[BookOut])
    async def http(request):
        return HttpResponse("x")


    @api.get("/30", response=AuthorBooks)
    async def reverse(request):
        return await Author.objects.aget(pk=1)  # expect: DJA102


    @api.get("/31", response=AuthorBooks)
    async def reverse_ok(request):
        return await Author.objects.prefetch_related("books").aget(pk=1)


    @router.get("/32", response=list[BookOut])
    async def routed(request):
        return Book.objects.all()  # expect: DJA102


    @api.get("/33", response=list[BookOut])
    @paginate
    async def paged(request):
        return Book.objects.all()


    @api.get("/34", response=list[Nested])
    @paginate
    async def paged_nested(request):
        return Book.objects.all()  # expect: DJA103


    @api.get("/35", response=list[Nested])
    @paginate
    async def paged_nested_ok(request):
        return Book.objects.select_related("author")


    @api.get("/36", response=Books)
    async def alias_of_list(request):
        return Book.objects.all()  # expect: DJA102


    @api.get("/37", response=list[BookOut])
    async def hop(request):
        return await sync_to_async(list)(Book.objects.all())


    @api.get("/38", response=Nested)
    async def hop_one(request):
        return await sync_to_async(Book.objects.get)(pk=1)  # expect: DJA403


    @api.get("/39", response=list[BookOut])
    def synchronous(request):
        return Book.objects.all()


    @api.get("/40", response={200: None})
    async def nothing(request):
        return Book.objects.all()


    @api.get("/41", response=list[BookOut])
    async def evaluated(request):
        books = Book.objects.all()
        async for book in books:
            pass
        return books


    @api.get("/42", response=BookOut)
    async def only(request):
        return await Book.objects.only("id").aget(pk=1)  # expect: DJA103


    @api.get("/43", response=list[BookOut])
    async def related(request):
        author = await Author.objects.aget(pk=1)
        return author.books  # expect: DJA102


    @api.get("/44", response=list[BookOut])
    async def aslice(request):
        return Book.objects.all()[:1]  # expect: DJA102


    @api.get("/45", response=Nested)
    async def created(request):
        author = await Author.objects.aget(pk=1)
        return await Book.objects.acreate(title="t", author=author)


    @api.get("/46", response=Nested)
    async def created_by_key(request):
        return await Book.objects.acreate(title="t", author_id=1)  # expect: DJA103


    @api.get("/47", response=Nested | Message)
    async def either(request):
        return await Book.objects.aget(pk=1)


    @api.get("/48", response=list[BookOut] | None)
    async def list_or_none(request):
        return Book.objects.all()  # expect: DJA102


    @api.get("/50", response=Nested)
    async def built(request):
        return Nested.from_orm(await Book.objects.aget(pk=1))  # expect: DJA103


    @api.get("/51", response=list[Nested])
    async def built_each(request):
        return [Nested.model_validate(b) async for b in Book.objects.all()]  # expect: DJA103


    @api.get("/53", response=Nested)
    async def built_of_loaded(request):
        return Nested.from_orm(await Book.objects.select_related("author").aget(pk=1))


    @api.get("/54", response=Nested)
    async def built_in_thread(request):
        book = await Book.objects.aget(pk=1)
        return await sync_to_async(Nested.from_orm)(book)


    @api.get("/55")
    async def built_without_response(request):
        return BookOut.from_orm(await Book.objects.aget(pk=1)).dict()

    @router.api_operation(["GET"], "/52", response=Nested)
    async def operation(request):
        return await Book.objects.afirst()  # expect: DJA103

    api.add_router("/r", router)
    """
EXTRA = """\
    from ninja import Schema
    from ninja_extra import NinjaExtraAPI, api_controller, http_get

    from shop.models import Book

    api = NinjaExtraAPI()


    class AuthorOut(Schema):
        name: str


    class BookOut(Schema):
        title: str
        author: AuthorOut


    @api.get("/books", response=list[BookOut])
    async def books(request):
        return Book.objects.all()


    @api_controller("/books")
    class Books:
        @http_get("/{pk}", response=BookOut)
        async def book(self, pk: int):
            return await Book.objects.aget(pk=pk)
    """
DECORATED = """\
    from ninja import NinjaAPI, Schema

    from shop.decorators import as_rows
    from shop.models import Book

    api = NinjaAPI()


    class BookOut(Schema):
        title: str


    @api.get("/books", response=list[BookOut])
    @{decorator}
    async def books(request):
        return Book.objects.all()
    """


def project(root: Path, api: str) -> Path:
    """A project whose operations are these."""
    return write_project(root, {**SHOP, "shop/models.py": MODELS, "shop/api.py": api})


def test_what_the_schema_shows_is_read_on_the_event_loop(tmp_path: Path) -> None:
    root = project(tmp_path, API)
    found = {place(finding) for finding in report_on(root).findings if finding.code[:4] in {"DJA1", "DJA4"}}
    problems = disagreements(read_markers(root), found)
    assert not problems, "\n" + "\n".join(problems)


def test_ninja_extra_validates_in_a_thread(tmp_path: Path) -> None:
    assert not [code for code in codes_in(project(tmp_path, EXTRA)) if code.startswith("DJA1")]


@pytest.mark.parametrize("decorator", ["as_rows", "library.cached(60)"])
def test_what_another_decorator_makes_of_it_is_not_known(tmp_path: Path, decorator: str) -> None:
    api = DECORATED.replace("{decorator}", decorator)
    assert not [code for code in codes_in(project(tmp_path, api)) if code.startswith("DJA1")]


def test_a_message_names_what_is_read(tmp_path: Path) -> None:
    (message,) = {
        finding.message
        for finding in report_on(project(tmp_path, API)).findings
        if finding.code == "DJA110" and "`Book.by`" in finding.message
    }
    assert message.startswith("`Book.by`, which the response schema shows, queries on the event loop")
