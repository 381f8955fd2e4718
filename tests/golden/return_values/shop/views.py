from asgiref.sync import sync_to_async
from shop import helpers


async def lazy_kept(request):
    return helpers.lazy().order_by("pk")


async def lazy_evaluated(request):
    return bool(helpers.lazy())


async def lazy_awaited(request):
    return await helpers.lazy().acount()


async def relation_not_loaded(request):
    return (await helpers.abare()).author


async def relation_loaded(request):
    return (await helpers.awith_author()).author


async def tuple_unpacked(request):
    books, book = await helpers.aboth()
    return [other async for other in books], book.author


async def tuple_item_evaluated(request):
    books, _ = await helpers.aboth()
    return len(books)


async def rows_without_authors(request):
    return [book.author for book in await helpers.rows()]


async def rows_with_authors(request):
    return [book.author for book in await helpers.rows_with_authors()]


async def maybe_evaluated(request, flag):
    books = helpers.maybe(flag)
    return list(books) if books is not None else []


async def surely_none(request):
    return helpers.maybe(False)


async def passed_through(request):
    return helpers.given(await helpers.abare()).author


async def loaded_by_helper(request):
    book = await helpers.abare()
    helpers.load(book)
    return book.author


async def flat_values(request):
    return helpers.flat()


async def item_of_mapping(request):
    return list(helpers.mapping()["books"])


async def other_item_of_mapping(request):
    return helpers.mapping()["number"] + 1


async def not_awaited(request):
    book = helpers.abare()
    return book.author


async def loaded_on_the_way_to_the_return(request):
    book = await sync_to_async(helpers.loaded_where_it_is_returned)()
    return book.author
