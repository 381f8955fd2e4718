"""A synchronous project function called on the event loop reaches the database."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, effects_of

RULE = Rule(
    code="DJA110",
    slug="sync-orm-through-helper",
    severity=Severity.ERROR,
    check=effects_of(Category.ORM_CALL, Category.LAZY_QUERYSET, Category.LAZY_ATTRIBUTE, Category.REQUEST_ATTRIBUTE, Category.TRANSACTION, Category.DJANGO_CALL, Category.TEMPLATE, Category.LAZY_RESULT_OF_HOP, through_helper=True),
)
