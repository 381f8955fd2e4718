"""A comment suppresses a finding that is not there."""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.rulebook import FunctionAudit, Rule


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    """The engine reports these: it knows which comments were used."""
    del rule, audit
    return iter(())


RULE = Rule(code="DJA902", slug="unused-suppression", severity=Severity.INFO, check=_check, default=False)
