"""`self.scope` of a consumer: its session is loaded at the first use, unless the middleware has done that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.annotated import UNTYPED
from async_audit.effects.requests import SCOPE, SESSION
from async_audit.effects.values import TRUE, Const, Instance, Value
from async_audit.project.websocket_stack import ScopeSession

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation


def item(evaluation: Evaluation, scope: Instance, key: Value) -> Value:
    """`self.scope[key]`."""
    known = evaluation.program.scope_session
    if key != Const("session") or known is ScopeSession.UNKNOWN:
        return UNTYPED
    session = Instance(SESSION, (*(scope.origin or ("scope",)), "session"), (Instance(SCOPE),))
    if known is ScopeSession.LOADED:
        evaluation.state.learn(session.origin, "loaded", TRUE)
    return session
