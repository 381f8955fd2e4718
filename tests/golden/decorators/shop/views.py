from shop import helpers


async def kept_query(request):
    return helpers.kept_query()


async def kept_number(request):
    return helpers.kept_number()


async def wrapper_queries(request):
    return helpers.wrapped_number()


async def wrapper_hides_the_query(request):
    return helpers.replaced_query()


async def decorator_with_arguments(request):
    return helpers.with_arguments()


async def same_function_returned(request):
    return helpers.marked()


async def class_as_decorator(request):
    return helpers.counted()


async def branch_for_plain_functions(request):
    return helpers.plain()


async def branch_for_coroutines(request):
    return await helpers.aplain()


async def inspected_plain(request):
    return helpers.checked()


async def inspected_coroutine(request):
    return await helpers.achecked()


async def stacked(request):
    return helpers.stacked()


async def wrapped_reached(request):
    return helpers.replaced_query
