from shop.services import Careful, Fixed, Injected, MemoryRepository, Repository, Service, fixed, memory, repository


async def singleton(request):
    return repository.find()


async def quiet_singleton(request):
    return memory.find()


async def singleton_with_dependency(request):
    return fixed.find()


async def singleton_with_quiet_dependency(request):
    return fixed.remembered()


async def attribute_of_singleton(request):
    return fixed.repository.find()


async def awaited_singleton(request):
    return await repository.afind()


async def default_dependency(request):
    return Service().find()


async def given_in_memory(request):
    return Careful(MemoryRepository()).find()


async def given_in_memory_by_keyword(request):
    return Careful(repository=MemoryRepository()).find()


async def default_of_the_careful(request):
    return Careful().find()


async def lazy_dependency(request):
    return Fixed().books


async def injected(request):
    return await Injected(Repository()).find()
