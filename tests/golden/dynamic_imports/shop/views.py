import importlib

from django.conf import settings
from django.utils.module_loading import import_string

from shop.models import Book


def module_by_text():
    return importlib.import_module("shop.services").Finder().find()


def name_by_text():
    return import_string("shop.services.Finder")().find()


def name_by_setting():
    return import_string(settings.FINDER)().find()


def name_by_argument(name):
    return import_string(name)().find()


async def row_that_may_be_missing(name):
    row = await Book.objects.filter(title=name).afirst()
    await row.adelete()
