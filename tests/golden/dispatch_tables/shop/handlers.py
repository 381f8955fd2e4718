from shop.models import Book


def count():
    return Book.objects.count()


def number():
    return 1


def rows():
    return Book.objects.all()


HANDLERS = {"count": count, "number": number}
QUIET = {"number": number, "rows": rows}
ORDERED = [number, count]
PAIR = (number, count)
alias = count
other = alias
quiet_alias = number


def handle(kind):
    return HANDLERS[kind]()
