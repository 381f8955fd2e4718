"""`time.sleep` stops the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA201",
    slug="blocking-sleep",
    severity=Severity.ERROR,
    check=effects_of(Category.SLEEP),
)
