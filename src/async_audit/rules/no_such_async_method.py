"""An asynchronous method that this version of Django does not have."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA406",
    slug="no-such-async-method",
    severity=Severity.ERROR,
    check=misuse_of(Category.NO_SUCH_ASYNC_METHOD, anywhere=True),
)
