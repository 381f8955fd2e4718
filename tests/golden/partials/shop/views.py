import functools
from functools import partial

from asgiref.sync import sync_to_async
from shop.helpers import Shelf, add, add_one, count, count_x, rows
from shop.models import Book


async def local_partial(request):
    return partial(count, "x")()


async def not_called(request):
    return partial(count, "x")


async def module_partial(request):
    return count_x()


async def module_partial_without_query(request):
    return add_one(2)


async def nested(request):
    return partial(functools.partial(count, "x"), prefix="y")()


async def given_a_queryset(request):
    return partial(rows, Book.objects.all())()


async def given_a_list(request):
    return partial(rows, [1, 2])()


async def of_a_method(request):
    return partial(Shelf().size, "x")()


async def of_a_manager_method(request):
    return partial(Book.objects.get, pk=1)()


async def in_a_thread(request):
    return await sync_to_async(partial(count, "x"))()


async def harmless(request):
    return partial(add, 1, 2)()
