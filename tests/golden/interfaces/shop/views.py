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
