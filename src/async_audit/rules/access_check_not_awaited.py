"""An access check whose coroutine is only tested for truth lets everybody in."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA411",
    slug="access-check-not-awaited",
    severity=Severity.ERROR,
    check=misuse_of(Category.ACCESS_CHECK, anywhere=True),
)
