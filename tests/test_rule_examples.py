"""The examples of each rule's documentation hold: what is marked is found, and nothing else is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from async_audit.config import Config, everything
from async_audit.engine import audit
from async_audit.rulebook import Rule, rules

SAMPLE_PROJECT = Path(__file__).with_name("sample_project")
EXAMPLE = "shop/example.py"
DJANGO = (5, 2)
AFTERTHOUGHTS = ("DJA3", "DJA6")
"""Small examples await little, and send a mail to show what blocks: these speak of their own."""

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(?P<language>\S+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_PATH = re.compile(r"# (?P<path>[\w/.-]+\.\w+)\n")
_MARKER = re.compile(r"  # (?P<codes>DJA\d{3}(?:, DJA\d{3})*)$")


@dataclass(frozen=True)
class Block:
    """A block of code in the documentation of a rule, numbered within its section."""

    rule: Rule
    section: str
    number: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.rule.code}-{self.section.lower().replace(' ', '-')}-{self.number}"

    @property
    def path(self) -> str:
        """The file that the block is, by the comment in its first line; empty for a lone one."""
        named = _PATH.match(self.code)
        return named["path"] if named is not None else ""

    @property
    def marked(self) -> set[tuple[int, str]]:
        """The lines that carry a marker, with each code that it names."""
        lines = enumerate(self.code.splitlines(), start=1)
        found = ((line, match) for line, text in lines if (match := _MARKER.search(text)) is not None)
        return {(line, code) for line, match in found for code in match["codes"].split(", ")}


def blocks_of(rule: Rule) -> Iterator[Block]:
    """The blocks of a rule's documentation, in order."""
    parts = _SECTION.split(rule.documentation)[1:]
    for section, text in zip(parts[::2], parts[1::2], strict=True):
        for number, match in enumerate(_BLOCK.finditer(text), start=1):
            yield Block(rule, section, number, match["language"], match["code"])


BLOCKS = [block for rule in rules() for block in blocks_of(rule)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
LONE = [block for block in PYTHON if not block.path]
WHOLE = sorted({(block.rule.code, block.section) for block in BLOCKS if block.path})
"""The sections whose blocks are files of one project."""
TEMPLATES = [block for block in BLOCKS if block.language == "html"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the sample project, whose `shop/example.py` is yet to be written."""
    return shutil.copytree(SAMPLE_PROJECT, tmp_path / "project")


@pytest.mark.parametrize(("code", "section"), WHOLE)
def test_exactly_the_marked_lines_of_a_whole_project_are_found(
    code: str, section: str, project: Path
) -> None:
    blocks = [block for block in BLOCKS if (block.rule.code, block.section) == (code, section)]
    for block in blocks:
        path = project / block.path
        path.write_text(block.code, encoding="utf-8")
    report = audit([project], everything(Config(), DJANGO), root=project)
    found = {
        (finding.location.path, finding.location.line, finding.code)
        for finding in report.findings
        if not finding.code.startswith(AFTERTHOUGHTS)
    }
    assert found == {(block.path, line, marked) for block in blocks for line, marked in block.marked}


@pytest.mark.parametrize("block", LONE, ids=str)
def test_exactly_the_marked_lines_are_found(block: Block, project: Path) -> None:
    example = project / EXAMPLE
    example.write_text(block.code, encoding="utf-8")
    report = audit([example], everything(Config(), DJANGO), root=project)
    found = {
        (finding.location.line, finding.code)
        for finding in report.findings
        if not finding.code.startswith(AFTERTHOUGHTS) or finding.code == block.rule.code
    }
    assert found == block.marked, "\n".join(finding.message for finding in report.findings)


@pytest.mark.parametrize("block", [block for block in PYTHON if block.section != "Example"], ids=str)
def test_only_examples_carry_markers(block: Block) -> None:
    assert not block.marked


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_each_mention_of_a_code_is_a_marker(block: Block) -> None:
    mentions = [line for line in block.code.splitlines() if "# DJA" in line]
    assert all(_MARKER.search(line) for line in mentions)


@pytest.mark.parametrize("block", TEMPLATES, ids=str)
def test_quoted_templates_are_those_of_the_sample_project(block: Block) -> None:
    templates = (SAMPLE_PROJECT / "shop" / "templates").glob("*.html")
    assert block.code in {template.read_text(encoding="utf-8") for template in templates}


def test_the_sample_project_itself_is_clean(project: Path) -> None:
    report = audit([project], everything(Config(), DJANGO), root=project)
    assert not [finding for finding in report.findings if not finding.code.startswith(AFTERTHOUGHTS)]
