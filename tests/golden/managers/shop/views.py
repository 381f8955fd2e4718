from shop.models import Author, Book


async def lazy_method(request):
    return Book.objects.titled("x")


async def lazy_methods_chained(request):
    return Book.objects.filter(pk=1).titled("x").with_authors()


async def querying_method(request):
    return Book.objects.size()


async def querying_method_of_a_queryset(request):
    return Book.objects.titled("x").size()


async def asynchronous_method(request):
    return await Book.objects.titled("x").asize()


async def evaluating_method(request):
    return Book.objects.titled("x").rows()


async def loading_method(request):
    return [book.author async for book in Book.objects.with_authors()]


async def not_loading_method(request):
    return [book.author async for book in Book.objects.titled("x")]


async def manager_that_loads(request):
    return (await Book.loaded.aget(pk=1)).author


async def method_of_a_manager(request):
    return Book.loaded.first_two()


async def queryset_method_of_a_manager(request):
    return Book.loaded.titled("x")


async def lazy_manager_method(request):
    return Author.objects.named("x")


async def querying_manager_method(request):
    return Author.objects.newest()


async def related_manager(request):
    author = await Author.objects.aget(pk=1)
    return author.books.titled("x")


async def related_manager_queries(request):
    author = await Author.objects.aget(pk=1)
    return author.books.size()


async def manager_class_in_a_variable(request):
    return Book.plain.titled("x").size()
