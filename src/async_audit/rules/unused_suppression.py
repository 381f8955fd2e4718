"""A comment suppresses a finding that is not there.

## What it does
Reports a `noqa` or `async-audit: ignore` comment that names a code of this tool where the line has no finding
with that code. This rule is advice and off unless it is selected, for instance with `--extend-select DJA902`.

## Why it matters
The comment would hide a fault that the line gets later, and tells readers of one that it does not have.

## Example
```python
from shop.models import Book

async def book_count(request):
    return await Book.objects.acount()  # noqa: DJA101  # DJA902
```

## Use instead
Remove the comment, or keep only the codes that the line needs:
```python
from shop.models import Book

async def book_count(request):
    return await Book.objects.acount()
```

## What stays silent
Comments that are needed, and those that name no code of this tool:
```python
from shop.models import Book

async def near_misses(request):
    first = Book.objects.first()  # noqa: DJA101
    last = Book.objects.last()  # async-audit: ignore[DJA101]
    return first, last, request.path  # noqa: E501
```

## Sources
- Documentation of flake8: "Selecting and ignoring violations".
"""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.rulebook import FunctionAudit, Rule


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    """The engine reports these: it knows which comments were used."""
    del rule, audit
    return iter(())


RULE = Rule(code="DJA902", slug="unused-suppression", severity=Severity.INFO, check=_check, default=False)
