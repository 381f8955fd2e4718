from django.db import models


class BookQuerySet(models.QuerySet):
    def titled(self, title):
        return self.filter(title=title)

    def with_authors(self):
        return self.select_related("author")

    def size(self):
        return self.count()

    async def asize(self):
        return await self.acount()

    def rows(self):
        return list(self)


class BookManager(models.Manager.from_queryset(BookQuerySet)):
    def get_queryset(self):
        return super().get_queryset().select_related("author")

    def first_two(self):
        return list(self.all()[:2])


PlainManager = models.Manager.from_queryset(BookQuerySet)


class AuthorManager(models.Manager):
    def named(self, name):
        return self.filter(name=name)

    def newest(self):
        return self.latest("pk")


class Author(models.Model):
    name = models.CharField(max_length=100)

    objects = AuthorManager()


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")

    objects = BookQuerySet.as_manager()
    loaded = BookManager()
    plain = PlainManager()
