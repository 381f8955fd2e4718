import asyncio
import inspect
from functools import wraps

from shop.models import Book


def kept(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def querying(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        Book.objects.create(title="x")
        return function(*args, **kwargs)

    return wrapper


def replaced(function):
    def wrapper(*args, **kwargs):
        return 1

    return wrapper


def titled(title):
    def decorate(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            Book.objects.filter(title=title).exists()
            return function(*args, **kwargs)

        return wrapper

    return decorate


def registered(function):
    function.is_registered = True
    return function


class Counting:
    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        Book.objects.count()
        return self.function(*args, **kwargs)


def either(function):
    if asyncio.iscoroutinefunction(function):

        @wraps(function)
        async def inner(*args, **kwargs):
            await Book.objects.aexists()
            return await function(*args, **kwargs)

        return inner

    @wraps(function)
    def wrapper(*args, **kwargs):
        Book.objects.exists()
        return function(*args, **kwargs)

    return wrapper


def inspected(function):
    if inspect.iscoroutinefunction(function):

        async def inner(*args, **kwargs):
            return await function(*args, **kwargs)

    else:

        def inner(*args, **kwargs):
            Book.objects.exists()
            return function(*args, **kwargs)

    return wraps(function)(inner)
