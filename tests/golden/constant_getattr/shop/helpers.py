from shop.models import Book


class Shelf:
    number = 1

    def size(self):
        return Book.objects.count()

    def quiet(self):
        return 1
