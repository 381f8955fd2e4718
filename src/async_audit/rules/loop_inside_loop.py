"""An event loop is started inside a running one."""

from async_audit.effects.kinds import Category
from async_audit.findings import Severity
from async_audit.rulebook import Rule, misuse_of

RULE = Rule(
    code="DJA404",
    slug="loop-inside-loop",
    severity=Severity.ERROR,
    check=misuse_of(Category.LOOP_INSIDE_LOOP),
)
