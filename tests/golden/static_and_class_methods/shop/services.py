from shop.models import Author, Book


class Shelf:
    model = Book

    @staticmethod
    def exists():
        return Book.objects.exists()

    @staticmethod
    def double(number):
        return number * 2

    @classmethod
    def first(cls):
        return cls.query().first()

    @classmethod
    def query(cls):
        return cls.model.objects.all()

    @classmethod
    def build(cls):
        return cls()

    def size(self):
        return self.query().count()


class AuthorShelf(Shelf):
    model = Author


class EmptyShelf(Shelf):
    @classmethod
    def query(cls):
        return Book.objects.none()

    def size(self):
        return 0
