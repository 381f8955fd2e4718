from shop.models import Book


def rows():
    for book in Book.objects.all():
        yield book.title


def querysets():
    yield Book.objects.all()


def delegating():
    yield "first"
    yield from rows()


def numbers():
    yield 1
    yield 2


def expression():
    return (book.title for book in Book.objects.all())


def late_expression(sources):
    return (source.count() for source in [Book.objects])


async def arows():
    async for book in Book.objects.all():
        yield book.title


async def blocking_rows():
    for book in Book.objects.all():
        yield book.title
