import asyncio
from collections import defaultdict
from types import SimpleNamespace

from django.core.paginator import Paginator
from django.db.models import QuerySet
from shop.models import Author, Book


async def give_author(book):
    book.author = await Author.objects.aget(pk=1)


async def through_gather():
    book = await Book.objects.aget(pk=1)
    await asyncio.gather(give_author(book))
    return book.author.name


async def through_gather_over_rows():
    books = [book async for book in Book.objects.all()]
    await asyncio.gather(*(give_author(book) for book in books))
    return [book.author.name for book in books]


async def through_a_task():
    book = await Book.objects.aget(pk=1)
    task = asyncio.create_task(give_author(book))
    await task
    return book.author.name


async def through_a_group():
    book = await Book.objects.aget(pk=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(give_author(book))
    return book.author.name


async def behind_the_cache_of_the_field():
    book = await Book.objects.aget(pk=1)
    if Book.author.is_cached(book):
        return book.author.name
    return ""


async def behind_the_cache_of_the_object():
    book = await Book.objects.aget(pk=1)
    if "author" in book._state.fields_cache:
        return book.author.name
    return book.author.name


async def make(model, **kwargs):
    return await model.objects.acreate(**kwargs)


async def made_by_a_helper():
    author = await Author.objects.aget(pk=1)
    book = await make(Book, author=author)
    return book.author.name


async def counted_before():
    books = Book.objects.all()
    paginator = Paginator(books, 2)
    paginator.count = await books.acount()
    return paginator.get_page(1)


async def annotated_rows(books: QuerySet[Book]):
    return [book.author.name async for book in books]


async def grouped():
    groups = defaultdict(list)
    async for book in Book.objects.all():
        groups[book.author_id].append(book)
    return {key: [book.author.name for book in books] for key, books in groups.items()}


async def in_a_namespace():
    found = SimpleNamespace(book=await Book.objects.aget(pk=1))
    return found.book.author.name


async def in_a_union_of_dictionaries():
    context = {"title": "Books"} | {"books": Book.objects.all()}
    return list(context["books"])


def first(author):
    return second(author)


def second(author):
    return third(author)


def third(author):
    return fourth(author)


def fourth(author):
    return author.names()


async def prefetched_far_away():
    async for author in Author.objects.prefetch_related("book_set"):
        first(author)


async def prefetched_perhaps(author: Author):
    return author.names()


class Shelf:
    @staticmethod
    def author_of(book: Book):
        return book.author.name

    async def loaded_for_a_static_method(self):
        book = await Book.objects.select_related("author").aget(pk=1)
        return self.author_of(book)

    async def not_loaded_for_a_static_method(self):
        book = await Book.objects.aget(pk=1)
        return self.author_of(book)


async def through_a_nested_coroutine():
    async def give(book):
        book.author = await Author.objects.aget(pk=1)

    book = await Book.objects.aget(pk=1)
    await asyncio.wait_for(give(book), 3)
    return book.author.name


async def found_by_a_nested_coroutine():
    found = None

    async def find():
        nonlocal found
        found = await Book.objects.aget(pk=1)

    await find()
    return found.author.name


async def filled_by_a_nested_coroutine():
    async def fill(rows):
        return [row async for row in rows]

    books = Book.objects.all()
    await fill(books)
    return len(books)


async def rows_of_a_nested_generator():
    async def rows():
        async for book in Book.objects.all():
            yield book.author.name

    return [row async for row in rows()]


class Counter:
    def __init__(self, author: Author):
        self.author = author

    async def rows_of_a_held_object(self):
        return len(self.author.book_set.all())
