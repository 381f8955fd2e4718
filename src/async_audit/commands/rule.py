"""`async-audit rule`: the documentation of a rule, or the table of all."""

from __future__ import annotations

import sys

import click

from async_audit.console import complain, say


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Show the documentation of the rule NAME (its code or slug), or the table of all rules."""
    from async_audit.rulebook import rule_for, rules

    if name is None:
        for known in rules():
            off = "" if known.default else " (off by default)"
            say(f"{known.code}  {known.severity.value:<8} {known.slug:<28} {known.summary}{off}")
        return
    found = rule_for(name)
    if found is None:
        complain(f"there is no rule {name!r}; `async-audit rule` lists them")
        sys.exit(2)
    say(f"# {found.code} {found.slug} ({found.severity.value})\n\n{found.documentation.strip()}")
