"""A computation holds the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA208",
    slug="cpu-bound-call",
    severity=Severity.INFO,
    check=effects_of(Category.CPU),
    default=False,
)
