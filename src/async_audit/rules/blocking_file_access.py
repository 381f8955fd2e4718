"""A file or storage is accessed on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA204",
    slug="blocking-file-access",
    severity=Severity.WARNING,
    check=effects_of(Category.FILE),
)
