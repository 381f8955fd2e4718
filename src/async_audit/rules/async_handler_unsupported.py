"""A coroutine stands where the framework calls a plain function and never awaits it."""

from collections.abc import Iterator

from async_audit.effects.kinds import Site
from async_audit.findings import Confidence, Finding, Severity
from async_audit.project.names import LibraryName
from async_audit.project.program import Program
from async_audit.project.views import ASYNC_API_VIEW, VIEW, handlers, has_async_handlers
from async_audit.rulebook import ClassAudit, FunctionAudit, Rule
from async_audit.syntax.facts import Call, Define, FunctionFacts


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    if not audit.facts.is_async or audit.facts.is_generator:
        return
    for decorator in audit.facts.decorators:
        target = decorator.function if isinstance(decorator, Call) else decorator
        for meaning in audit.program.classes.resolve(audit.path, target):
            row = audit.program.catalogue.interfaces.get(meaning.name) if isinstance(meaning, LibraryName) else None
            if row is not None and not row.awaits:
                location = audit.location(Site(audit.path, audit.facts.start, audit.facts.end))
                name = row.name.rpartition(".")[2]
                message = f"`@{name}` never awaits `{audit.facts.name}`; make it a plain `def`"
                yield rule.finding(audit, location, message)


def _check_class(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    program = audit.program
    order = program.classes.order(audit.name)
    if ASYNC_API_VIEW in order or "adrf.serializers.Serializer" in order:
        return
    for statement in audit.facts.body:
        if not isinstance(statement, Define) or not statement.function.is_async:
            continue
        facts = statement.function
        base = _caller(program, audit.name, order, facts)
        if base:
            message = (
                f"`{base.rpartition('.')[2]}` calls `{facts.name}` without awaiting it; make it a plain `def`"
            )
            yield rule.finding(
                audit, audit.location(facts.start, facts.end), message, confidence=Confidence.CERTAIN
            )


def _caller(program: Program, cls: str, order: tuple[str, ...], facts: FunctionFacts) -> str:
    """The library class that calls the method without awaiting it; empty where none does."""
    if facts.name == "dispatch" and VIEW in order and not has_async_handlers(program, cls):
        return VIEW if handlers(program, cls) else ""
    for base in order:
        row = program.catalogue.interfaces.get(base)
        if row is None or row.awaits or facts.name not in row.methods or program.classes.get(base) is not None:
            continue
        own_handlers = [handler for handler in handlers(program, cls) if handler.is_async]
        if base.startswith("django.views.generic.") and base != VIEW and own_handlers:
            # The view's own coroutine handler may await the hook.
            continue
        return base
    return ""


RULE = Rule(
    code="DJA410",
    slug="async-handler-unsupported",
    severity=Severity.ERROR,
    check=_check,
    check_class=_check_class,
)
