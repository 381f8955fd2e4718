"""What is measured: a view in both its forms, on one stack, at one number of concurrent requests."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Stack(enum.Enum):
    """A folder of `stacks/` that is laid over the project; its Procfile is what is run and what is read."""

    UVICORN = "uvicorn"
    GUNICORN = "gunicorn"
    SYNC_MIDDLEWARE = "sync-middleware"


@dataclass(frozen=True, slots=True)
class Pair:
    """A view as written and its plain `def`, which have the same work to do.

    `plain_stack` serves the plain `def`: the same stack, or the one with a fixed pool of threads.
    """

    view: str
    stack: Stack
    concurrency: int
    plain_stack: Stack

    @property
    def routes(self) -> tuple[str, str]:
        """The paths of the view as written and of its plain `def`."""
        route = self.view.replace("_", "-")
        return f"/written/{route}/", f"/plain/{route}/"

    @property
    def function(self) -> str:
        """The qualified name of the view as written."""
        return f"shop.written.{self.view}"

    @property
    def is_against_pool(self) -> bool:
        """Whether the plain `def` has a pool of fewer threads than there are clients."""
        return self.plain_stack is not self.stack


def _same(view: str, stack: Stack, concurrency: int) -> Pair:
    return Pair(view, stack, concurrency, stack)


_BUSY = 4
"""Requests at once where the processor is what limits: more only lengthen the queue."""
_WAITING = 20
"""Requests at once where the service is what limits: five times the threads of the gunicorn stack,
and so few that neither form keeps a core busy."""
_THREADS = 8
"""Requests at once that a pool of four threads serves in two turns, and that no core notices."""
_SATURATING = 150
"""Requests at once that keep a core busy, whichever form answers them."""

PAIRS = (
    Pair("quote", Stack.UVICORN, _WAITING, Stack.GUNICORN),
    _same("quote", Stack.UVICORN, _THREADS),
    _same("compare", Stack.UVICORN, _BUSY),
    _same("progress", Stack.UVICORN, _WAITING),
    _same("summary", Stack.UVICORN, _BUSY),
    _same("titles", Stack.UVICORN, _BUSY),
    _same("gathered", Stack.UVICORN, _BUSY),
    _same("ping", Stack.UVICORN, _BUSY),
    _same("count", Stack.UVICORN, _BUSY),
    _same("nap", Stack.UVICORN, _BUSY),
    _same("blocking_quote", Stack.UVICORN, _BUSY),
    _same("raising", Stack.UVICORN, _BUSY),
    _same("quote_alone", Stack.GUNICORN, _THREADS),
    _same("compare_alone", Stack.GUNICORN, _THREADS),
    _same("summary", Stack.GUNICORN, _BUSY),
    _same("ping", Stack.GUNICORN, _BUSY),
    _same("nap", Stack.GUNICORN, _BUSY),
    Pair("quote", Stack.SYNC_MIDDLEWARE, _WAITING, Stack.GUNICORN),
    _same("compare", Stack.SYNC_MIDDLEWARE, _BUSY),
)
"""What is judged."""

SATURATED = (
    _same("quote", Stack.UVICORN, _SATURATING),
    _same("quote_aiohttp", Stack.UVICORN, _SATURATING),
)
"""What is shown beside it: there the processor time of the client library decides."""
