from shop.models import Author, Book
from shop.services import Quiet, Report


async def query_in_property(request):
    author = await Author.objects.aget(pk=1)
    return author.book_count


async def lazy_property(request):
    author = await Author.objects.aget(pk=1)
    return author.books


async def lazy_property_iterated(request):
    author = await Author.objects.aget(pk=1)
    return [book.title for book in author.books]


async def harmless_property(request):
    author = await Author.objects.aget(pk=1)
    return author.shout


async def cached(request):
    author = await Author.objects.aget(pk=1)
    return author.first_book


async def cached_by_functools(request):
    author = await Author.objects.aget(pk=1)
    return author.total


async def relation_in_property(request):
    book = await Book.objects.aget(pk=1)
    return book.author_name


async def relation_in_property_loaded(request):
    book = await Book.objects.select_related("author").aget(pk=1)
    return book.author_name


async def of_a_plain_class(request):
    return Report().authors


async def overridden(request):
    return Quiet().authors
