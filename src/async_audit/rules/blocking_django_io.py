"""Django's own mail, cache or password hashing blocks the event loop."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA206",
    slug="blocking-django-io",
    severity=Severity.WARNING,
    check=effects_of(Category.DJANGO_IO),
)
