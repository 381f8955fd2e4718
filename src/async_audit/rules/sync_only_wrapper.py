"""A decorator or mixin that does not support coroutines wraps an asynchronous view."""

from collections.abc import Iterator

from async_audit.effects.kinds import Category
from async_audit.findings import Finding, Severity
from async_audit.project.names import LibraryName
from async_audit.project.views import has_async_handlers
from async_audit.rulebook import ClassAudit, Rule, misuse_of
from async_audit.syntax.facts import Call, Expr, Literal

_METHOD_DECORATOR = "django.utils.decorators.method_decorator"


def _check_class(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    program = audit.program
    if not has_async_handlers(program, audit.name):
        return
    for base in program.classes.order(audit.name):
        if base in program.catalogue.wrappers and program.classes.get(base) is None:
            message = (
                f"`{base.rpartition('.')[2]}` checks the user synchronously before the coroutine runs; "
                "check `await request.auser()` in the handler"
            )
            yield rule.finding(audit, audit.location(audit.facts.start, audit.facts.end), message)
    for decorator in audit.facts.decorators:
        wrapper = _on_dispatch(audit, decorator)
        row = program.catalogue.wrappers.get(wrapper)
        if row is not None and row.touches_response:
            message = (
                f"`{wrapper.rpartition('.')[2]}` on `dispatch` works on the response, and gets a coroutine; "
                "decorate the result of `as_view()` instead"
            )
            yield rule.finding(audit, audit.location(decorator.start, decorator.end), message)


def _on_dispatch(audit: ClassAudit, decorator: Expr) -> str:
    """The library decorator that `method_decorator(…, name="dispatch")` applies; empty for anything else."""
    if not isinstance(decorator, Call) or not decorator.arguments:
        return ""
    resolve = audit.program.classes.resolve
    if LibraryName(_METHOD_DECORATOR) not in resolve(audit.path, decorator.function):
        return ""
    named = [a.value for a in decorator.arguments if a.keyword == "name"]
    if not (named and isinstance(named[0], Literal) and named[0].value == "dispatch"):
        return ""
    inner = decorator.arguments[0].value
    for meaning in resolve(audit.path, inner.function if isinstance(inner, Call) else inner):
        if isinstance(meaning, LibraryName):
            return audit.program.catalogue.canonical(meaning.name)
    return ""


RULE = Rule(
    code="DJA409",
    slug="sync-only-wrapper",
    severity=Severity.ERROR,
    check=misuse_of(Category.SYNC_ONLY_WRAPPER, anywhere=True),
    check_class=_check_class,
)
