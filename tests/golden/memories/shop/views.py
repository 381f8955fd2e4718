from shop.settings_file import Order, kept_text, not_kept_text, option, option_name


async def set_through_a_method(request):
    return option("currency")


async def set_in_the_branch(request):
    return option_name(1)


async def kept_under_a_global_name(request):
    return kept_text("utf-8")


async def kept_by_an_object_of_this_request(request):
    return Order().lines()


async def kept_by_nobody(request):
    return not_kept_text("utf-8")
