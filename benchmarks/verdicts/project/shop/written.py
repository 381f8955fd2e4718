"""The views as written: each `async def`, for better or worse."""

import asyncio
import time

import aiohttp
import httpx
from django.conf import settings
from django.http import JsonResponse, StreamingHttpResponse

from shop.models import Book

LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=20)
carrier = httpx.AsyncClient(limits=LIMITS, timeout=30, trust_env=False)


async def quote(request):
    """Waits for one answer of a slow service."""
    answer = await carrier.get(f"{settings.CARRIER}/quote")
    return JsonResponse(answer.json())


async def quote_alone(request):
    """As `quote`, with a client of its own: under WSGI each request has its own event loop."""
    async with httpx.AsyncClient(timeout=30, trust_env=False, verify=False) as client:
        answer = await client.get(f"{settings.CARRIER}/quote")
    return JsonResponse(answer.json())


async def quote_aiohttp(request):
    """As `quote`, with the other common client."""
    async with aiohttp.ClientSession() as session, session.get(f"{settings.CARRIER}/quote") as answer:
        return JsonResponse(await answer.json())


async def compare(request):
    """Waits for four answers at the same time."""
    url = f"{settings.CARRIER}/quote"
    answers = await asyncio.gather(carrier.get(url), carrier.get(url), carrier.get(url), carrier.get(url))
    return JsonResponse({"best": min(answer.json()["price"] for answer in answers)})


async def compare_alone(request):
    """As `compare`, with a client of its own."""
    url = f"{settings.CARRIER}/quote"
    async with httpx.AsyncClient(timeout=30, trust_env=False, verify=False) as client:
        answers = await asyncio.gather(client.get(url), client.get(url), client.get(url), client.get(url))
    return JsonResponse({"best": min(answer.json()["price"] for answer in answers)})


async def steps():
    """Five lines, a tenth of a second apart."""
    for number in range(5):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0.1)


async def progress(request):
    """Streams lines while they come."""
    return StreamingHttpResponse(steps(), content_type="text/event-stream")


async def summary(request):
    """Five queries, a hop each."""
    books = Book.objects.filter(price__gt=3)
    return JsonResponse(
        {
            "count": await books.acount(),
            "any": await books.aexists(),
            "first": (await books.order_by("pk").afirst()).title,
            "last": (await books.order_by("pk").alast()).title,
            "one": (await Book.objects.aget(pk=4)).title,
        }
    )


async def titles(request):
    """A query in a loop, a hop each time round."""
    found = []
    for number in range(1, 9):
        book = await Book.objects.aget(pk=number)
        found.append(book.title)
    return JsonResponse({"titles": found})


async def gathered(request):
    """Queries that look as if they ran at the same time; all go to the one thread of the request."""
    books = Book.objects
    counts = await asyncio.gather(
        books.filter(price=1).acount(),
        books.filter(price=2).acount(),
        books.filter(price=3).acount(),
        books.filter(price=4).acount(),
        books.filter(price=5).acount(),
        books.filter(price=6).acount(),
        books.filter(price=7).acount(),
        books.filter(price=8).acount(),
    )
    return JsonResponse({"counts": counts})


async def ping(request):
    """Awaits nothing."""
    return JsonResponse({"ok": True})


async def count(request):
    """One query, one hop: what a plain `def` takes as a whole."""
    return JsonResponse({"count": await Book.objects.acount()})


async def nap(request):
    """Sleeps on the event loop."""
    time.sleep(0.05)
    return JsonResponse({"ok": True})


def ask_carrier():
    """The answer of the slow service, for which it waits."""
    with httpx.Client(timeout=30, trust_env=False, verify=False) as client:
        return client.get(f"{settings.CARRIER}/quote").json()


async def blocking_quote(request):
    """Waits for the slow service on the event loop, through a helper."""
    return JsonResponse(ask_carrier())


async def raising(request):
    """A query on the event loop, which Django refuses."""
    return JsonResponse({"count": Book.objects.count()})
