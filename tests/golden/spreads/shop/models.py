from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=50)

    def names(self):
        return [b.pk for b in self.book_set.all()]


class Book(models.Model):
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
