"""An unevaluated queryset is consumed on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA102",
    slug="lazy-queryset-evaluated",
    severity=Severity.ERROR,
    check=effects_of(Category.LAZY_QUERYSET),
)
