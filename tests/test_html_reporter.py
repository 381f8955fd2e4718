"""The HTML page: what it holds, that it loads nothing, and that audited text stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from async_audit.engine import audit
from async_audit.findings import Location, MiddlewareHops, Report, Stack
from async_audit.reporters.html.excerpts import Sources, excerpt
from async_audit.reporters.html.page import render
from tests.projects import EVERY_RULE, FIXTURES, write_project
from tests.reports import HOSTILE, Page, hostile_report

_URL_ATTRIBUTES = {"src", "href", "action", "formaction", "poster", "data", "srcset", "xlink:href"}


@pytest.fixture(scope="module")
def bookshop() -> Report:
    root = (FIXTURES / "bookshop").resolve()
    return audit([root], EVERY_RULE, root=root, all_views=True)


@pytest.fixture(scope="module")
def source(bookshop: Report) -> str:
    return render(bookshop, Sources(Path(bookshop.root)))


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


@pytest.fixture(scope="module")
def hostile_source(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("project")
    return render(hostile_report(root), Sources(root))


class TestWhatItHolds:
    def test_every_tag_is_closed_in_order(self, page: Page) -> None:
        assert not page.misnested
        assert not page.open

    def test_a_row_and_a_block_for_each_entry_point(self, page: Page, bookshop: Report) -> None:
        rows = [row["data-view"] for row in page.all("tr") if "data-view" in row]
        blocks = [block["data-view"] for block in page.all("details") if "data-view" in block]
        assert rows == blocks
        assert len(rows) == len(bookshop.entry_points) > 60

    def test_every_link_leads_somewhere(self, page: Page) -> None:
        identifiers = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
        assert set(identifiers.values()) == {1}
        targets = [link["href"] for link in page.all("a")]
        assert targets
        assert all(target is not None and target[1:] in identifiers for target in targets)

    def test_every_label_and_description_exists(self, page: Page) -> None:
        identifiers = {attributes.get("id") for _, attributes in page.elements}
        for name in ("aria-labelledby", "aria-describedby"):
            named = [attributes[name] for _, attributes in page.elements if name in attributes]
            assert set(named) <= identifiers

    def test_the_answer_and_the_advice(self, bookshop: Report) -> None:
        advised = replace(bookshop, answer="It will: `f` gains.", advice=("First `a`.", "Then b."))
        shown = Page(render(advised, Sources(Path(bookshop.root)))).text
        assert "It will: f gains." in shown
        assert shown.index("First a.") < shown.index("Then b.")

    def test_a_chain_shows_the_line_of_each_step(self, source: str, bookshop: Report) -> None:
        finding = next(found for found in bookshop.findings if found.code == "DJA110")
        step = finding.chain[0]
        line = (FIXTURES / "bookshop" / step.location.path).read_text().splitlines()[step.location.line - 1]
        assert f"{step.location.path}:{step.location.line}" in Page(source).text
        meant = rf'<mark class="line"><i> *{step.location.line}</i> *{re.escape(escape(line.strip()))}</mark>'
        assert re.search(meant, source)

    def test_the_same_report_is_the_same_page(self, source: str, bookshop: Report) -> None:
        assert render(bookshop, Sources(Path(bookshop.root))) == source

    def test_says_nothing_of_where_it_was_made(self, source: str) -> None:
        assert str(FIXTURES) not in source

    def test_without_entry_points(self) -> None:
        page = Page(render(Report("/nowhere", "", ()), Sources(Path("/nowhere"))))
        assert "No entry point was found" in page.text
        assert not page.misnested


class TestStack:
    STACK = Stack(
        "asgi",
        "uvicorn",
        Location("Procfile", 1, 1, 1, 2),
        (
            MiddlewareHops("django.middleware.security.SecurityMiddleware", "both", 0),
            MiddlewareHops("shop.middleware.Old", "sync", 1),
            MiddlewareHops("shop.middleware.Odd", "unknown", 0),
        ),
        2,
        is_exact=False,
    )

    def test_the_picture_has_a_box_for_each_middleware(self, bookshop: Report) -> None:
        page = Page(render(replace(bookshop, stack=self.STACK), Sources(Path(bookshop.root))))
        boxes = [group["class"] for group in page.all("g")]
        chain = ["middleware both", "middleware sync", "middleware unknown"]
        # The server, Django's handler, the chain, and views of both kinds.
        assert boxes == ["outside", "outside", *chain, "views", "views"]

    def test_a_line_that_changes_sides_is_a_hop(self, bookshop: Report) -> None:
        page = Page(render(replace(bookshop, stack=self.STACK), Sources(Path(bookshop.root))))
        crossing = [abs(int(line["x1"] or 0) - int(line["x2"] or 0)) > 0 for line in page.all("line")]
        # From the server over the handler to the first middleware; into the thread and back; to the views
        # of both kinds; and what the handler does by itself.
        assert crossing == [False, False, True, True, False, True, True]
        assert [line["class"] == "hop" for line in page.all("line")] == crossing

    def test_the_views_are_counted_apart_from_what_no_request_reaches(self, bookshop: Report) -> None:
        views = [entry for entry in bookshop.entry_points if entry.kind == "view"]
        coroutines = sum(entry.is_async for entry in views)
        shown = Page(render(replace(bookshop, stack=self.STACK), Sources(Path(bookshop.root)))).text
        assert f"{coroutines} async views" in shown
        assert f"{len(views) - coroutines} synchronous view" in shown
        assert len(views) - coroutines > 0
        assert len(views) < len(bookshop.entry_points)

    def test_a_lower_bound_is_called_one(self, bookshop: Report) -> None:
        shown = Page(render(replace(bookshop, stack=self.STACK), Sources(Path(bookshop.root)))).text
        assert "at least 2 thread hops" in shown
        assert "Read in Procfile:1." in shown

    def test_its_absence_is_said(self, bookshop: Report) -> None:
        shown = Page(render(replace(bookshop, stack=None), Sources(Path(bookshop.root)))).text
        assert "The middleware chain is not part of this report." in shown


class TestHostileText:
    def test_the_page_has_only_our_elements(self, hostile_source: str) -> None:
        page = Page(hostile_source)
        assert not page.misnested
        assert len(page.all("script")) == len(page.all("style")) == len(page.all("title")) - 1 == 1
        assert not {tag for tag, _ in page.elements} & {"img", "iframe", "object", "base", "link"}

    def test_no_attribute_is_a_handler_or_leads_away(self, hostile_source: str) -> None:
        for _, attributes in Page(hostile_source).elements:
            assert not {name for name in attributes if name.startswith("on") or name == "style"}
            assert "autofocus" not in attributes
            for name in _URL_ATTRIBUTES & attributes.keys():
                assert re.fullmatch(r"#[\w-]+", attributes[name] or "")

    def test_no_character_turns_the_text_around(self, hostile_source: str) -> None:
        hidden = [char for char in hostile_source if not (char.isprintable() or char == "\n")]
        assert not hidden
        hostile_source.encode()

    def test_all_of_it_is_shown(self, hostile_source: str) -> None:
        shown = Page(hostile_source).text
        assert HOSTILE[0] in shown
        assert HOSTILE[1] in shown
        assert "\\u202etxt.exe\\u2066\\x1b[31m\\x00\\n\\r\\u2028" in shown


class TestPolicy:
    def test_only_our_style_and_script_may_run(self, source: str, page: Page) -> None:
        policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta) or ""
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        for tag in ("style", "script"):
            (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert rules[f"{tag}-src"] == f"'sha256-{digest}'"

    def test_it_names_nothing_outside(self, source: str) -> None:
        # The text between tags may: it is the audited code.
        assert not re.findall(r"<[^>]*(?:https?:|=\s*[\"']?//)[^>]*>", source)
        (style,) = re.findall("<style>(.*?)</style>", source, re.DOTALL)
        assert not re.findall(r"https?:|url\(|@import", style)
        (script,) = re.findall("<script>(.*?)</script>", source, re.DOTALL)
        assert not re.findall(r"https?:|fetch|XMLHttpRequest|import", script)


class TestExcerpts:
    def at(self, line: int, path: str = "a.py", end: int | None = None) -> Location:
        return Location(path, line, 1, end or line, 2)

    def test_two_lines_around_without_their_common_margin(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a.py": b"one\r\n    two\r\n\tthree <b>\r\n    four\r\n    five\r\n    six"})
        found = Page(excerpt(Sources(tmp_path), self.at(4)).html)
        assert found.text == "2two3three <b>4four5five6six"
        assert len(found.all("mark")) == 1

    def test_the_source_is_read_in_its_encoding(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a.py": "# coding: latin-1\nx = 'ä'".encode("latin-1")})
        assert "x = 'ä'" in Page(excerpt(Sources(tmp_path), self.at(2)).html).text

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a.py": b"x = 1\n\xff\xfe\x00\n# coding: no-such-thing"})
        assert "x = 1" in Page(excerpt(Sources(tmp_path), self.at(1)).html).text

    @pytest.mark.parametrize(
        ("path", "reason"), [("gone.py", "No such file"), (".", "Is a directory"), ("a\0b", "null")]
    )
    def test_a_file_that_cannot_be_read(self, tmp_path: Path, path: str, reason: str) -> None:
        found = excerpt(Sources(tmp_path), self.at(1, path))
        assert "The source cannot be shown" in found.html
        assert reason in found.html

    def test_a_file_that_is_shorter_by_now(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a.py": "x = 1\n"})
        assert "the file has changed" in excerpt(Sources(tmp_path), self.at(9)).html

    def test_a_span_and_a_line_that_are_too_long(self, tmp_path: Path) -> None:
        write_project(tmp_path, {"a.py": "\n".join(["x" * 9_999] * 99).encode()})
        found = excerpt(Sources(tmp_path), self.at(1, end=99))
        assert len(found.html) < 5_000
        assert "…" in found.html
