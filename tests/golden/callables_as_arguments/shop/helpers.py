from shop.models import Book


def apply(function, *args, **kwargs):
    return function(*args, **kwargs)


def keep(function):
    return function


def ignore(function):
    return 1


def twice(function):
    return apply(function)


def count():
    return Book.objects.count()


def number():
    return 1


def rows(queryset):
    return list(queryset)


async def run(function):
    return function()


async def arun(function):
    return await function()


async def acount():
    return await Book.objects.acount()
