"""Room for the frames of Python functions in one piece of memory.

Since 3.11 CPython keeps frames in chunks of 16 KiB. It asks the operating system for one when a call needs
it, and gives it back when that call returns (Python/pystate.c, `push_chunk`, `_PyThreadState_PopFrame`). An
evaluation that goes up and down across the edge of a chunk does that some 10,000 times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

T = TypeVar("T")

_SLOTS = 140_000
"""Eight bytes each, so that the chunk is of 2 MiB, of which the frames inside find nearly a half free. Memory
that no frame comes to is never touched."""


def _act(action: Callable[[], Any]) -> Any:
    return action()


_act_in_large_frame = FunctionType(_act.__code__.replace(co_stacksize=_SLOTS), globals())


def with_room(action: Callable[[], T]) -> T:
    """What `action` returns; the frames of all that it calls lie in the chunk of one large frame."""
    result: T = _act_in_large_frame(action)
    return result
