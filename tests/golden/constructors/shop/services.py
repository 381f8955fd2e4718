from dataclasses import dataclass, field

from shop.models import Book


class Counted:
    def __init__(self):
        self.number = Book.objects.count()


class Prepared:
    def __init__(self, title):
        self.books = Book.objects.filter(title=title)

    def all(self):
        return list(self.books)


class Made:
    def __new__(cls):
        Book.objects.create(title="x")
        return super().__new__(cls)


class CountedChild(Counted):
    pass


class QuietChild(Counted):
    def __init__(self):
        self.number = 0


class CallsParent(Counted):
    def __init__(self):
        super().__init__()
        self.more = 1


@dataclass
class Row:
    title: str
    book: Book | None = None


@dataclass
class Sized:
    numbers: list = field(default_factory=list)
