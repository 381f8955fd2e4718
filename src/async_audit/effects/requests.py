"""`request.user` and `request.session`: lazy attributes that query when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from async_audit.effects.kinds import Category, Kind
from async_audit.effects.values import (
    TRUE,
    Actual,
    Awaitable,
    AwaitKind,
    Collection,
    Const,
    DictOf,
    Function,
    Instance,
    LazyUser,
    Method,
    ModelInstance,
    Origin,
    Provenance,
    TupleOf,
    Union,
    Unknown,
    Value,
    alternatives,
)
from async_audit.findings import Confidence
from async_audit.project.classes import literal_strings
from async_audit.project.decorator_names import decorator_name
from async_audit.project.setting_values import Answer, Reading, SettingValue
from async_audit.syntax.facts import Call, Literal

if TYPE_CHECKING:
    from async_audit.effects.evaluation import Evaluation
    from async_audit.syntax.facts import Expr

REQUEST = "django.http.HttpRequest"
SESSION = "django.contrib.sessions.backends.base.SessionBase"
SESSION_LOADED = Const("session loaded")
"""A part of a session, or of a request, that was passed on after its session had been loaded."""
SCOPE = "async_audit.ConsumerScope"
"""What a consumer of Channels knows of its connection; a part of the session that stands in it."""
_SESSIONS = "django.contrib.sessions.backends."
_IN_DATABASE = frozenset({_SESSIONS + "db", _SESSIONS + "cached_db"})


def is_request(evaluation: Evaluation, value: Instance) -> bool:
    """Whether the value is Django's request, or REST framework's around one."""
    return evaluation.program.classes.derives(evaluation.program.catalogue.canonical(value.cls), REQUEST)


def is_session(evaluation: Evaluation, value: Instance) -> bool:
    """Whether the value is the session of a request."""
    return evaluation.program.classes.derives(value.cls, SESSION)


def read_attribute(evaluation: Evaluation, request: Instance, name: str, expr: Expr) -> Value | None:
    """`request.name` for the attributes that this module knows; nothing for all others."""
    origin = request.origin or ("request",)
    match name:
        case "user":
            return _user(evaluation, origin)
        case "session":
            return Instance(SESSION, (*origin, "session"), (request,))
        case "auser":
            return Method(request, REQUEST, "auser")
        case "GET" | "POST" | "FILES" | "COOKIES" | "META" | "headers":
            return Instance("django.http.QueryDict")
        case _:
            del expr
            return None


LAZY_OBJECT = "django.utils.functional.SimpleLazyObject"


def is_lazy(user: Value) -> bool:
    """Whether a user is loaded when it is first used."""
    return any(
        isinstance(member, LazyUser) or (isinstance(member, Instance) and member.cls == LAZY_OBJECT)
        for member in alternatives(user)
    )


_NOWHERE = Literal(0, 0, None)
"""Where code stands that runs in a thread: its effects are dropped."""

EARLY_VIEW = "adrf.views.APIView"
_EARLY_DECORATOR = "adrf.decorators.api_view"
_OPERATION = ("ninja.", "ninja_extra.")


def is_authenticated_early(evaluation: Evaluation, function: Function) -> bool:
    """Whether the user is known before the function runs.

    adrf authenticates in a thread before it calls a handler: `async_dispatch` in `adrf/views.py`. An
    authenticator of the project may put the user into the request before an operation of ninja runs.
    """
    program = evaluation.program
    if function.owner and program.classes.derives(function.owner, EARLY_VIEW):
        return True
    for decorator in function.facts.decorators:
        name = decorator_name(program, function.module, decorator)
        if name == _EARLY_DECORATOR:
            return True
        if name.startswith(_OPERATION) and isinstance(decorator, Call):
            return program.authenticators.assign_user() and not _is_public(decorator)
    return not function.owner and program.authenticators.run_before(function.facts.name)


def _is_public(decorator: Call) -> bool:
    """Whether an operation switches authentication off: `auth=None`."""
    return any(
        argument.keyword == "auth" and isinstance(argument.value, Literal) and argument.value.value is None
        for argument in decorator.arguments
    )


_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"


def _is_lazy(evaluation: Evaluation) -> bool:
    """Whether Django's own middleware sets `request.user`, as far as the settings tell."""
    found = evaluation.program.settings.expression("MIDDLEWARE")
    names = literal_strings(found[1]) if found is not None else ()
    return not names or _AUTHENTICATION in names


def _user(evaluation: Evaluation, origin: Origin) -> Value:
    model = evaluation.program.models.user_model
    if not _is_lazy(evaluation):
        return ModelInstance(model, (*origin, "user"), provenance=Provenance.HELD)
    if evaluation.state.known(origin, "user loaded") is not None:
        return ModelInstance(model, (*origin, "user"), provenance=Provenance.GIVEN)
    return LazyUser(origin, model)


def use_user(evaluation: Evaluation, user: LazyUser, expr: Expr) -> Value:
    """The first use of `request.user`: it loads the session and the user. Returns the loaded user."""
    loaded = ModelInstance(user.model, (*user.request, "user"), provenance=Provenance.GIVEN)
    if evaluation.state.known(user.request, "user loaded") is None:
        remedy = "use `await request.auser()` and the user it returns"
        if evaluation.program.django < (5, 0):
            remedy = "read it inside `sync_to_async`"
        evaluation.emit(
            Kind.QUERIES,
            Category.REQUEST_ATTRIBUTE,
            expr,
            "the first use of `request.user` loads the session and the user",
            remedy,
        )
        evaluation.state.learn(user.request, "user loaded", TRUE)
        evaluation.state.learn((*user.request, "session"), "loaded", TRUE)
    return loaded


