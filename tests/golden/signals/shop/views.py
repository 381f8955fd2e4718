from shop import signals
from shop.models import Author


async def sent(request):
    signals.ordered.send(sender=None)


async def sent_robustly(request):
    signals.ordered.send_robust(sender=None)


async def sent_quietly(request):
    signals.quiet.send(sender=None)


async def sent_to_nobody(request):
    signals.unheard.send(sender=None)


async def sent_to_connected(request):
    signals.connected_signal.send(sender=None)


async def asent(request):
    await signals.ordered.asend(sender=None)


async def asent_to_a_coroutine(request):
    await signals.heard_async.asend(sender=None)


async def saved(request):
    await Author(name="x").asave()
