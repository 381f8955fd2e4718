from shop.models import Book
from shop.services import CallsParent, Counted, CountedChild, Made, Prepared, QuietChild, Row, Sized


async def init_queries(request):
    return Counted()


async def inherited_init(request):
    return CountedChild()


async def overridden_init(request):
    return QuietChild().number


async def super_init(request):
    return CallsParent()


async def new_queries(request):
    return Made()


async def init_prepares(request):
    return Prepared("x")


async def prepared_is_evaluated(request):
    return Prepared("x").all()


async def plain_dataclass(request):
    return Row("x")


async def dataclass_holds_a_book(request):
    row = Row("x", await Book.objects.aget(pk=1))
    return row.book.author


async def dataclass_holds_a_loaded_book(request):
    row = Row("x", book=await Book.objects.select_related("author").aget(pk=1))
    return row.book.author


async def default_factory(request):
    return Sized()


async def only_the_class(request):
    return Counted
