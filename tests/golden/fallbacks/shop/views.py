from shop import services


async def argument_unknown(request, value):
    services.of_argument(value)
    services.of_argument_by_or(value)
    services.of_argument_after_return(value)
    services.of_entry(value)


async def argument_left_out(request):
    services.of_argument()


async def argument_left_out_of_or(request):
    services.of_argument_by_or()


async def argument_left_out_before_return(request):
    services.of_argument_after_return()


async def argument_that_a_client_may_leave_out(request):
    services.of_argument(request.GET.get("book"))


async def context(request):
    services.of_context()
    services.of_context_by_walrus()


async def argument_present(request, value):
    services.present(value)


async def memoised_block(request):
    services.once()


async def memoised_query(request):
    services.counted()


async def stops_at_the_query(request):
    services.queries_then_blocks()


async def blocks_before_the_query(request):
    services.blocks_then_queries()


async def swallows_the_guard(request):
    services.queries_in_vain()


async def does_not_catch_the_guard(request):
    services.queries_for_a_missing_row()


async def gives_an_entry_now_and_then(request, title):
    options = {"title": str(title) if title else None}
    return services.entry_or_first(options)


async def gives_an_entry(request, title):
    return services.entry_or_first({"title": str(title)})
