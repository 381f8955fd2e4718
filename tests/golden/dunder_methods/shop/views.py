from shop.models import Author, Book
from shop.services import Dynamic, Priced, Quiet, Settable, Shelf, Sum, Truth


async def text_loads_a_relation(request):
    book = await Book.objects.aget(pk=1)
    return str(book)


async def text_with_the_relation_loaded(request):
    book = await Book.objects.select_related("author").aget(pk=1)
    return str(book)


async def formatted(request):
    book = await Book.objects.aget(pk=1)
    return f"got {book}"


async def text_of_fields(request):
    return str(await Author.objects.aget(pk=1))


async def iterated(request):
    return [book.title for book in Shelf()]


async def looped(request):
    for book in Shelf():
        print(book.title)


async def measured(request):
    return len(Shelf())


async def tested_by_length(request):
    if Shelf():
        return 1
    return 0


async def tested_by_bool(request):
    return not Truth()


async def searched(request):
    return "x" in Shelf()


async def indexed(request):
    return Shelf()[3]


async def called(request):
    shelf = Shelf()
    return shelf()


async def entered(request):
    with Shelf() as book:
        return book


async def dynamic_attribute(request):
    return Dynamic().anything


async def known_attribute(request):
    return Dynamic().known


async def quiet(request):
    shelf = Quiet()
    return len(shelf), [number for number in shelf], shelf(), bool(shelf)


async def compared_by_identity(request):
    return Shelf() is None


async def item_set(request):
    titles = Settable()
    titles[1] = "x"


async def searching_calls_contains(request):
    return "x" in Sum()


async def adding_calls_add(request):
    return Sum() + 1


async def adding_from_the_right_calls_radd(request):
    return 1 + Sum()


async def adding_in_place_calls_iadd(request):
    total = Sum()
    total += 1
    return total


async def comparing_calls_eq(request):
    return Sum() == "x"


async def not_equal_calls_eq(request):
    return Sum() != "x"


async def a_reflected_comparison(request):
    return 3 > Sum()


async def negating_calls_neg(request):
    return -Sum()


async def deleting_an_item(request):
    del Settable()[3]


async def assigning_runs_the_setter(request):
    priced = Priced()
    priced.price = 3


async def reading_leaves_the_setter(request):
    return Priced().price


async def quiet_operators(request):
    return Quiet() + 1, Quiet() == 1, 1 in Quiet()
