import functools

from django.db import models
from django.utils.functional import cached_property


class Author(models.Model):
    name = models.CharField(max_length=100)

    @property
    def book_count(self):
        return self.book_set.count()

    @property
    def books(self):
        return self.book_set.all()

    @property
    def shout(self):
        return self.name.upper()

    @cached_property
    def first_book(self):
        return self.book_set.first()

    @functools.cached_property
    def total(self):
        return Author.objects.count()


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)

    @property
    def author_name(self):
        return self.author.name
