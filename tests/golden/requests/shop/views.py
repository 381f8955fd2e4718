from asgiref.sync import sync_to_async
from shop import helpers


async def name(request):
    return helpers.name_of(request)


async def user_passed_on(request):
    return helpers.name_of_user(request.user)


async def tested(request):
    return helpers.is_known(request)


async def only_passed_back(request):
    return helpers.passes_user(request)


async def used_after_passed_back(request):
    return helpers.passes_user(request).username


async def harmless(request):
    return helpers.method(request)


async def session_read(request):
    return helpers.basket(request)


async def session_read_by_get(request):
    return helpers.basket_or_none(request)


async def session_written(request):
    helpers.remember(request)


async def session_passed_back(request):
    return helpers.session_of(request)


async def awaited_user(request):
    return await helpers.aname_of(request)


async def awaited_then_used(request):
    await request.auser()
    return helpers.name_of(request)


async def awaited_session(request):
    return await helpers.abasket(request)


async def in_a_thread(request):
    return await sync_to_async(helpers.name_of)(request)


async def used_after_the_thread(request):
    await sync_to_async(helpers.name_of)(request)
    return helpers.is_known(request)


async def used_twice(request):
    helpers.is_known(request)
    return helpers.name_of(request)
