"""The same views as plain `def`: the same work in the same order, without `async`."""

import time

import httpx
import requests
from django.conf import settings
from django.http import JsonResponse, StreamingHttpResponse

from shop.models import Book

LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=20)
carrier = httpx.Client(limits=LIMITS, timeout=30, trust_env=False)


def quote(request):
    """Waits for one answer of a slow service."""
    answer = carrier.get(f"{settings.CARRIER}/quote")
    return JsonResponse(answer.json())


def quote_alone(request):
    """As `quote`, with a client of its own."""
    with httpx.Client(timeout=30, trust_env=False, verify=False) as client:
        answer = client.get(f"{settings.CARRIER}/quote")
    return JsonResponse(answer.json())


def quote_aiohttp(request):
    """As `quote`, with the most common client of synchronous code."""
    with requests.Session() as session:
        return JsonResponse(session.get(f"{settings.CARRIER}/quote").json())


def compare(request):
    """Waits for four answers, one after another."""
    answers = [carrier.get(f"{settings.CARRIER}/quote") for _ in range(4)]
    return JsonResponse({"best": min(answer.json()["price"] for answer in answers)})


def compare_alone(request):
    """As `compare`, with a client of its own."""
    with httpx.Client(timeout=30, trust_env=False, verify=False) as client:
        answers = [client.get(f"{settings.CARRIER}/quote") for _ in range(4)]
    return JsonResponse({"best": min(answer.json()["price"] for answer in answers)})


def steps():
    """Five lines, a tenth of a second apart."""
    for number in range(5):
        yield f"data: {number}\n\n"
        time.sleep(0.1)


def progress(request):
    """Streams lines; under ASGI Django collects a synchronous iterator before it sends anything."""
    return StreamingHttpResponse(steps(), content_type="text/event-stream")


def summary(request):
    """Five queries."""
    books = Book.objects.filter(price__gt=3)
    return JsonResponse(
        {
            "count": books.count(),
            "any": books.exists(),
            "first": books.order_by("pk").first().title,
            "last": books.order_by("pk").last().title,
            "one": Book.objects.get(pk=4).title,
        }
    )


def titles(request):
    """A query in a loop."""
    found = []
    for number in range(1, 9):
        book = Book.objects.get(pk=number)
        found.append(book.title)
    return JsonResponse({"titles": found})


def gathered(request):
    """Eight queries."""
    books = Book.objects
    counts = [books.filter(price=price).count() for price in range(1, 9)]
    return JsonResponse({"counts": counts})


def ping(request):
    """Does nothing."""
    return JsonResponse({"ok": True})


def count(request):
    """One query."""
    return JsonResponse({"count": Book.objects.count()})


def nap(request):
    """Sleeps in the request's thread."""
    time.sleep(0.05)
    return JsonResponse({"ok": True})


def blocking_quote(request):
    """Waits for the slow service in the request's thread."""
    with httpx.Client(timeout=30, trust_env=False, verify=False) as client:
        return JsonResponse(client.get(f"{settings.CARRIER}/quote").json())


def raising(request):
    """One query."""
    return JsonResponse({"count": Book.objects.count()})
