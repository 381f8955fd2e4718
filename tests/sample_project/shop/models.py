"""Books, who wrote them and what readers think of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Author(models.Model):
    """Who writes or edits books."""

    name = models.CharField(max_length=100)
    email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """What an author tells about themselves; not every author has one."""

    author = models.OneToOneField(Author, models.CASCADE, related_name="profile")
    biography = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.biography


class Tag(models.Model):
    """A word that books are found by."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name


class BookQuerySet(models.QuerySet["Book"]):
    """Books, with the questions that the shop asks."""

    def in_print(self) -> BookQuerySet:
        """Books that can be ordered; a queryset, which makes no query yet."""
        return self.filter(is_in_print=True)

    def cheapest(self) -> Book | None:
        """The cheapest of these books; makes a query."""
        return self.order_by("price").first()


class Book(models.Model):
    """A book that the shop sells."""

    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    is_in_print = models.BooleanField(default=True)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, blank=True, related_name="edited_books")
    tags = models.ManyToManyField(Tag, blank=True, related_name="books")
    cover = models.FileField(upload_to="covers", blank=True)

    objects = BookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title


class Review(models.Model):
    """What a reader thinks of a book."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reviews")
    text = models.TextField()
    rating = models.PositiveSmallIntegerField(default=5)

    def __str__(self) -> str:
        return self.text
