"""Coroutines that are as they should be, for a reason that stands elsewhere in the module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.projects import SHOP, report_on, write_project

CASES = {
    "a handler whose name is put together": """\
        class Messages:
            def __getitem__(self, kind):
                return getattr(self, f"handle_{kind}")

            async def handle_move(self, message):
                return message.lower()

        async def answer(kind, message):
            return await Messages()[kind](message)
        """,
    "coroutines that are shown before they run": """\
        import asyncio

        async def notify(text):
            await asyncio.sleep(1)

        async def notify_all(texts):
            jobs = [notify(text) for text in texts]
            print(f"running {jobs}")
            await asyncio.gather(*jobs)
        """,
    "a hook that is made a plain method": """\
        from asgiref.sync import async_to_sync
        from rest_framework.viewsets import ModelViewSet

        class Books(ModelViewSet):
            @async_to_sync
            async def perform_destroy(self, instance):
                await instance.adelete()
        """,
    "coroutines that stand in a table": """\
        async def is_small(file):
            return file.size < 100

        async def is_image(file):
            return file.name.endswith(".png")

        CHECKS = {
            "small": is_small,
            "image": is_image,
        }

        async def check(kind, file):
            return await CHECKS[kind](file)
        """,
}


@pytest.mark.parametrize("source", CASES.values(), ids=CASES)
def test_nothing_is_found(source: str, tmp_path: Path) -> None:
    report = report_on(write_project(tmp_path, {**SHOP, "shop/coroutines.py": source}))
    assert report.findings == ()
