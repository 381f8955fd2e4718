from shop.models import Book
from shop.services import arows, delegating, expression, late_expression, numbers, querysets, rows


async def not_consumed(request):
    return rows()


async def consumed_by_list(request):
    return list(rows())


async def consumed_by_for(request):
    for title in rows():
        print(title)


async def consumed_by_join(request):
    return ", ".join(rows())


async def consumed_by_next(request):
    return next(rows())


async def consumed_by_sorted(request):
    return sorted(rows())


async def consumed_by_unpacking(request):
    first, *others = rows()
    return first


async def consumed_by_star(request):
    return [*rows()]


async def consumed_by_any(request):
    return any(title == "x" for title in rows())


async def delegated(request):
    return list(delegating())


async def delegated_not_consumed(request):
    return delegating()


async def harmless(request):
    return list(numbers())


async def lazy_elements(request):
    return [queryset for queryset in querysets()]


async def lazy_elements_evaluated(request):
    return [list(queryset) for queryset in querysets()]


async def made_eagerly(request):
    return expression()


async def made_lazily(request):
    return late_expression(())


async def mapped(request):
    return map(str, rows())


async def mapped_and_consumed(request):
    return list(map(str, rows()))


async def asynchronous(request):
    return [title async for title in arows()]


async def local_expression(request):
    return (source.count() for source in [Book.objects])


async def local_expression_consumed(request):
    counts = (source.count() for source in [Book.objects])
    return list(counts)


class Feed:
    async def events(self):
        raise NotImplementedError

    async def titles(self):
        return []

    async def of_a_subclass(self):
        return [event async for event in self.events()]

    async def of_a_coroutine(self):
        return [title async for title in self.titles()]
