import time
from dataclasses import dataclass

from shop.models import Book


class Warehouse:
    open = False
    broken = False

    def unlock(self):
        self.open = True

    def when_set_by_a_method(self):
        if self.open:
            return Book.objects.first()

    def when_nothing_sets_it(self):
        if self.broken:
            return Book.objects.first()


@dataclass
class Order:
    express: bool = False
    note: str | None = None


def field_of_a_dataclass(order: Order):
    if order.express:
        time.sleep(1)


def optional_field(order: Order):
    if order.note:
        time.sleep(1)
