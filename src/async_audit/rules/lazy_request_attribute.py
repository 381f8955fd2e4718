"""`request.user` or the session is first used on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA104",
    slug="lazy-request-attribute",
    severity=Severity.ERROR,
    check=effects_of(Category.REQUEST_ATTRIBUTE),
)
