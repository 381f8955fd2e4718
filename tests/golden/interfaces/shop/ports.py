from abc import ABC, abstractmethod
from typing import Protocol

from shop.models import Book


class Finder(Protocol):
    def find(self) -> Book | None: ...


class Store(ABC):
    @abstractmethod
    def load(self):
        raise NotImplementedError

    @abstractmethod
    def name(self):
        raise NotImplementedError

    def load_all(self):
        return [self.load()]


class DatabaseStore(Store):
    def load(self):
        return Book.objects.first()

    def name(self):
        return "database"


class MemoryStore(Store):
    def load(self):
        return None

    def name(self):
        return "memory"


class DatabaseFinder:
    def find(self):
        return Book.objects.first()
