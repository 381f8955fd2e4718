import asyncio
import time

from shop.models import Book


def counted():
    return Book.objects.count()


def paused(seconds):
    time.sleep(seconds)


async def called_soon():
    asyncio.get_running_loop().call_soon(counted)


async def called_later():
    asyncio.get_running_loop().call_later(1, paused, 2)


async def called_quietly():
    asyncio.get_running_loop().call_soon_threadsafe(print, "x")
