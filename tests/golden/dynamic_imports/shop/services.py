from shop.models import Book


class Finder:
    def find(self):
        return Book.objects.first()
