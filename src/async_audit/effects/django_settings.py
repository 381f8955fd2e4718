"""Which of Django's calls are harmless because of how the project is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.values import FALSE, Actual, Const, Instance, Value

if TYPE_CHECKING:
    from async_audit.catalogue.rows import CallRow
    from async_audit.effects.evaluation import Evaluation

_QUIET_MAIL = ("locmem", "dummy", "console")
_QUIET_CACHES = ("locmem", "dummy")


def is_harmless(evaluation: Evaluation, row: CallRow, actuals: tuple[Actual, ...]) -> bool:
    """Whether the call does nothing on this thread with the project's settings."""
    settings = evaluation.program.settings
    if row.kind == "wait" and any(_does_not_wait(actual) for actual in actuals):
        return True
    match row.special:
        case "mail" if any(actual.keyword == "connection" for actual in actuals):
            return True
        case "mail":
            backend = settings.text("EMAIL_BACKEND")
            return any(f".{quiet}." in backend for quiet in _QUIET_MAIL)
        case "hashing":
            return any(
                isinstance(actual.value, Const) and actual.value.value is None for actual in actuals[:1]
            )
        case "permission":
            return False
        case _:
            return False


def _does_not_wait(actual: Actual) -> bool:
    """Whether an argument says to give up at once: `blocking=False`, `block=False`, `timeout=0`."""
    if actual.value == FALSE:
        return actual.keyword in {"", "blocking", "block"}
    return actual.keyword == "timeout" and actual.value == Const(0)


def cache_backend(evaluation: Evaluation, cache: Instance) -> str:
    """The backend of a cache by its alias; empty where it is not known."""
    alias = "default"
    for part in cache.parts:
        if isinstance(part, Const) and isinstance(part.value, str):
            alias = part.value
    return evaluation.program.settings.backend("CACHES", alias)


def cache_blocks(backend: str) -> bool:
    """Whether the backend does I/O on the calling thread without raising."""
    return (
        bool(backend)
        and not any(f".{quiet}." in backend for quiet in _QUIET_CACHES)
        and not is_database(backend)
    )


def is_database(backend: str) -> bool:
    """Whether the cache lives in the database, which Django guards."""
    return backend.endswith("DatabaseCache")


def is_none(value: Value) -> bool:
    """Whether the value is `None`."""
    return isinstance(value, Const) and value.value is None
