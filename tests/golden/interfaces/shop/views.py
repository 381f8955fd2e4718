from shop.models import Book
from shop.ports import DatabaseFinder, DatabaseStore, Finder, MemoryStore, Store


async def concrete(request):
    return DatabaseStore().load()


async def concrete_quiet(request):
    return MemoryStore().load()


async def template_method(request):
    return DatabaseStore().load_all()


async def template_method_quiet(request):
    return MemoryStore().load_all()


async def by_abstract_class(request, store: Store):
    return store.load()


async def by_abstract_class_quiet(request, store: Store):
    return store.name()


async def by_protocol(request, finder: Finder):
    return finder.find()


async def annotated_concrete(request, store: MemoryStore):
    return store.load()


async def assigned(request):
    store: Store = MemoryStore()
    return store.load()


async def structural(request):
    finder: Finder = DatabaseFinder()
    return finder.find()


class AsyncStore:
    async def load_first(self):
        return await Book.objects.afirst()


class ListStore:
    def load_first(self):
        return []


async def awaited_where_it_is_a_coroutine(request, is_async):
    store = AsyncStore() if is_async else ListStore()
    return await store.load_first()


async def awaited_list(request):
    return await ListStore().load_first()


class Shelf:
    def __init__(self, is_async):
        self.store = AsyncStore() if is_async else DatabaseStore()

    async def content(self):
        if isinstance(self.store, AsyncStore):
            return await self.store.load_first()
        return self.store.load()
