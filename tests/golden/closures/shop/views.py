from shop.makers import adding, counter, counting, evaluator, lister, unused
from shop.models import Book


async def made_but_not_called(request):
    return counter()


async def made_and_called(request):
    return counter()()


async def called_through_a_variable(request):
    count = counter()
    return count()


async def captured_argument_is_evaluated(request):
    return evaluator(Book.objects.all())()


async def captured_argument_is_not_evaluated(request):
    return evaluator(Book.objects.all())


async def captured_variable(request):
    return lister()()


async def local_function(request):
    def count():
        return Book.objects.count()

    return count()


async def local_function_not_called(request):
    def count():
        return Book.objects.count()

    return 1


async def local_reads_a_later_binding(request):
    def rows():
        return list(books)

    books = Book.objects.all()
    return rows()


async def local_coroutine(request):
    async def count():
        return await Book.objects.acount()

    return await count()


async def local_coroutine_blocks(request):
    async def count():
        return Book.objects.count()

    return await count()


async def changes_outer_name(request):
    books = [1]

    def change():
        nonlocal books
        books = Book.objects.all()

    change()
    return list(books)


async def module_lambda(request):
    return counting()


async def module_lambda_without_query(request):
    return adding(1, 2)


async def local_lambda(request):
    count = lambda: Book.objects.count()  # noqa: E731
    return count()


async def helper_with_unused_closure(request):
    return unused()
