from contextlib import ExitStack, nullcontext, suppress

from shop.scopes import Guard, QuietGuard, blocking, books, cleaning, counting, quiet


async def on_entry(request):
    with counting() as number:
        return number


async def on_exit(request):
    with cleaning():
        pass


async def not_entered(request):
    return counting()


async def harmless(request):
    with quiet(), suppress(ValueError), nullcontext():
        pass


async def lazy_target(request):
    with books() as found:
        return found


async def target_evaluated(request):
    with books() as found:
        return list(found)


async def exit_of_a_class(request):
    with Guard():
        pass


async def quiet_class(request):
    with QuietGuard() as number:
        return number


async def asynchronous_that_blocks(request):
    async with blocking():
        pass


async def on_a_stack(request):
    with ExitStack() as stack:
        return stack.enter_context(counting())
