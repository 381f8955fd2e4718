from shop import handlers
from shop.handlers import HANDLERS, ORDERED, PAIR, QUIET, alias, handle, other, quiet_alias


async def by_constant(request):
    return HANDLERS["count"]()


async def by_harmless_constant(request):
    return HANDLERS["number"]()


async def by_unknown_key(request, kind):
    return HANDLERS[kind]()


async def by_get_of_a_constant(request):
    return HANDLERS.get("number")()


async def quiet_by_unknown_key(request, kind):
    return QUIET[kind]()


async def through_helper(request):
    return handle("count")


async def by_position(request):
    return PAIR[1]()


async def by_harmless_position(request):
    return PAIR[0]()


async def each(request):
    return [handler() for handler in ORDERED]


async def each_item(request):
    for name, handler in HANDLERS.items():
        print(name, handler())


async def through_alias(request):
    return alias()


async def through_second_alias(request):
    return other()


async def through_quiet_alias(request):
    return quiet_alias()


async def through_module_alias(request):
    return handlers.other()


async def chosen(request, kind):
    function = alias if kind else quiet_alias
    return function()


async def not_called(request):
    return HANDLERS["count"]
