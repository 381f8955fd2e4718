from shop.models import Book


def total():
    return Book.objects.count()


def recent():
    return Book.objects.order_by("-pk")


def label(number):
    return f"{number} books"


async def atotal():
    return await Book.objects.acount()