def use_user_in(evaluation: Evaluation, value: Value, expr: Expr) -> None:
    """Use `request.user` wherever it stands in an argument of a lookup."""
    match value:
        case LazyUser():
            use_user(evaluation, value, expr)
        case Union(members=members) | TupleOf(items=members):
            for member in members:
                use_user_in(evaluation, member, expr)
        case DictOf(items=items):
            for _, member in items:
                use_user_in(evaluation, member, expr)
        case Collection(element=member):
            use_user_in(evaluation, member, expr)
        case _:
            return


def use_user_in_thread(evaluation: Evaluation, value: Value) -> None:
    """Use `request.user` where it stands in an argument that a thread looks at: it is loaded there."""
    with evaluation.muted():
        use_user_in(evaluation, value, _NOWHERE)


def session_setting(evaluation: Evaluation, session: Instance) -> SettingValue:
    """The module of the session's own class, or else what the project's settings say."""
    if session.cls != SESSION:
        return SettingValue((session.cls.rpartition(".")[0],), Reading.WRITTEN)
    return evaluation.program.setting("SESSION_ENGINE")


def session_queries(evaluation: Evaluation, session: Instance) -> Answer:
    """Whether the session is kept in the database."""
    return session_setting(evaluation, session).satisfies(_IN_DATABASE.__contains__, _SESSIONS + "db")


def use_session(evaluation: Evaluation, session: Instance, expr: Expr, what: str) -> None:
    """Read or write a key of the session, which loads it the first time."""
    if evaluation.state.known(session.origin, "loaded") is not None or SESSION_LOADED in session.parts:
        return
    queries = session_queries(evaluation, session)
    if queries is not Answer.NO:
        spelled = _spelled(session)
        remedy = f"use `await {spelled}.a{what}(…)`"
        if evaluation.program.django < (5, 1) or not what.isidentifier() or what == "in":
            remedy = "wrap it in `sync_to_async`"
            if evaluation.program.django >= (5, 1):
                remedy = f"load it with `await {spelled}.aget(…)` first"
        evaluation.emit(
            Kind.QUERIES,
            Category.REQUEST_ATTRIBUTE,
            expr,
            f"the first use of `{spelled}` loads it from the database",
            remedy,
            _sure(evaluation, session, queries),
        )
    evaluation.state.learn(session.origin, "loaded", TRUE)


def _spelled(session: Instance) -> str:
    """Where code finds the session: in the request, or in the scope of a consumer."""
    in_scope = any(isinstance(part, Instance) and part.cls == SCOPE for part in session.parts)
    return 'self.scope["session"]' if in_scope else "request.session"


def _sure(evaluation: Evaluation, session: Instance, queries: Answer) -> Confidence:
    """How sure it is that the session queries: a project that does not say may be read by its part alone."""
    unset = session_setting(evaluation, session).reading is Reading.UNSET
    return Confidence.LIKELY if unset or queries is Answer.PERHAPS else Confidence.CERTAIN


def _keeps_files(evaluation: Evaluation, session: Instance) -> bool:
    """Whether the session is a file: then its asynchronous methods block as well."""
    found = session_setting(evaluation, session)
    return bool(found.texts) and all(text == _SESSIONS + "file" for text in found.texts)


def call_session_method(
    evaluation: Evaluation,
    session: Instance,
    name: str,
    special: str,
    actuals: tuple[Actual, ...],
    expr: Expr,
) -> Value:
    """Call a method of the session."""
    del actuals
    if _keeps_files(evaluation, session):
        evaluation.emit(
            Kind.BLOCKS,
            Category.DJANGO_IO,
            expr,
            f"`session.{name}` reads or writes the session's file",
            "use another session engine",
        )
        evaluation.state.learn(session.origin, "loaded", TRUE)
    elif special == "session-read":
        use_session(evaluation, session, expr, name)
    if special == "session-read":
        return Unknown("a value of the session")
    if special == "session-write":
        queries = session_queries(evaluation, session)
        if queries is not Answer.NO and not _keeps_files(evaluation, session):
            twin = f"use `await {_spelled(session)}.a{name}(…)`"
            evaluation.emit(
                Kind.QUERIES,
                Category.REQUEST_ATTRIBUTE,
                expr,
                f"`session.{name}` writes the session to the database",
                twin if evaluation.program.django >= (5, 1) else "wrap it in `sync_to_async`",
                _sure(evaluation, session, queries),
            )
        return Unknown("nothing of the session")
    evaluation.state.learn(session.origin, "loaded", TRUE)
    return Awaitable(
        Unknown("a value of the session"), f"session.{name}", AwaitKind.HOP_REQUEST, (expr.end, "awaitable")
    )


def call_auser(evaluation: Evaluation, request: Instance, expr: Expr) -> Value:
    """`request.auser()`: it loads the session and returns the user, but leaves `request.user` as it is."""
    origin = request.origin or ("request",)
    user = ModelInstance(
        evaluation.program.models.user_model, (expr.end, "user"), provenance=Provenance.FETCHED
    )
    evaluation.state.learn((*origin, "session"), "loaded", TRUE)
    return Awaitable(user, "request.auser", AwaitKind.HOP_REQUEST, (expr.end, "awaitable"))
