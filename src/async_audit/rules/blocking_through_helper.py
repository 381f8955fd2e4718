"""A synchronous project function called on the event loop blocks it."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA210",
    slug="blocking-through-helper",
    severity=Severity.ERROR,
    check=effects_of(Category.SLEEP, Category.HTTP, Category.SUBPROCESS, Category.FILE, Category.CLIENT, Category.DJANGO_IO, Category.WAIT, through_helper=True),
)
