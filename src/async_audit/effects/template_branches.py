"""Which tags of a template are reached: those under a test that is known to fail are not."""

from __future__ import annotations

import enum

from async_audit.effects.values import Const, Value, alternatives

OPENING = frozenset({"if", "ifchanged", "ifequal", "ifnotequal"})
"""Tags with branches (django/template/defaulttags.py)."""
CLOSING = frozenset(f"end{name}" for name in OPENING)
FURTHER = frozenset({"elif", "else"})


class _Way(enum.Enum):
    TAKEN = "taken"
    PERHAPS = "perhaps taken"
    NOT_YET = "not taken, the next one may be"
    OVER = "another one is taken"


class Branches:
    """The branches in which a tag stands, from the outermost to its own."""

    def __init__(self) -> None:
        self._ways: list[_Way] = []

    @property
    def is_reached(self) -> bool:
        """Whether what stands here is shown, as far as is known."""
        return all(way in {_Way.TAKEN, _Way.PERHAPS} for way in self._ways)

    def open(self, *, answer: bool | None) -> None:
        """A test begins; nothing is known of its answer where that is none."""
        self._ways.append({True: _Way.TAKEN, False: _Way.NOT_YET, None: _Way.PERHAPS}[answer])

    def go_on(self) -> None:
        """The next branch of the innermost test begins."""
        if self._ways:
            after = {_Way.TAKEN: _Way.OVER, _Way.NOT_YET: _Way.PERHAPS}
            self._ways[-1] = after.get(self._ways[-1], self._ways[-1])

    def close(self) -> None:
        """The innermost test ends."""
        if self._ways:
            self._ways.pop()


def answer_of(value: Value) -> bool | None:
    """Whether a variable that is tested is true, where all that it may be is a constant."""
    members = alternatives(value)
    answers = {bool(member.value) if isinstance(member, Const) else None for member in members}
    return answers.pop() if len(answers) == 1 else None
