from shop.models import Book


class Repository:
    def find(self):
        return Book.objects.first()

    def query(self):
        return Book.objects.all()

    async def afind(self):
        return await Book.objects.afirst()


class MemoryRepository:
    def find(self):
        return None


class Service:
    def __init__(self, repository=None):
        self.repository = repository or Repository()

    def find(self):
        return self.repository.find()


class Careful:
    def __init__(self, repository=None):
        self.repository = Repository() if repository is None else repository

    def find(self):
        return self.repository.find()


class Fixed:
    def __init__(self):
        self.repository = Repository()
        self.memory = MemoryRepository()
        self.books = Book.objects.all()

    def find(self):
        return self.repository.find()

    def remembered(self):
        return self.memory.find()

    async def blocking(self):
        return self.repository.find()

    async def waiting(self):
        return await self.repository.afind()

    async def lazy(self):
        return self.books

    async def evaluated(self):
        return len(self.books)


class Injected:
    def __init__(self, repository: Repository):
        self._repository = repository

    async def find(self):
        return self._repository.find()


class Outer:
    def __init__(self):
        self.service = Fixed()

    async def deep(self):
        return self.service.repository.find()

    async def deep_memory(self):
        return self.service.memory.find()


fixed = Fixed()
repository = Repository()
memory = MemoryRepository()
