"""A call runs on the event loop before it is handed to a thread."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA402",
    slug="called-before-wrapped",
    severity=Severity.ERROR,
    check=misuse_of(Category.CALLED_BEFORE_WRAPPED),
)
