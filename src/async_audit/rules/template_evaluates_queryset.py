"""A template that queries is rendered on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA107",
    slug="template-evaluates-queryset",
    severity=Severity.ERROR,
    check=effects_of(Category.TEMPLATE),
)
