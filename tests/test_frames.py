"""The frames of an audit lie in one piece of memory."""

import sys

import pytest

from async_audit.frames import with_room


def test_result_and_error_come_through() -> None:
    assert with_room(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 // 0)


def _deep(levels: int) -> int:
    return 0 if levels == 0 else 1 + _deep(levels - 1)


def test_the_room_is_no_deeper_than_python_allows() -> None:
    assert with_room(lambda: _deep(sys.getrecursionlimit() // 2)) == sys.getrecursionlimit() // 2
