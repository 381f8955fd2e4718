from contextlib import asynccontextmanager, contextmanager

from shop.models import Book


@contextmanager
def counting():
    Book.objects.count()
    yield 1


@contextmanager
def cleaning():
    yield 1
    Book.objects.filter(title="x").delete()


@contextmanager
def quiet():
    yield 1


@contextmanager
def books():
    yield Book.objects.all()


@asynccontextmanager
async def acounting():
    await Book.objects.acount()
    yield 1


@asynccontextmanager
async def blocking():
    Book.objects.count()
    yield 1


class Guard:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        Book.objects.update(title="x")


class AsyncGuard:
    async def __aenter__(self):
        return await Book.objects.aget(pk=1)

    async def __aexit__(self, *details):
        await Book.objects.aupdate(title="x")


class QuietGuard:
    def __enter__(self):
        return 1

    def __exit__(self, *details):
        pass
