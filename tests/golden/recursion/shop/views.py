from shop.cycles import Node, a, b, c, f, factorial, g, quiet_f, quiet_g, walk
from shop.models import Book


async def quiet(request):
    return quiet_f(3), quiet_g(3)


async def itself(request):
    return factorial(3)


async def enters_at_a(request):
    return a(3)


async def enters_at_b(request):
    return b(3)


async def enters_at_c(request):
    return c(3)


async def passes_a_book(request):
    return walk(await Book.objects.aget(pk=1))


async def passes_a_loaded_book(request):
    return walk(await Book.objects.select_related("author").aget(pk=1))


async def methods(request):
    return Node().left()


async def depth(request):
    return Node(Node()).depth()


async def enters_at_f(request):
    return f(3)


async def enters_at_g(request):
    return g(3)
