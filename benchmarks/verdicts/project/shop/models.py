"""What the views query."""

from django.db import models


class Book(models.Model):
    """A book of the shop."""

    title = models.CharField(max_length=100)
    price = models.IntegerField()
