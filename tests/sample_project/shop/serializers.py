"""Serializers of the shop."""

from rest_framework import serializers

from shop.models import Book


class BookSerializer(serializers.ModelSerializer):
    """A book with its tags, which are looked up when it is serialized."""

    class Meta:
        model = Book
        fields = ("id", "title", "tags")
