"""A synchronous ORM call runs on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA101",
    slug="sync-orm-call",
    severity=Severity.ERROR,
    check=effects_of(Category.ORM_CALL),
)
