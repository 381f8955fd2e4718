"""Another Django call reaches the database on the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA106",
    slug="sync-django-call",
    severity=Severity.ERROR,
    check=effects_of(Category.DJANGO_CALL),
)
