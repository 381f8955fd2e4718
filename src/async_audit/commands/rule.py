"""`async-audit rule`: the documentation of a rule, or the table of all."""

from __future__ import annotations

import sys

import click
from click.shell_completion import CompletionItem

from async_audit.console import complain, say


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes and names of rules that begin so."""
    from async_audit.rulebook import rules

    start = incomplete.lower()
    words = ((word, rule.summary) for rule in rules() for word in (rule.code, rule.slug))
    return [CompletionItem(word, help=about) for word, about in words if word.lower().startswith(start)]


@click.command()
@click.argument("name", required=False, shell_complete=_complete)
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
