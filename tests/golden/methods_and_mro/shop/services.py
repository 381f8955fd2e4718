from shop.models import Book


class Base:
    def count(self):
        return Book.objects.count()

    def title(self):
        return "base"

    def report(self):
        return self.count()

    @classmethod
    def first(cls):
        return cls.query().first()

    @classmethod
    def query(cls):
        return Book.objects.all()

    @staticmethod
    def exists():
        return Book.objects.exists()

    @staticmethod
    def constant():
        return 1


class Cached(Base):
    def count(self):
        return 0


class Loud(Base):
    def title(self):
        return super().title().upper()

    def count(self):
        return super().count() + 1


class QueryMixin:
    def count(self):
        return Book.objects.filter(title="x").count()


class QuietMixin:
    def count(self):
        return 7


class QueryFirst(QueryMixin, QuietMixin):
    pass


class QuietFirst(QuietMixin, QueryMixin):
    pass


class Chained(QuietMixin, Base):
    def report(self):
        return super().report()
