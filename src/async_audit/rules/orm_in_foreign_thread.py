"""The ORM is used in a thread of the shared executor."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA405",
    slug="orm-in-foreign-thread",
    severity=Severity.ERROR,
    check=misuse_of(Category.FOREIGN_THREAD),
)
