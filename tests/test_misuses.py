"""Misuses of coroutines: in these small projects what is marked is found, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.markers import disagreements, markers_of
from tests.projects import SHOP, place, report_on, write_project

PATH = "shop/misuses.py"
JUDGED = ("DJA201", "DJA207", "DJA210", "DJA4")
"""The rules whose findings are all marked."""

SOURCES = {
    "functions awaited without a call": """\
        import asyncio
        import functools

        from asgiref.sync import sync_to_async

        from shop.models import Book
        from unknown import cached


        async def titles():
            return await Book.objects.acount()


        @cached
        async def kept():
            return await titles()


        @sync_to_async
        def in_thread():
            return Book.objects.count()


        class Shelf:
            async def size(self):
                return await titles()

            @property
            async def width(self):
                return await titles()

            async def both(self):
                await self.width
                await self.size  # expect: DJA407


        async def wrong(request, book_id):
            book = await Book.objects.aget(pk=book_id)
            await titles  # expect: DJA407
            await in_thread  # expect: DJA407
            await sync_to_async(Book.objects.count)  # expect: DJA407
            await sync_to_async(lambda: Book.objects.count())  # expect: DJA407
            await sync_to_async(Book.objects.get(pk=1))  # expect: DJA402
            await Book.objects.acount  # expect: DJA407
            await Book.objects.filter(pk=1).afirst  # expect: DJA407
            await book.asave  # expect: DJA407
            await functools.partial(Book.objects.aget, pk=1)  # expect: DJA407
            await asyncio.sleep  # expect: DJA407


        async def right(request, given):
            counting = sync_to_async(Book.objects.count)
            await kept
            await given
            await counting()
            await functools.partial(Book.objects.aget, pk=1)()
            await (titles if given else kept)
        """,
    "coroutines that a thread gives": """\
        import asyncio

        from asgiref.sync import sync_to_async

        from shop.models import Book


        async def titles():
            return await Book.objects.acount()


        def counting():
            return Book.objects.acount()


        async def dropped(request):
            await sync_to_async(lambda: titles())()  # expect: DJA401
            await sync_to_async(counting)()  # expect: DJA401


        async def returned(request):
            return await asyncio.to_thread(counting)  # expect: DJA401


        async def used(request):
            count = await sync_to_async(counting)()
            return count + 1  # expect: DJA401


        async def awaited(request):
            coroutine = await sync_to_async(counting)()
            await (await sync_to_async(lambda: titles())())
            return await coroutine + await (await asyncio.to_thread(counting))
        """,
    "coroutines that nothing reads": """\
        import asyncio

        from shop.models import Author, Book


        async def titles():
            return await Book.objects.acount()


        async def begun(request):
            asyncio.gather(titles(), titles())  # expect: DJA401
            asyncio.shield(titles())  # expect: DJA401
            asyncio.wait_for(titles(), 3)  # expect: DJA401
            shielded = asyncio.shield(titles())
            for title in asyncio.gather(titles(), titles()):  # expect: DJA401
                print(title)


        async def never_read(request):
            book = Book.objects.aget(pk=1)  # expect: DJA401
            _ = Book.objects.acount()  # expect: DJA401
            for number in range(3):
                counted = titles()  # expect: DJA401


        async def one_of_two(request):
            books, authors = Book.objects.acount(), Author.objects.acount()  # expect: DJA401
            return await books


        async def overwritten(request):
            count = Book.objects.acount()  # expect: DJA401
            count = 3
            return count


        def synchronous():
            counted = titles()  # expect: DJA401


        async def read_later(request, task_list):
            count = Book.objects.acount()
            count = await count
            other = titles()
            if request:
                return await other
            return count


        async def read_inside(request):
            inside, shared, deleted, added, tested = titles(), titles(), titles(), titles(), titles()

            async def inner():
                nonlocal shared
                await inside
                shared = titles()

            await inner()
            del deleted
            added += 1
            return [lambda: tested]


        async def read_by_a_handler(request):
            pending = titles()
            try:
                pending = Book.objects.acount()
                pending = titles()
            finally:
                await pending


        async def by_all_variables(request):
            pending = titles()
            return locals()


        async def running(request, holder):
            task = asyncio.create_task(titles())
            future = asyncio.ensure_future(titles())
            together = asyncio.gather(titles(), titles())
            holder.kept = holder.other = titles()
            holder["x"] = titles()
            first = again = titles()
            await again


        kept = None


        async def module_name(request):
            global kept
            kept = titles()
        """,
    "coroutine functions for what calls plain ones": """\
        import asyncio
        import atexit
        import functools
        import threading
        import time
        from concurrent.futures import ThreadPoolExecutor

        from asgiref.sync import async_to_sync
        from django.db import connection, transaction
        from unknown import made_plain

        from shop.models import Book

        executor = ThreadPoolExecutor()


        async def titles(*given):
            return await Book.objects.acount()


        @made_plain
        async def plain():
            return await titles()


        def count():
            return 1


        class Shelf:
            async def size(self):
                return await titles()

            async def started(self):
                threading.Thread(target=self.size).start()  # expect: DJA401


        async def in_threads(request):
            await asyncio.to_thread(titles)  # expect: DJA401
            threading.Thread(target=titles, args=(1,)).start()  # expect: DJA401
            threading.Timer(3, titles).start()  # expect: DJA401
            executor.submit(titles, 1)  # expect: DJA401
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(None, titles)  # expect: DJA401


        async def on_the_loop(request):
            loop = asyncio.get_running_loop()
            loop.call_soon(titles)  # expect: DJA401
            loop.call_later(3, functools.partial(titles, 1))  # expect: DJA401
            loop.call_later(3, lambda: titles(1))  # expect: DJA401
            loop.call_soon(lambda: time.sleep(1))  # expect: DJA201
            task = asyncio.create_task(titles())
            task.add_done_callback(titles)  # expect: DJA401
            task.add_done_callback(lambda done: time.sleep(1))  # expect: DJA201
            loop.create_task(titles()).add_done_callback(lambda done: time.sleep(1))  # expect: DJA201


        def committed(book):
            transaction.on_commit(titles)  # expect: DJA401
            transaction.on_commit(lambda: titles(1))  # expect: DJA401
            connection.on_commit(titles)  # expect: DJA401
            transaction.on_commit(async_to_sync(titles))
            transaction.on_commit(count)
            atexit.register(titles)  # expect: DJA401


        async def right(request, given):
            loop = asyncio.get_running_loop()
            await (await asyncio.to_thread(titles))
            await asyncio.to_thread(count)
            await loop.run_in_executor(executor, lambda: 1)
            threading.Thread(target=plain).start()
            threading.Thread(target=given).start()
            threading.Thread(target=lambda: asyncio.run(titles())).start()
            loop.call_soon(lambda: asyncio.create_task(titles()))
            loop.call_soon(*given)
            executor.submit(count)
        """,
    "generator expressions that await": """\
        import asyncio

        from shop.models import Book


        async def is_sold(book):
            return await Book.objects.filter(pk=book.pk).aexists()


        async def lent(book):
            return [book]


        async def wrong(request, books):
            any(await is_sold(book) for book in books)  # expect: DJA407
            all(book for book in books if await is_sold(book))  # expect: DJA407
            sum(1 for book in books for other in await lent(book))  # expect: DJA407
            list([await is_sold(other) for other in books] for book in books)  # expect: DJA407
            ", ".join(await is_sold(book) for book in books)  # expect: DJA407
            await asyncio.gather(*(await is_sold(book) for book in books))  # expect: DJA407
            for sold in (await is_sold(book) for book in books):  # expect: DJA407
                print(sold)
            return max(book.pk async for book in Book.objects.all())  # expect: DJA407


        async def right(request, books):
            any([await is_sold(book) for book in books])
            any(book for book in await lent(books))
            list((lambda: is_sold(book)) for book in books)
            await asyncio.gather(*(is_sold(book) for book in books))
            sum(sum(1 for _ in [book]) for book in books)
            return [sold async for sold in (await is_sold(book) for book in books)]
        """,
    "context managers of the other kind": """\
        import asyncio
        import contextlib
        import threading
        from concurrent.futures import ThreadPoolExecutor
        from contextlib import asynccontextmanager, contextmanager

        import httpx
        import requests
        from unknown import of_both_kinds


        @contextmanager
        def locked():
            yield 1


        @asynccontextmanager
        async def connected():
            yield 1


        @of_both_kinds
        @contextmanager
        def both():
            yield 1


        @of_both_kinds
        @asynccontextmanager
        async def both_again():
            yield 1


        async def wrong(request):
            async with locked():  # expect: DJA407
                pass
            with connected():  # expect: DJA407
                pass
            async with connected() as one, locked() as two:  # expect: DJA407
                pass
            with asyncio.Lock():  # expect: DJA407
                pass
            async with threading.Lock():  # expect: DJA407
                pass
            with httpx.AsyncClient() as client:  # expect: DJA407
                pass
            async with requests.Session() as session:  # expect: DJA407
                pass
            async with ThreadPoolExecutor() as executor:  # expect: DJA407
                pass


        def synchronous(request):
            with locked():
                pass


        class Either:
            def __init__(self, lock: threading.RLock | asyncio.Lock):
                self.lock = lock

            async def held(self):
                async with self.lock:
                    pass


        async def either(lock: threading.RLock | asyncio.Lock):
            async with lock:
                pass


        async def right(request, given):
            with locked() as one, contextlib.suppress(ValueError):
                pass
            async with connected() as one, asyncio.Lock(), httpx.AsyncClient():
                pass
            async with both(), given, asyncio.timeout(3):
                pass
            with both_again(), both(), given:
                pass
            async with contextlib.AsyncExitStack() as stack:
                await stack.enter_async_context(connected())
                stack.enter_context(locked())
        """,
    "coroutines as keys and answers": """\
        import asyncio
        import itertools

        from shop.models import Book


        async def weight(book):
            return await Book.objects.filter(pk=book.pk).acount()


        def plain(book):
            return book.pk


        async def wrong(request, books):
            sorted(books, key=weight)  # expect: DJA401
            min(books, key=lambda book: weight(book))  # expect: DJA401
            found = [book for book in books]
            found.sort(key=weight)  # expect: DJA401
            list(filter(weight, books))  # expect: DJA401
            list(itertools.takewhile(weight, books))  # expect: DJA401
            await asyncio.wait([weight(book) for book in books])  # expect: DJA401
            await asyncio.wait([weight(books[0]), asyncio.create_task(weight(books[1]))])  # expect: DJA401


        async def right(request, books, given):
            sorted(books, key=plain)
            sorted(books, key=given)
            list(filter(None, books))
            await asyncio.gather(*map(weight, books))
            await asyncio.wait([asyncio.create_task(weight(book)) for book in books])
            return await asyncio.wait(given)
        """,
    "executors that wait at their end": """\
        import asyncio
        import time
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

        from shop.models import Book


        async def wrong(request, books):
            with ThreadPoolExecutor() as executor:  # expect: DJA207
                executor.submit(time.sleep, 1)
            with ThreadPoolExecutor() as executor:  # expect: DJA207
                for book in books:
                    executor.submit(time.sleep, 1)
            with ProcessPoolExecutor() as executor:  # expect: DJA207
                unread = executor.submit(time.sleep, 1)
            with ThreadPoolExecutor() as executor:  # expect: DJA207
                executor.map(time.sleep, [1, 2])
            with ThreadPoolExecutor() as executor:  # expect: DJA207
                asyncio.get_running_loop().run_in_executor(executor, time.sleep, 1)
            executor = ThreadPoolExecutor()
            executor.submit(time.sleep, 1)
            executor.shutdown()  # expect: DJA207
            first_of_pool()  # expect: DJA210
            counted_in_pool()  # expect: DJA210


        def first_of_pool():
            with ThreadPoolExecutor(1) as executor:
                executor.submit(time.sleep, 1)


        def counted_in_pool():
            return ThreadPoolExecutor(1).submit(Book.objects.count).result()


        async def right(request, books):
            loop = asyncio.get_running_loop()
            with ThreadPoolExecutor() as executor:
                await loop.run_in_executor(executor, time.sleep, 1)
                futures = [loop.run_in_executor(executor, time.sleep, 1) for book in books]
                await asyncio.gather(*futures)
                submitted = executor.submit(time.sleep, 1)
                await asyncio.wrap_future(submitted)
            executor = ThreadPoolExecutor()
            executor.submit(time.sleep, 1)
            executor.shutdown(wait=False)
            unused = ThreadPoolExecutor()
            unused.shutdown()
        """,
    "coroutines that are dropped or tested": """\
        import asyncio

        from shop.models import Book


        async def title(book):
            await asyncio.sleep(1)
            return book


        async def wrong(request, books):
            if title(books) is None:  # expect: DJA401
                return 1
            [book.asave() async for book in Book.objects.all()]  # expect: DJA401
            [title(book) for book in books]  # expect: DJA401
            return title(books) is not None  # expect: DJA401


        async def right(request, books, given):
            pending = title(books)
            if pending is not None:
                await pending
            [asyncio.create_task(title(book)) for book in books]
            [await title(book) for book in books]
            [given(book) for book in books]
            return [title(book) for book in books]
        """,
    "coroutines for values of fields": """\
        import asyncio

        from shop.models import Author, Book


        async def first():
            return await Author.objects.afirst()


        async def wrong(request):
            await Book.objects.filter(author=Author.objects.aget(pk=1)).acount()  # expect: DJA401
            await Book.objects.acreate(title="x", author=first())  # expect: DJA401
            book = Book(author=first())  # expect: DJA401
            book.author = Author.objects.aget(pk=1)  # expect: DJA401
            author = first()
            return await author.book_set.aadd(Book.objects.aget(pk=1))  # expect: DJA401


        async def right(request, given):
            book = Book(author=await first())
            book.author = await Author.objects.aget(pk=1)
            book.pending = first()
            await book.pending
            await Book.objects.filter(author=given()).acount()
            return await Book.objects.acreate(title="x", author=await first())
        """,
    "plain methods that are awaited": """\
        import aiohttp
        import httpx


        async def wrong(request):
            async with httpx.AsyncClient() as client:
                response = await client.get("https://example.com")
                await response.raise_for_status()  # expect: DJA407
                return await response.json()  # expect: DJA407


        async def right(request, given):
            async with httpx.AsyncClient() as client:
                response = await client.get("https://example.com")
                print(response.json(), await given.json())
            async with aiohttp.ClientSession() as session:
                async with session.get("https://example.com") as response:
                    return await response.json()
        """,
}
"""By what they show, the source of one module of the shop."""


@pytest.mark.parametrize("shown", SOURCES)
def test_what_is_marked_is_found_and_nothing_else(shown: str, tmp_path: Path) -> None:
    source = dedent(SOURCES[shown])
    report = report_on(write_project(tmp_path, {**SHOP, PATH: source}))
    found = {place(finding) for finding in report.findings if finding.code.startswith(JUDGED)}
    problems = disagreements(markers_of(source, PATH), found)
    assert not problems, "\n" + "\n".join(problems)


def test_what_has_begun_to_run_is_not_said_to_do_nothing(tmp_path: Path) -> None:
    source = """\
        import asyncio


        async def work():
            await asyncio.sleep(1)


        async def view(request):
            asyncio.gather(work(), work())
            work()
        """
    report = report_on(write_project(tmp_path, {**SHOP, PATH: source}))
    begun, dropped = (finding.message for finding in report.findings if finding.code == "DJA401")
    assert "`asyncio.gather` begins to run and is never awaited" in begun
    assert "`work` gives a coroutine that is never awaited: nothing happens" in dropped
