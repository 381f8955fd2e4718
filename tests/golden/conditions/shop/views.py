"""What is fetched under one test and read under the same, under another and under none."""

from asgiref.sync import sync_to_async
from shop.models import Book


async def fetched_and_read_where_the_test_holds(request, parts, title):
    books = Book.objects.select_related("author")
    if "chapters" in parts:
        books = books.prefetch_related("chapters")
    if title == "all":
        books = books.order_by("title")
    else:
        books = books.filter(title=title)
    rows = []
    async for book in books:
        row = {"title": book.title}
        if "chapters" in parts:
            row["chapters"] = [chapter.number for chapter in book.chapters.all()]
        rows.append(row)
    return rows


async def read_where_another_test_holds(request, parts, numbered):
    books = Book.objects.all()
    if "chapters" in parts:
        books = books.prefetch_related("chapters")
    async for book in books:
        if numbered:
            print([chapter.number for chapter in book.chapters.all()])


async def read_always(request, parts):
    books = Book.objects.all()
    if "chapters" in parts:
        books = books.prefetch_related("chapters")
    return [chapter.number async for book in books for chapter in book.chapters.all()]


async def one_read_always(request, detailed):
    books = Book.objects.all()
    if detailed:
        books = books.select_related("author")
    return (await books.aget(pk=1)).author.name


async def read_in_a_conditional_expression(request, detailed):
    books = Book.objects.all()
    if detailed:
        books = books.select_related("author")
    return [book.author.name if detailed else "" async for book in books]


async def read_where_one_of_two_tests_holds(request, detailed, signed):
    books = Book.objects.all()
    if detailed and signed:
        books = books.select_related("author")
    async for book in books:
        if detailed and signed:
            print(book.author.name)


async def fetched_where_the_test_fails(request, detailed):
    books = Book.objects.all()
    if not detailed:
        books = books.select_related("author")
    async for book in books:
        if detailed:
            print(book.author.name)


async def both_operands_were_evaluated(request, greeted):
    if greeted and await sync_to_async(lambda: request.user.is_authenticated)() and request.path:
        return request.user.pk


async def one_operand_may_not_have_been(request, greeted):
    if greeted or await sync_to_async(lambda: request.user.is_authenticated)():
        return request.user.pk


async def both_failed(request, greeted):
    if greeted or not await sync_to_async(lambda: request.user.is_authenticated)():
        return None
    return request.user.pk


async def a_name_of_the_test_got_another_value(request, detailed):
    books = Book.objects.all()
    if detailed:
        books = books.select_related("author")
    detailed = request.GET.get("detailed")
    async for book in books:
        if detailed:
            print(book.author.name)


async def numbers_of(book: Book):
    return [chapter.number for chapter in book.chapters.all()]


async def argument_with_prefetched_rows(request, pk):
    return await numbers_of(await Book.objects.prefetch_related("chapters").aget(pk=pk))


async def argument_without_rows(request, pk):
    return await numbers_of(await Book.objects.aget(pk=pk))
