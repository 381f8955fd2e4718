"""A class-based view has both synchronous and asynchronous handlers."""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.project.views import API_VIEW, handlers, is_view
from async_audit.rulebook import ClassAudit, Rule, nothing_in_functions


def _check_class(rule: Rule, audit: ClassAudit) -> Iterator[Finding]:
    program = audit.program
    if not is_view(program, audit.name) or program.classes.derives(audit.name, API_VIEW):
        return
    found = handlers(program, audit.name)
    asynchronous = [handler for handler in found if handler.is_async]
    plain = [handler for handler in found if not handler.is_async]
    if not asynchronous or not plain:
        return
    own = audit.name in {handler.owner for handler in found}
    if not own:
        return
    inherited = "" if plain[0].owner == audit.name else f" (from `{plain[0].owner.rpartition('.')[2]}`)"
    message = (
        f"`{audit.facts.name}` mixes `async def {asynchronous[0].name}` with the plain "
        f"`{plain[0].name}`{inherited}: Django raises ImproperlyConfigured; make all handlers one kind"
    )
    yield rule.finding(audit, audit.location(audit.facts.start, audit.facts.end), message)


RULE = Rule(
    code="DJA408",
    slug="mixed-handlers",
    severity=Severity.ERROR,
    check=nothing_in_functions,
    check_class=_check_class,
)
