"""All generated pages by their path below `docs/`, and how they are written and compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.documentation.command_line import command_line_page
from scripts.documentation.configuration import configuration_page
from scripts.documentation.picture import run_picture
from scripts.documentation.rule_pages import FOLDER, rule_pages
from scripts.documentation.sessions import answers_of, shown_page
from scripts.documentation.snippets import ROOT
from scripts.documentation.snippets import pages as pages_with_snippets


def generated_pages() -> dict[str, str]:
    """The text of each generated page, by its path below `docs/`."""
    return {
        **rule_pages(),
        "reference/configuration.md": configuration_page(),
        "reference/commands.md": command_line_page(),
        "run.svg": run_picture(),
    }


def outdated(docs: Path, pages: Mapping[str, str]) -> list[str]:
    """The pages below `docs` that are missing, differ from `pages`, or are of a rule that is gone."""
    stale = [path for path, text in pages.items() if _text(docs / path) != text]
    return sorted({*stale, *_orphans(docs, pages)})


def write(docs: Path, pages: Mapping[str, str]) -> None:
    """Make the pages below `docs` those of `pages`; pages of rules that are gone are removed."""
    for path, text in pages.items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_text(text, encoding="utf-8")
    for path in _orphans(docs, pages):
        (docs / path).unlink()


def show_outputs_anew() -> None:
    """Make what the console blocks of all pages show what their commands print."""
    for page in pages_with_snippets():
        with TemporaryDirectory() as folder:
            text = shown_page(page, answers_of(page, Path(folder)))
        if text != _text(ROOT / page):
            (ROOT / page).write_text(text, encoding="utf-8")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _orphans(docs: Path, pages: Mapping[str, str]) -> list[str]:
    there = (path.relative_to(docs).as_posix() for path in (docs / FOLDER).glob("*.md"))
    return [path for path in there if path not in pages]
