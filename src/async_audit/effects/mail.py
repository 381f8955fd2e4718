"""Through which connection mail is sent: the project's own, or one that is named where it is made.

Source: `get_connection` in django/core/mail/__init__.py, `EmailMessage.get_connection` in message.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from async_audit.effects.values import NONE, Actual, Const, Instance, Value
from async_audit.project.setting_values import Answer

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.project.program import Program

CONNECTION = "django.core.mail.backends.base.BaseEmailBackend"
MAKES = frozenset({"mail-connection", "mail-message"})
_QUIET = ("locmem", "dummy", "console")
_POSITION = {"backend": 0, "connection": 5}


def made(evaluation: Evaluation, special: str, value: Value, actuals: tuple[Actual, ...]) -> Value:
    """A connection that remembers its backend, or a message that remembers its connection."""
    if not isinstance(value, Instance):
        return value
    if special == "mail-connection":
        return replace(value, parts=(_given("backend", actuals),))
    connection = _given("connection", actuals)
    if connection != NONE:
        evaluation.state.learn(value.origin, ".connection", connection)
    return value


def goes_nowhere(evaluation: Evaluation, receiver: Value, actuals: tuple[Actual, ...]) -> bool:
    """Whether sending waits for no server, or through a connection of which nothing is known."""
    named = [actual.value for actual in actuals if actual.keyword == "connection"]
    known = evaluation.state.known(getattr(receiver, "origin", ()), ".connection")
    of_receiver = receiver if isinstance(receiver, Instance) and receiver.cls == CONNECTION else NONE
    connection = named[0] if named else known if known is not None else of_receiver
    if connection == NONE:
        return mail_waits(evaluation.program) is Answer.NO
    if not isinstance(connection, Instance) or connection.cls != CONNECTION:
        return True
    match connection.parts:
        case () | (Const(value=None),):
            return mail_waits(evaluation.program) is Answer.NO
        case (Const(value=str(backend)),):
            return _is_quiet(backend)
        case _:
            return True


def mail_waits(program: Program) -> Answer:
    """Whether sending mail waits for somebody: Django's default is SMTP."""
    return program.setting("EMAIL_BACKEND").satisfies(lambda text: not _is_quiet(text), "smtp")


def _is_quiet(backend: str) -> bool:
    return any(f".{name}." in backend for name in _QUIET)


def _given(keyword: str, actuals: tuple[Actual, ...]) -> Value:
    position = _POSITION[keyword]
    for index, actual in enumerate(actuals):
        if actual.keyword == keyword or (not actual.keyword and index == position):
            return actual.value
    return NONE
