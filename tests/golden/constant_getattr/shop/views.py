from shop import helpers
from shop.helpers import Shelf
from shop.models import Book

NAME = "size"


async def method(request):
    return getattr(Shelf(), "size")()


async def quiet_method(request):
    return getattr(Shelf(), "quiet")()


async def not_called(request):
    return getattr(Shelf(), "size")


async def by_name(request):
    return getattr(Shelf(), NAME)()


async def of_a_module(request):
    return getattr(helpers, "Shelf")().size()


async def relation(request):
    book = await Book.objects.aget(pk=1)
    return getattr(book, "author")


async def field(request):
    book = await Book.objects.aget(pk=1)
    return getattr(book, "title")


async def relation_loaded(request):
    book = await Book.objects.select_related("author").aget(pk=1)
    return getattr(book, "author")


async def relation_asked_for(request):
    book = await Book.objects.aget(pk=1)
    return hasattr(book, "author")


async def unknown_name(request, name):
    return getattr(Shelf(), name)
