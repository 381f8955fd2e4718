from functools import reduce

from shop.helpers import acount, apply, arun, count, ignore, keep, number, rows, run, twice
from shop.models import Book


async def applied(request):
    return apply(count)


async def applied_harmless(request):
    return apply(number)


async def applied_twice(request):
    return twice(count)


async def ignored(request):
    return ignore(count)


async def kept(request):
    return keep(count)


async def kept_and_called(request):
    return keep(count)()


async def with_a_harmless_argument(request):
    return apply(rows, [1])


async def by_keyword(request):
    return apply(function=count)


async def applied_lambda(request):
    return apply(lambda: Book.objects.count())


async def applied_by_coroutine(request):
    return await run(count)


async def awaited_by_coroutine(request):
    return await arun(acount)


async def as_key(request):
    books = [book async for book in Book.objects.all()]
    return sorted(books, key=lambda book: book.author.name)


async def as_key_without_query(request):
    books = [book async for book in Book.objects.all()]
    return sorted(books, key=lambda book: book.title)


async def mapped(request):
    return list(map(rows, [Book.objects.all()]))


async def filtered_lazily(request):
    return filter(lambda book: book.author, [await Book.objects.aget(pk=1)])


async def reduced(request):
    return reduce(lambda total, _: total + count(), [1, 2], 0)
