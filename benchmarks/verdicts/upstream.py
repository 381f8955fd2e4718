"""The slow service that the measured views wait for: `python -m benchmarks.verdicts.upstream PORT`.

It answers each request half a second later, however many there are at once.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

DELAY = 0.5
"""Seconds: what a call to a carrier or a payment provider may take; little beside it is processor time."""


async def quote(_: web.Request) -> web.Response:
    """A price, after the delay."""
    await asyncio.sleep(DELAY)
    return web.json_response({"price": 7})


async def ready(_: web.Request) -> web.Response:
    """An answer at once."""
    return web.Response(text="ready")


def main() -> None:
    """Serve on the port that is the first argument until terminated."""
    application = web.Application()
    application.add_routes([web.get("/quote", quote), web.get("/", ready)])
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
