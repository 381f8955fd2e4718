"""Every rule is named, documented and announced as the contract wants it."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from async_audit.cli import main
from async_audit.rule_codes import OPTIONAL, USUAL
from async_audit.rulebook import Rule, rule_for, rules

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"
RULES = rules()
OF_THE_AUDIT = "DJA9"
"""Rules about the audit itself: what they find is described in prose."""

SECTIONS = ("What it does", "Why it matters", "Example", "Use instead", "What stays silent", "Sources")

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def sections(rule: Rule) -> dict[str, str]:
    """The text below each heading of a rule's documentation, by heading."""
    parts = re.split(r"^## (.+)\n", rule.documentation, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_codes_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_slugs_are_unique() -> None:
    assert len({rule.slug for rule in RULES}) == len(RULES)


def test_each_file_is_named_by_the_slug_of_its_rule() -> None:
    names = {entry.name for entry in files("async_audit.rules").iterdir() if entry.name.endswith(".py")}
    assert names - {"__init__.py"} == {f"{rule.slug.replace('-', '_')}.py" for rule in RULES}


def test_the_codes_that_are_listed_apart_are_those_of_the_rules() -> None:
    assert tuple(rule.code for rule in RULES if rule.default) == USUAL
    assert tuple(rule.code for rule in RULES if not rule.default) == OPTIONAL


@each_rule
def test_code_and_slug_are_well_formed(rule: Rule) -> None:
    assert re.fullmatch(r"DJA[1-69]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.slug)


@each_rule
def test_a_rule_is_found_by_code_and_by_slug(rule: Rule) -> None:
    assert rule_for(rule.code.lower()) == rule
    assert rule_for(rule.slug) == rule


@each_rule
def test_the_summary_is_one_sentence_on_one_line(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z`].*[^.]\.", rule.summary)
    assert rule.documentation.splitlines()[1] == ""


@each_rule
def test_the_documentation_has_its_sections_in_order(rule: Rule) -> None:
    found = sections(rule)
    assert tuple(found) == SECTIONS
    assert all(text.strip() for text in found.values())


@each_rule
def test_the_documentation_is_sober(rule: Rule) -> None:
    prose = re.sub(r"^```.*?^```$|`[^`\n]+`", "", rule.documentation, flags=re.MULTILINE | re.DOTALL)
    assert "!" not in prose


@each_rule
def test_an_example_shows_what_the_rule_reports(rule: Rule) -> None:
    if rule.code == "DJA901":
        pytest.skip("a file that cannot be parsed is described in prose")
    assert re.search(rf"^[^#\n]+.*  # .*\b{rule.code}\b", sections(rule)["Example"], re.MULTILINE)


@pytest.mark.parametrize(
    "rule", [r for r in RULES if not r.code.startswith(OF_THE_AUDIT)], ids=lambda r: r.code
)
@pytest.mark.parametrize("section", ["Example", "Use instead", "What stays silent"])
def test_code_is_shown(rule: Rule, section: str) -> None:
    assert "```python\n" in sections(rule)[section]


def test_each_code_is_in_the_changelog() -> None:
    listed = set(re.findall(r"DJA\d{3}", CHANGELOG.read_text(encoding="utf-8")))
    assert {rule.code for rule in RULES} <= listed


@each_rule
def test_the_command_prints_the_documentation(rule: Rule) -> None:
    result = CliRunner().invoke(main, ["rule", rule.code])
    assert result.exit_code == 0
    title, _, body = result.output.partition("\n\n")
    assert title == f"# {rule.code} {rule.slug} ({rule.severity.value})"
    assert body.strip() == rule.documentation.strip()


def test_the_command_lists_all_rules() -> None:
    result = CliRunner().invoke(main, ["rule"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]
    assert all(rule.summary in line for rule, line in zip(RULES, lines, strict=True))


def test_the_command_refuses_an_unknown_rule() -> None:
    result = CliRunner().invoke(main, ["rule", "DJA999"])
    assert result.exit_code == 2
    assert "DJA999" in result.output
