from shop.services import AuthorShelf, EmptyShelf, Shelf


async def static_on_class(request):
    return Shelf.exists()


async def static_on_instance(request):
    return Shelf().exists()


async def static_without_query(request):
    return Shelf.double(2)


async def class_method(request):
    return Shelf.first()


async def class_method_of_subclass(request):
    return AuthorShelf.first()


async def class_method_without_query(request):
    return Shelf.query()


async def model_of_subclass(request):
    return AuthorShelf.query()


async def built(request):
    return Shelf.build().size()


async def built_from_subclass(request):
    return EmptyShelf.build().size()
