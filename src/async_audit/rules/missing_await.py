"""A coroutine is never awaited."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA401",
    slug="missing-await",
    severity=Severity.ERROR,
    check=misuse_of(Category.MISSING_AWAIT, anywhere=True),
)
