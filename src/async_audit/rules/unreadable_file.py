"""A file could not be read or parsed, and was left out of the audit.

## What it does
Reports a Python file that is not valid Python, cannot be decoded, cannot be opened, is too large, or is
nested too deeply to be parsed within the limits. The rest of the project is audited all the same.

## Why it matters
What is in the file was not seen. Its own faults are missing from the report, and so are those that other
files have because of it.

## Example
A file with a syntax error has one finding, where parsing stopped; one that is written in Latin-1 and does not
say so has one in line 1.

## Use instead
Correct the file. Where it is no Python source of the project, such as a template for generated code, leave it
out with `--exclude` or with `exclude` in the table `[tool.async-audit]` of `pyproject.toml`.

## What stays silent
Files that are excluded, files in virtual environments and caches, and files that hold no `async def` and name
neither `asyncio` nor a bridge: these are not parsed at all, unless other files need them. A file of up to a
megabyte that is named on the command line is reported where Python cannot read it, whatever it holds.

## Sources
- Python documentation: "Lexical analysis" (encoding declarations).
"""

from collections.abc import Iterator

from async_audit.findings import Finding, Severity
from async_audit.rulebook import FunctionAudit, Rule


def _check(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    """The engine reports these: such a file has no functions to ask."""
    del rule, audit
    return iter(())


RULE = Rule(code="DJA901", slug="unreadable-file", severity=Severity.WARNING, check=_check)
