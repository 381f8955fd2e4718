from asgiref.sync import async_to_sync, sync_to_async
from channels.db import database_sync_to_async

from shop.models import Book


def count():
    return Book.objects.count()


def lazy():
    return Book.objects.all()


def rows(queryset):
    return list(queryset)


@sync_to_async
def decorated():
    return Book.objects.count()


@sync_to_async(thread_sensitive=False)
def decorated_shared():
    return 1


@database_sync_to_async
def for_channels():
    return Book.objects.first()


acount = sync_to_async(count)


async def awaited():
    return await Book.objects.acount()


def entered():
    return async_to_sync(awaited)()


@async_to_sync
async def entered_decorated():
    return await Book.objects.acount()
