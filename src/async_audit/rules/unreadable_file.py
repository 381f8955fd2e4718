"""A file could not be read or parsed, and was left out of the audit."""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.rulebook import FunctionAudit, Rule


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    """The engine reports these: such a file has no functions to ask."""
    del rule, audit
    return iter(())


RULE = Rule(code="DJA901", slug="unreadable-file", severity=Severity.WARNING, check=_check)
