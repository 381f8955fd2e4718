from shop.models import Book
from shop.wrapping import Counting, either, inspected, kept, querying, registered, replaced, titled


@kept
def kept_query():
    return Book.objects.count()


@kept
def kept_number():
    return 1


@querying
def wrapped_number():
    return 1


@replaced
def replaced_query():
    return Book.objects.count()


@titled("x")
def with_arguments():
    return 1


@registered
def marked():
    return Book.objects.count()


@Counting
def counted():
    return 1


@either
def plain():
    return 1


@either
async def aplain():
    return 1


@inspected
def checked():
    return 1


@inspected
async def achecked():
    return 1


@kept
@querying
def stacked():
    return 1
