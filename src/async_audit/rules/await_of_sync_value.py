"""Something that is no awaitable is awaited."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA407",
    slug="await-of-sync-value",
    severity=Severity.ERROR,
    check=misuse_of(Category.AWAIT_OF_SYNC_VALUE),
)
