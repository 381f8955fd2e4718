"""Ways in which code is evaluated: without effects, to learn a value only, once for each turn of a loop.

They are plain classes: the evaluation enters one at every third expression, and a generator that `contextlib`
makes a context manager of takes several times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.effects.kinds import Effect
    from async_audit.effects.state import State


class Muted:
    """Without effects: code that runs elsewhere, or is looked at twice."""

    __slots__ = ("_evaluation",)

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def __enter__(self) -> None:
        self._evaluation.mutes += 1

    def __exit__(self, *_: object) -> None:
        self._evaluation.mutes -= 1


class Unmuted:
    """With effects again, inside muted code, for somebody who collects them."""

    __slots__ = ("_before", "_evaluation")

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._before = evaluation.mutes

    def __enter__(self) -> None:
        self._evaluation.mutes = 0

    def __exit__(self, *_: object) -> None:
        self._evaluation.mutes = self._before


class Probing:
    """To learn a value only: no effects, and the state is as before afterwards."""

    __slots__ = ("_before", "_evaluation")

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._before: State = evaluation.state

    def __enter__(self) -> None:
        self._evaluation.state = self._before.copy()
        self._evaluation.mutes += 1

    def __exit__(self, *_: object) -> None:
        self._evaluation.mutes -= 1
        self._evaluation.state = self._before


class InLoop:
    """Once for each turn of a loop."""

    __slots__ = ("_evaluation",)

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def __enter__(self) -> None:
        self._evaluation.loops += 1

    def __exit__(self, *_: object) -> None:
        self._evaluation.loops -= 1


class Collected:
    """With the effects handed out instead of noted; the list is filled at the end."""

    __slots__ = ("_before", "_evaluation", "_found")

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._before: dict[Effect, None] = evaluation.effects
        self._found: list[Effect] = []

    def __enter__(self) -> list[Effect]:
        self._evaluation.effects = {}
        return self._found

    def __exit__(self, *_: object) -> None:
        self._found.extend(self._evaluation.effects)
        self._evaluation.effects = self._before
