"""The summary in Markdown, read by a Markdown parser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from async_audit.findings import Report, Verdict
from async_audit.reporters.markdown_text import code, sentence, text
from async_audit.reporters.summary import render
from tests.projects import FIXTURES, report_on
from tests.reports import HOSTILE, hostile_report


def tokens(source: str) -> list[Token]:
    """The tokens of a document as GitHub reads it, those inside blocks too."""
    parser = MarkdownIt("commonmark").enable("table")
    return [token for block in parser.parse(source) for token in (block, *(block.children or ()))]


def cells(source: str) -> list[int]:
    """The number of cells of each row of each table."""
    counts: list[int] = []
    for token in tokens(source):
        if token.type == "tr_open":
            counts.append(0)
        elif token.type in {"td_open", "th_open"}:
            counts[-1] += 1
    return counts


def read(source: str) -> str:
    """The text of a paragraph as it is shown."""
    return "".join(
        token.content for token in tokens(source) if token.type in {"text", "text_special", "code_inline"}
    )


@pytest.fixture(scope="module")
def bookshop() -> Report:
    return report_on(FIXTURES / "bookshop")


class TestWhatItHolds:
    def test_the_answer_comes_first(self, bookshop: Report) -> None:
        source = render(replace(bookshop, advice=("Do `this`.", "Then that.")))
        assert source.splitlines()[2] == bookshop.answer
        assert "1. Do `this`.\n2. Then that." in source

    def test_a_row_for_each_entry_point_that_asks_for_action(self, bookshop: Report) -> None:
        wanted = [
            entry for entry in bookshop.entry_points if entry.verdict in {Verdict.BLOCKS, Verdict.COSTS}
        ]
        source = render(bookshop)
        assert sum(
            line.startswith(("| blocks | `", "| costs | `", "| blocks |  |")) for line in source.splitlines()
        ) == len(wanted)
        assert f"{len(bookshop.entry_points) - len(wanted)} more need nothing." in source

    def test_a_large_project_fits_into_a_comment(self, bookshop: Report) -> None:
        many = replace(bookshop, entry_points=bookshop.entry_points * 30)
        source = render(many)
        assert len(source) < 65_536
        assert "more to look at are left out here." in source

    def test_without_entry_points(self) -> None:
        assert (
            render(Report("/nowhere", "", ())) == "# Async audit of `nowhere`\n\nNo entry point was found.\n"
        )


class TestHostileText:
    @pytest.mark.parametrize("value", HOSTILE)
    def test_text_stays_text(self, value: str) -> None:
        found = {token.type for token in tokens(text(value))} - {"html_inline"}
        assert found <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}

    @pytest.mark.parametrize("value", ["a`b", "``", "`", " ", "\\", "a``b`c", *HOSTILE])
    def test_code_stays_code(self, value: str) -> None:
        found = [
            token for token in tokens(code(value)) if token.type not in {"paragraph_open", "paragraph_close"}
        ]
        assert [token.type for token in found] == ["inline", "code_inline"]

    def test_what_github_links_is_kept_apart(self) -> None:
        source = text("@octocat #12 https://a.b www.a.b GH-7")
        assert read(source) == "@octocat #12 https://a.b www.a.b GH-7"
        for automatic in ("@octocat", "#12", "https://", "www.", "GH-7"):
            assert automatic not in source

    @pytest.mark.parametrize("value", ["a|b", "a\\|b", "a\\\\|b", "a\\\\\\|b", "|", *HOSTILE])
    def test_a_row_keeps_its_cells(self, value: str) -> None:
        row = f"| a | b |\n|---|---|\n| {code(value, in_table=True)} | {sentence(value, in_table=True)} |"
        assert cells(row) == [2, 2]

    def test_the_whole_document(self, tmp_path: Path) -> None:
        source = render(hostile_report(tmp_path))
        assert set(cells(source)) == {3, 6}
        raw = {token.content for token in tokens(source) if token.type in {"html_inline", "html_block"}}
        assert raw <= {"<!-- -->"}
        assert not [token for token in tokens(source) if token.type in {"link_open", "image"}]
        assert all(char.isprintable() or char == "\n" for char in source)
