"""What came back from a thread is unevaluated and consumed on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA403",
    slug="lazy-result-of-hop",
    severity=Severity.ERROR,
    check=effects_of(Category.LAZY_RESULT_OF_HOP),
)
