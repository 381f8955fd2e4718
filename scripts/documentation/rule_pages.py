"""The pages of the rules: one a rule, made of its docstring, and a table of all."""

from __future__ import annotations

from async_audit.findings import Severity
from async_audit.rulebook import Rule, rules
from scripts.documentation.markdown import spaced, table

FOLDER = "rules"

_INDEX = """\
# Rules

A code never changes its meaning. Each page is the docstring of its rule, and every example on it is a test:
the marked lines are found, and nothing else is.

A rule that is off by default is switched on with `--extend-select`, or with `extend-select` in the
[configuration](../reference/configuration.md)."""
_FAMILIES = {
    "DJA1": "Django's synchronous API on the event loop",
    "DJA2": "Blocking calls on the event loop",
    "DJA3": "Async that adds nothing",
    "DJA4": "The bridge between threads and the event loop, used wrongly",
    "DJA5": "The stack around the views",
    "DJA6": "Work that belongs in the background",
    "DJA9": "The audit itself",
}
_CONSEQUENCES = {
    "DJA1": "Django raises `SynchronousOnlyOperation` where the line is reached.",
    "DJA2": "Nothing is raised. Every other request of the process waits.",
    "DJA3": "The code is right, and slower or no faster than a plain `def`.",
    "DJA4": "The code does something else than it seems to.",
    "DJA5": "Found in settings, entry modules and deployment files, once for the project.",
    "DJA6": "The request waits for something that its answer does not need.",
    "DJA9": "What could not be read, and comments without effect.",
}
_SEVERITIES = {
    Severity.ERROR: "error: it raises, corrupts or stalls at run time",
    Severity.WARNING: "warning: it buys nothing, or may stall",
    Severity.INFO: "info: advice, which never fails a run",
}


def rule_pages() -> dict[str, str]:
    """The page of each rule and that of all rules, by path."""
    pages = {f"{FOLDER}/{rule.code}.md": _page(rule) for rule in rules()}
    return {**pages, f"{FOLDER}/index.md": _index()}


def _page(rule: Rule) -> str:
    title, _, body = rule.documentation.strip().partition("\n")
    facts = table(
        ("code", "slug", "severity", "on by default"),
        [(rule.code, f"`{rule.slug}`", _SEVERITIES[rule.severity], "yes" if rule.default else "no")],
    )
    silence = (
        f"`# async-audit: ignore[{rule.code}] reason` or `# noqa: {rule.code}` silences a line of it; "
        f"`async-audit rule {rule.code}` prints this page."
    )
    return f"# {rule.code} {rule.slug}\n\n{title}\n\n{facts}\n\n{spaced(body.strip())}\n\n---\n\n{silence}\n"


def _index() -> str:
    parts = [_INDEX]
    for family, title in _FAMILIES.items():
        members = [rule for rule in rules() if rule.code.startswith(family)]
        if members:
            rows = [_row(rule) for rule in members]
            parts += [f"## {family}xx: {title}", _CONSEQUENCES[family]]
            parts += [table(("code", "slug", "severity", "what it finds"), rows)]
    return "\n\n".join(parts) + "\n"


def _row(rule: Rule) -> tuple[str, str, str, str]:
    off = "" if rule.default else " Off by default."
    return f"[{rule.code}]({rule.code}.md)", f"`{rule.slug}`", rule.severity.value, f"{rule.summary}{off}"
