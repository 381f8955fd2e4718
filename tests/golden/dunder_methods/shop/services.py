from shop.models import Book


class Shelf:
    def __iter__(self):
        return iter(Book.objects.all())

    def __len__(self):
        return Book.objects.count()

    def __getitem__(self, position):
        return Book.objects.get(pk=position)

    def __call__(self):
        return Book.objects.exists()

    def __enter__(self):
        return Book.objects.first()

    def __exit__(self, *details):
        Book.objects.update(title="x")


class Truth:
    def __bool__(self):
        return Book.objects.exists()


class Dynamic:
    known = 1

    def __getattr__(self, name):
        return Book.objects.get(title=name)


class Quiet:
    def __iter__(self):
        return iter([1, 2])

    def __len__(self):
        return 2

    def __call__(self):
        return 3


class Settable:

    def __setitem__(self, position, title):
        Book.objects.filter(pk=position).update(title=title)

    def __delitem__(self, position):
        Book.objects.filter(pk=position).delete()


class Sum:
    def __contains__(self, title):
        return Book.objects.filter(title=title).exists()

    def __add__(self, other):
        return Book.objects.count() + other

    def __radd__(self, other):
        return Book.objects.count() + other

    def __iadd__(self, other):
        Book.objects.update(title=other)
        return self

    def __eq__(self, other):
        return Book.objects.filter(title=other).exists()

    def __lt__(self, other):
        return Book.objects.count() < other

    def __neg__(self):
        return Book.objects.last()


class Priced:
    @property
    def price(self):
        return 1

    @price.setter
    def price(self, value):
        Book.objects.update(title=value)
