"""Which findings of a module its comments silence, and which comments silence nothing."""

from __future__ import annotations

from collections.abc import Iterator

from async_audit.config import Config
from async_audit.findings import Confidence, Finding, Location, Severity
from async_audit.rulebook import rule_for, rules
from async_audit.suppressions import Suppression, parse
from async_audit.syntax.facts import ModuleFacts


def unsuppressed(
    config: Config, facts: ModuleFacts, findings: list[Finding], *, noqa: bool
) -> tuple[tuple[Finding, ...], int]:
    """The findings without those that comments silence (`noqa` ones only where asked), and how many.

    Those that the configuration ignores in this file are left out and counted too. What a comment names in
    vain is a finding itself.
    """
    written = parse(facts.suppressions)
    comments: dict[int, list[Suppression]] = {}
    for comment in written:
        for line in comment.lines:
            comments.setdefault(line, []).append(comment)
    found: dict[int, set[str]] = {}
    kept: list[Finding] = []
    for finding in findings:
        line, code = finding.location.line, finding.code
        found.setdefault(line, set()).add(code)
        silencers = [comment for comment in comments.get(line, ()) if comment.silences(code)]
        if not any(noqa or comment.is_own for comment in silencers) and not config.ignores(facts.path, code):
            kept.append(finding)
    silenced = len(findings) - len(kept)
    for comment in written:
        there = set[str]().union(*(found.get(line, ()) for line in comment.lines))
        kept.extend(_unused(config, facts, comment, there))
    kept.sort(key=lambda finding: finding.sort_key)
    return tuple(kept), silenced


def unsuppressed_in_text(
    config: Config, lines: tuple[str, ...], findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """The findings in a file that is no Python, without those that comments or the configuration silence."""
    places = {finding.location.line for finding in findings}
    comments = parse(
        tuple((number, number, text) for number, text in enumerate(lines, start=1) if number in places)
    )
    return tuple(
        finding
        for finding in findings
        if not config.ignores(finding.location.path, finding.code)
        and not any(
            comment.line == finding.location.line and comment.silences(finding.code) for comment in comments
        )
    )


def _unused(config: Config, facts: ModuleFacts, comment: Suppression, found: set[str]) -> Iterator[Finding]:
    """What a comment names in vain, where codes of `found` were found."""
    rule = rule_for("DJA902")
    if rule is None or not config.wants(rule.code, default=rule.default):
        return
    if config.ignores(facts.path, rule.code):
        return
    unused = [code for code in comment.own_codes if _is_unused(config, code, found)]
    messages = [f"this comment suppresses {code}, which is not found here; remove it" for code in unused]
    if comment.is_malformed:
        messages = ["this comment suppresses nothing: it names no code between `[` and `]`"]
    for message in messages:
        location = Location(facts.path, comment.line, 1, comment.line, 1)
        yield Finding(rule.code, rule.slug, Severity.INFO, Confidence.CERTAIN, location, "", message)


def _is_unused(config: Config, prefix: str, found: set[str]) -> bool:
    """Whether every rule that a comment may mean was run on its line and found nothing."""
    meant = [rule for rule in rules() if rule.code.startswith(prefix)]
    was_run = all(config.wants(rule.code, default=rule.default) for rule in meant)
    return was_run and not any(code.startswith(prefix) for code in found)
