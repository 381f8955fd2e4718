import asyncio
from concurrent.futures import ThreadPoolExecutor

from asgiref.sync import sync_to_async
from shop import helpers
from shop.models import Book


async def wrapped(request):
    return await sync_to_async(helpers.count)()


async def wrapped_shared(request):
    return await sync_to_async(helpers.count, thread_sensitive=False)()


async def wrapped_lambda(request):
    return await sync_to_async(lambda: Book.objects.count())()


async def wrapped_method(request):
    return await sync_to_async(Book.objects.get)(pk=1)


async def wrapped_list(request):
    return await sync_to_async(list)(Book.objects.all())


async def wrapped_local(request):
    @sync_to_async
    def count():
        return Book.objects.count()

    return await count()


async def wrapped_with_argument(request):
    return await sync_to_async(helpers.rows)(Book.objects.all())


async def called_before(request):
    return await sync_to_async(helpers.count())()


async def lazy_result(request):
    return await sync_to_async(helpers.lazy)()


async def lazy_result_evaluated(request):
    books = await sync_to_async(helpers.lazy)()
    return list(books)


async def wrapped_not_awaited(request):
    pending = sync_to_async(helpers.count)
    return await pending()


async def decorated(request):
    return await helpers.decorated()


async def decorated_shared(request):
    return await helpers.decorated_shared()


async def for_channels(request):
    return await helpers.for_channels()


async def module_level(request):
    return await helpers.acount()


async def to_thread(request):
    return await asyncio.to_thread(helpers.count)


async def to_thread_without_query(request):
    return await asyncio.to_thread(len, [1])


async def executor(request):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, helpers.count)


async def pool(request):
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor() as workers:
        return await loop.run_in_executor(workers, sum, [1, 2])


async def re_entered_in_a_thread(request):
    return await sync_to_async(helpers.entered)()


async def re_entered_decorated(request):
    return helpers.entered_decorated()


async def native(request):
    return await helpers.awaited()


async def gathered(request):
    return await asyncio.gather(helpers.awaited(), asyncio.to_thread(len, [1]))
