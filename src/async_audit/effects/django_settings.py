"""Which of Django's calls are harmless because of how the project is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.mail import goes_nowhere, mail_waits
from async_audit.effects.values import FALSE, NONE, TRUE, Actual, Const, Instance, Value
from async_audit.findings import Confidence
from async_audit.project.setting_values import Answer, SettingValue

if TYPE_CHECKING:
    from async_audit.catalogue.rows import CallRow
    from async_audit.effects.evaluation import Evaluation

_QUIET_CACHES = ("locmem", "dummy")
DEFAULT_CACHE = "django.core.cache.backends.locmem.LocMemCache"


def is_harmless(
    evaluation: Evaluation, row: CallRow, actuals: tuple[Actual, ...], receiver: Value = NONE
) -> bool:
    """Whether the call does nothing on this thread with the project's settings.

    Of a method `receiver` is the object.
    """
    if row.kind == "wait" and any(_does_not_wait(actual) for actual in actuals):
        return True
    if row.kind == "file" and any(_is_in_memory(evaluation, actual) for actual in actuals[:2]):
        return True
    match row.special:
        case "mail":
            return goes_nowhere(evaluation, receiver, actuals)
        case "hashing":
            return any(
                isinstance(actual.value, Const) and actual.value.value is None for actual in actuals[:1]
            )
        case "unless-lazy":
            return any(actual.keyword == "lazy" and actual.value == TRUE for actual in actuals)
        case "permission":
            return False
        case _:
            return False


def _is_in_memory(evaluation: Evaluation, actual: Actual) -> bool:
    """Whether an argument is a file that is none: a buffer in memory."""
    cls = actual.value.cls if isinstance(actual.value, Instance) else ""
    return evaluation.program.catalogue.specials.get(cls) == "in-memory"


def _does_not_wait(actual: Actual) -> bool:
    """Whether an argument says to give up at once: `blocking=False`, `block=False`, `timeout=0`."""
    if actual.value == FALSE:
        return actual.keyword in {"", "blocking", "block"}
    return actual.keyword == "timeout" and actual.value == Const(0)


def confidence_of(evaluation: Evaluation, row: CallRow) -> Confidence:
    """How sure it is, by the project's settings, that the call does what its row says."""
    if row.special == "mail" and mail_waits(evaluation.program) is Answer.PERHAPS:
        return Confidence.LIKELY
    return Confidence.CERTAIN


def cache_setting(evaluation: Evaluation, cache: Instance) -> SettingValue:
    """The backend of a cache by its alias."""
    alias = "default"
    for part in cache.parts:
        if isinstance(part, Const) and isinstance(part.value, str):
            alias = part.value
    return evaluation.program.setting("CACHES", alias, "BACKEND")


def cache_waits(backend: str) -> bool:
    """Whether the backend does I/O on the calling thread without raising."""
    return bool(backend) and not _is_one_of(backend, _QUIET_CACHES) and not is_database(backend)


def is_database(backend: str) -> bool:
    """Whether the cache lives in the database, which Django guards."""
    return backend.endswith("DatabaseCache")


def _is_one_of(backend: str, quiet: tuple[str, ...]) -> bool:
    return any(f".{name}." in backend for name in quiet)


def is_none(value: Value) -> bool:
    """Whether the value is `None`."""
    return isinstance(value, Const) and value.value is None
