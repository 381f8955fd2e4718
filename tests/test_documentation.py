"""The site: generated pages are current, it builds without a warning, it loads nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from async_audit.config import OPTIONS, Config, read_config
from async_audit.findings import Verdict
from async_audit.rulebook import rules
from scripts.documentation.markdown import spaced
from scripts.documentation.pages import outdated, write
from tests.projects import write_project

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

# What a browser fetches by itself; a link that a reader follows is none.
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b[^>]*https?://"
)


def test_each_rule_has_its_page() -> None:
    pages = {path.stem for path in (DOCS / "rules").glob("DJA*.md")}
    assert pages == {rule.code for rule in rules()}


def test_pages_that_differ_are_missing_or_are_of_no_rule_are_outdated(tmp_path: Path) -> None:
    pages = {"rules/DJA101.md": "one\n", "rules/index.md": "all\n", "reference/commands.md": "how\n"}
    write(tmp_path, pages)
    assert outdated(tmp_path, pages) == []
    (tmp_path / "rules" / "DJA101.md").write_text("other\n", encoding="utf-8")
    (tmp_path / "rules" / "DJA999.md").write_text("gone\n", encoding="utf-8")
    (tmp_path / "reference" / "commands.md").unlink()
    assert outdated(tmp_path, pages) == ["reference/commands.md", "rules/DJA101.md", "rules/DJA999.md"]
    write(tmp_path, pages)
    assert outdated(tmp_path, pages) == []


def test_every_generated_page_is_current() -> None:
    # In a process of its own: commands that ran in this one have left traces in click's objects.
    command = [sys.executable, "-m", "scripts.documentation", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "run `make pages`"


def test_markdown_gets_its_empty_lines() -> None:
    tight = "## A\ntext:\n```python\n# no heading\n\nx = 1\n```\nmore:\n- one\n  two\n- three\n## B\n1. first"
    assert spaced(tight) == (
        "## A\n\ntext:\n\n```python\n# no heading\n\nx = 1\n```\n\nmore:\n\n- one\n  two\n- three\n\n"
        "## B\n\n1. first"
    )
    assert spaced(spaced(tight)) == spaced(tight)


def test_each_field_of_the_configuration_is_an_option() -> None:
    named = {field.name.replace("_", "-") for field in fields(Config)} - {"sources", "rows"}
    assert named <= {option.key for option in OPTIONS}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_each_example_of_an_option_changes_the_configuration(option: object, tmp_path: Path) -> None:
    root = write_project(tmp_path, {"pyproject.toml": getattr(option, "example", "")})
    assert read_config(root) != Config()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built anew without a warning."""
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("MkDocs is not installed: `make site` installs the extra `docs`")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder


def test_the_site_builds_without_a_warning(site: Path) -> None:
    built = {path.parent.name for path in (site / "rules").glob("*/index.html")}
    assert built == {rule.code for rule in rules()}


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(rules())
    assert [page for page in pages if _FETCHED.search(page.read_text(encoding="utf-8"))] == []
    styles = [sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css")]
    assert styles
    assert not any(re.search(r"@import|url\([\"']?(?:https?:)?//", sheet) for sheet in styles)


def test_each_verdict_is_explained() -> None:
    page = (DOCS / "reading-verdicts.md").read_text(encoding="utf-8")
    explained = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert sorted(explained) == sorted(verdict.value for verdict in Verdict)
