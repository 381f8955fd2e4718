from shop.models import Book


def f(number):
    if number:
        g(number - 1)


def g(number):
    if number > 1:
        f(number - 1)
    Book.objects.first()


def quiet_f(number):
    if number:
        return quiet_g(number - 1)
    return 1


def quiet_g(number):
    return quiet_f(number)


def factorial(number):
    return 1 if number < 2 else number * factorial(number - 1)


def walk(book):
    if book.title:
        return walk(book)
    return book.author


def a(number):
    return b(number) if number else 0


def b(number):
    return c(number) if number else 0


def c(number):
    Book.objects.count()
    return a(number - 1)


class Node:
    def __init__(self, parent=None):
        self.parent = parent

    def depth(self):
        return 0 if self.parent is None else self.parent.depth() + 1

    def left(self):
        return self.right()

    def right(self):
        Book.objects.exists()
        return self.left()
