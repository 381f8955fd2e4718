import time
from contextvars import ContextVar
from functools import lru_cache

from shop.models import Book

current = ContextVar("current", default=None)


def of_argument(book=None):
    if book is None:
        book = Book.objects.first()
    return book


def of_argument_by_or(book=None):
    return book or Book.objects.first()


def of_argument_after_return(book=None):
    if book:
        return book
    return Book.objects.first()


def of_entry(options):
    if options.get("book") is None:
        options["book"] = Book.objects.first()
    return options


def of_context():
    return current.get() or Book.objects.first()


def of_context_by_walrus():
    if book := current.get():
        return book
    return Book.objects.first()


def present(book):
    if book:
        return Book.objects.count()
    return 0


@lru_cache(maxsize=1)
def once():
    time.sleep(1)
    return 1


@lru_cache(maxsize=1)
def counted():
    return Book.objects.count()


def queries_then_blocks():
    Book.objects.count()
    time.sleep(1)


def blocks_then_queries():
    time.sleep(1)
    Book.objects.count()


def queries_in_vain():
    try:
        Book.objects.get(pk=1)
    except Exception:
        time.sleep(1)


def queries_for_a_missing_row():
    try:
        Book.objects.get(pk=1)
    except Book.DoesNotExist:
        time.sleep(1)


def entry_or_first(options):
    if options.get("title") is None:
        return Book.objects.first()
    return None
