from shop.models import Book


class Pages:
    def __init__(self, rows):
        self.rows = rows

    def __aiter__(self):
        return self

    async def __anext__(self):
        return list(self.rows[:2])


class AsyncPages(Pages):
    async def __anext__(self):
        return [row async for row in self.rows[:2]]


class Shelf:
    def __init__(self, rows):
        self.rows = rows

    def __aiter__(self):
        return self.rows.aiterator()


async def pages():
    async for page in Pages(Book.objects.all()):
        return page


async def async_pages():
    async for page in AsyncPages(Book.objects.all()):
        return page


async def rows_of_shelf():
    return [book.author.name async for book in Shelf(Book.objects.all())]


class Either:
    def __init__(self, rows):
        try:
            self.rows = iter(rows)
            self.is_async = False
        except TypeError:
            self.rows = aiter(rows)
            self.is_async = True

    async def all(self):
        return [row async for row in self.rows]


async def of_a_list():
    rows = [1, 2]
    return [row async for row in rows]
