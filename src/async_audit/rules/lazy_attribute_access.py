"""A relation or deferred field that is not loaded is read on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA103",
    slug="lazy-attribute-access",
    severity=Severity.ERROR,
    check=effects_of(Category.LAZY_ATTRIBUTE),
)
