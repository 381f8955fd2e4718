from shop.services import Base, Cached, Chained, Loud, QueryFirst, QuietFirst


async def instance(request):
    return Base().count()


async def overridden(request):
    return Cached().count()


async def through_self(request):
    return Base().report()


async def through_self_overridden(request):
    return Cached().report()


async def through_super(request):
    return Loud().count()


async def super_without_query(request):
    return Loud().title()


async def mixin_that_queries_first(request):
    return QueryFirst().count()


async def quiet_mixin_first(request):
    return QuietFirst().count()


async def super_finds_the_mixin_through_self(request):
    return Chained().report()


async def unbound(request):
    return Base.count(Cached())


async def bound_and_kept(request):
    count = Base().count
    return count()


async def not_called(request):
    return Base().count
