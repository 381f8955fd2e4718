import shop.counting
from shop import api, counting as numbers
from shop.api import book_total, label, recent


async def through_alias(request):
    return book_total()


async def through_module(request):
    return shop.counting.total()


async def through_module_alias(request):
    return numbers.total()


async def through_star(request):
    return api.total()


async def local_import(request):
    from shop.counting import total

    return total()


async def unevaluated(request):
    return recent()


async def evaluated(request):
    return list(recent())


async def no_query(request):
    return label(3)


async def awaited(request):
    return await numbers.atotal()


async def shadowed(request, book_total):
    return book_total()


async def rebound(request):
    total = len
    return total([1])
