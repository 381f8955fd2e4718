"""The fixtures tell a rule that works from one that does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import pytest

from async_audit.findings import Finding
from async_audit.rulebook import ClassAudit, FunctionAudit, Rule, nothing_in_projects, rules
from async_audit.syntax.facts import ModuleFacts
from tests.markers import Marker, MarkerKind, disagreements, read_markers
from tests.projects import FIXTURES, PROJECTS, fixture_audit, fixture_findings, place

FEWEST = 3
"""How many expected findings a rule needs for its fixtures to be worth the name."""

OF_THE_AUDIT = {"DJA901", "DJA902"}
"""The engine itself reports these, about files and comments; no function is asked."""

IN_SMALL_PROJECTS = {"DJA305", "DJA306", "DJA601"}
"""Advice that is off by default has its cases in `test_sequential_awaits.py` and `test_background.py`."""

RULES = [
    rule
    for rule in rules()
    if rule.code not in OF_THE_AUDIT | IN_SMALL_PROJECTS and rule.check_project is nothing_in_projects
]
"""Rules about functions and classes; those about a project need several files each (`test_stack.py`)."""
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


@lru_cache(maxsize=len(PROJECTS))
def audited_functions(project: str) -> tuple[FunctionAudit, ...]:
    """Every function of a fixture project with its effects, evaluated once."""
    work = fixture_audit(project)
    modules = (
        work.program.modules.facts(file.relative) for file in work.program.files if file.mentions_async
    )
    return tuple(
        function for facts in modules if isinstance(facts, ModuleFacts) for function in work.functions(facts)
    )


@lru_cache(maxsize=len(PROJECTS))
def audited_classes(project: str) -> tuple[ClassAudit, ...]:
    """Every class of a fixture project."""
    work = fixture_audit(project)
    modules = (
        work.program.modules.facts(file.relative) for file in work.program.files if file.mentions_async
    )
    return tuple(
        audit for facts in modules if isinstance(facts, ModuleFacts) for audit in work.classes(facts)
    )


def findings_of(rule: Rule, project: str) -> Iterator[Finding]:
    """What a rule finds in the functions and classes of a fixture project."""
    for function in audited_functions(project):
        yield from rule.check(rule, function)
    for cls in audited_classes(project):
        yield from rule.check_class(rule, cls)


def mute(_: Rule, __: FunctionAudit | ClassAudit) -> Iterator[Finding]:
    """Report nothing."""
    return iter(())


def noisy(rule: Rule, audit: FunctionAudit) -> Iterator[Finding]:
    """Report every place at which a coroutine has any effect."""
    if audit.runs_on_loop:
        for effect in audit.effects:
            yield rule.finding(audit, audit.location(effect.site), "something happens here")


def problems_with(rule: Rule) -> list[str]:
    """Where the fixtures disagree with a rule."""
    problems: list[str] = []
    for project in PROJECTS:
        found = {place(finding) for finding in findings_of(rule, project)}
        problems += disagreements(markers(project, rule), found)
    return problems


def markers(project: str, rule: Rule) -> list[Marker]:
    """The markers that name the rule."""
    return [marker for marker in read_markers(FIXTURES / project) if marker.code == rule.code]


@each_rule
def test_a_rule_that_finds_nothing_is_noticed(rule: Rule) -> None:
    missing = [
        problem
        for problem in problems_with(replace(rule, check=mute, check_class=mute))
        if "is not found" in problem
    ]
    assert len(missing) >= FEWEST


@each_rule
def test_a_rule_that_finds_everything_is_noticed(rule: Rule) -> None:
    noise = [problem for problem in problems_with(replace(rule, check=noisy)) if "not marked" in problem]
    assert len(noise) >= FEWEST


@each_rule
def test_a_rule_that_loses_one_finding_is_noticed(rule: Rule) -> None:
    expected = {MarkerKind.EXPECT, MarkerKind.OPTIONAL}
    for project in PROJECTS:
        marked = markers(project, rule)
        places = {marker.place for marker in marked if marker.kind in expected}
        for lost in places:
            assert disagreements(marked, places - {lost})


@each_rule
def test_asking_functions_gives_what_the_report_says(rule: Rule) -> None:
    for project in PROJECTS:
        asked = {place(finding) for finding in findings_of(rule, project)}
        assert asked >= {place(f) for f in fixture_findings(project) if f.code == rule.code}
