from shop.models import Author, Book


def lazy():
    return Book.objects.filter(title="x")


def eager():
    return list(Book.objects.all())


def bare():
    return Book.objects.get(pk=1)


def with_author():
    return Book.objects.select_related("author").get(pk=1)


def both():
    return Book.objects.all(), Book.objects.select_related("author").get(pk=1)


def maybe(flag):
    if flag:
        return Book.objects.all()
    return None


def nothing():
    Book.objects.all()


def given(book):
    return book


def load(book):
    return book.author


def flat():
    return Author.objects.values_list("name", flat=True)


def mapping():
    return {"books": Book.objects.all(), "number": 3}


async def abare():
    return await Book.objects.aget(pk=1)


async def awith_author():
    return await Book.objects.select_related("author").aget(pk=1)


async def aboth():
    return Book.objects.all(), await abare()


async def rows():
    return [book async for book in Book.objects.all()]


async def rows_with_authors():
    return [book async for book in Book.objects.select_related("author")]


def loaded_where_it_is_returned():
    book = Book.objects.first()
    if book and book.author:
        return book
    else:
        return None
