from shop.models import Book


def first_author(book, other=None):
    return book.author.name


def all_authors(*books):
    return [book.author.name for book in books]


def made(**fields):
    return Book(**fields).author


async def a_list_for_parameters():
    books = [book async for book in Book.objects.all()]
    return first_author(*books)


async def a_list_for_many():
    books = [book async for book in Book.objects.all()]
    return all_authors(*books)


async def a_list_of_loaded_for_many():
    books = [book async for book in Book.objects.select_related("author")]
    return all_authors(*books)


async def more_keywords_than_are_known(fields):
    return made(pk=1, **fields)


async def difference_of_sets():
    books = {book async for book in Book.objects.all()}
    return [book.author.name for book in books - {1}]


async def repeated():
    books = [book async for book in Book.objects.all()]
    return [book.author.name for book in books * 2]


async def dictionary_of_pairs():
    books = [book async for book in Book.objects.all()]
    by_letter = dict(zip("ab", books))
    return by_letter["a"].author.name


async def class_of_an_object():
    book = await Book.objects.aget(pk=1)
    return book.__class__.objects.count()
