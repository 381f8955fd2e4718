"""The HTML page in a real browser: filtered, opened and printed, by mouse, by keyboard and on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from async_audit.cli import main
from async_audit.reporters.html.excerpts import Sources
from async_audit.reporters.html.page import render
from tests.projects import FIXTURES, SHOP, write_project
from tests.reports import hostile_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VIEWS = 130

SERVICES = """\
    from shop import store


    def first_title():
        return store.first().title
    """
STORE = """\
    from shop.models import Book


    def first():
        return Book.objects.first()
    """
BLOCKING = """\
async def view_{number}(request):
    return first_title()


"""
NEUTRAL = """\
async def view_{number}(request):
    return await Book.objects.acount()


"""
_BLOCKING_VIEWS = range(0, _VIEWS, 3)


def large_project(root: Path) -> Path:
    """A project with many views, each third of which queries two calls away from the view."""
    views = "from shop.models import Book\nfrom shop.services import first_title\n\n\n"
    routes = "from django.urls import path\nfrom shop import views\n\nurlpatterns = [\n"
    for number in range(_VIEWS):
        views += (BLOCKING if number in _BLOCKING_VIEWS else NEUTRAL).format(number=number)
        routes += f"    path('page/{number}/', views.view_{number}),\n"
    files = {"shop/services.py": SERVICES, "shop/store.py": STORE, "shop/views.py": views}
    settings = "SECRET_KEY = 'x'\nINSTALLED_APPS = ['shop']\nROOT_URLCONF = 'shop.urls'\n"
    return write_project(
        root, {**SHOP, **files, "shop/urls.py": f"{routes}]\n", "shop/settings.py": settings}
    )


def written(project: Path, target: Path) -> str:
    """The address of the page that the command writes for a project."""
    result = CliRunner().invoke(main, ["report", str(project), "--html", str(target)])
    assert result.exit_code == 0, result.output
    return target.as_uri()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("large")
    return written(large_project(folder / "project"), folder / "page.html")


@pytest.fixture(scope="module")
def bookshop(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(FIXTURES / "bookshop", tmp_path_factory.mktemp("bookshop") / "page.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hostile")
    page = folder / "page.html"
    page.write_text(render(hostile_report(folder), Sources(folder)), encoding="utf-8")
    return page.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium, the system's if there is one."""
    api = pytest.importorskip("playwright.sync_api", reason="the browser extra (playwright) is not installed")
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    with api.sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("there is no Chromium on this machine")
        try:
            chromium = playwright.chromium.launch(executable_path=path)
        except api.Error as error:
            pytest.skip(f"Chromium cannot be started here: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A browser that opens pages, and all that they asked for or complained about."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, address: str, *, width: int = 1200, **options: Any) -> Page:
        """The page, loaded in a context of its own."""
        context = self.browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(address)
        return page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A visit that complained about nothing and asked for nothing but the page itself."""
    visiting = Visit(browser)
    yield visiting
    for context in browser.contexts:
        context.close()
    assert visiting.complaints == []
    assert {request.partition("#")[0].partition(":")[0] for request in visiting.requests} == {"file"}
    assert {request.rpartition("/")[2].partition("#")[0] for request in visiting.requests} == {"page.html"}


def shown_rows(page: Page) -> list[str]:
    """The entry points in the rows that are shown, in their order."""
    names: list[str] = page.locator("#views tbody tr:visible th").all_inner_texts()
    return names


class TestTable:
    def test_it_has_every_view(self, visit: Visit, large: str) -> None:
        page = visit.open(large)
        assert len(shown_rows(page)) == _VIEWS
        assert page.locator("#count").inner_text() == f"{_VIEWS} of {_VIEWS} entry points shown."

    def test_filter_by_words(self, visit: Visit, large: str) -> None:
        page = visit.open(large)
        page.get_by_label("Search").fill("page/12")
        # 12 and 120 to 129.
        assert len(shown_rows(page)) == 11
        assert page.locator("#count").inner_text() == f"11 of {_VIEWS} entry points shown."
        assert page.locator("#count").get_attribute("aria-live") == "polite"
        assert page.locator("details.entry:visible").count() == 11

    def test_filter_by_verdict_and_clear(self, visit: Visit, large: str) -> None:
        page = visit.open(large)
        page.get_by_role("combobox", name="Verdict").select_option("blocks")
        assert len(shown_rows(page)) == len(_BLOCKING_VIEWS)
        page.get_by_role("button", name="Clear").click()
        # The browser tells of a reset before the fields are empty.
        page.locator(f"#views tbody tr:visible >> nth={_VIEWS - 1}").wait_for()
        assert page.locator("#count").inner_text() == f"{_VIEWS} of {_VIEWS} entry points shown."

    def test_sort(self, visit: Visit, large: str) -> None:
        page = visit.open(large)
        heading = page.locator("#views").get_by_role("columnheader", name="Hops")
        button = page.get_by_role("button", name="Hops")
        for direction, sign in (("ascending", 1), ("descending", -1)):
            button.click()
            assert heading.get_attribute("aria-sort") == direction
            hops = [int(text) for text in page.locator("#views tbody td[data-label=Hops]").all_inner_texts()]
            assert hops == sorted(hops, key=lambda hop: sign * hop)
            assert set(hops) == {0, 1}

    def test_the_script_is_needed_for_filtering_only(self, visit: Visit, large: str) -> None:
        page = visit.open(large, java_script_enabled=False)
        assert page.locator("#filter").is_hidden()
        assert len(shown_rows(page)) == _VIEWS
        page.locator("#views tbody a").first.click()
        assert page.locator("details.entry").first.locator("pre").first.is_visible()


class TestEvidence:
    def test_follow_a_chain_to_its_end(self, visit: Visit, large: str) -> None:
        page = visit.open(large)
        page.get_by_label("Search").fill("view_6 ")
        page.get_by_role("link", name="shop.views.view_6", exact=True).click()
        block = page.locator("details.entry[open]")
        assert block.count() == 1
        steps = block.locator("ol.chain").first.locator("> li")
        assert [step.locator(".place").inner_text().partition(":")[0] for step in steps.all()] == [
            "shop/views.py",
            "shop/services.py",
            "shop/store.py",
        ]
        assert "return first_title()" in steps.nth(0).locator("mark").inner_text()
        assert "return store.first().title" in steps.nth(1).locator("mark").inner_text()
        assert "return Book.objects.first()" in steps.nth(2).locator("mark").inner_text()
        assert steps.nth(2).locator("mark").is_visible()

    def test_an_address_leads_to_a_view(self, visit: Visit, bookshop: str) -> None:
        page = visit.open(f"{bookshop}#view-5")
        assert page.locator("#view-5").is_visible()
        assert page.evaluate("document.activeElement.id") == "view-5"

    def test_open_all_that_are_shown(self, visit: Visit, bookshop: str) -> None:
        page = visit.open(bookshop)
        page.get_by_role("combobox", name="Verdict").select_option("costs")
        page.get_by_role("button", name="Open all shown").click()
        assert page.locator("details.entry[open]").count() == len(shown_rows(page)) > 3
        page.get_by_role("button", name="Close all").click()
        assert page.locator("details.entry[open]").count() == 0


class TestKeyboard:
    def focused(self, page: Page) -> str:
        text: str = page.evaluate("document.activeElement.textContent || document.activeElement.name")
        return text.strip()

    def test_from_the_top_to_a_chain_and_back(self, visit: Visit, bookshop: str) -> None:
        page = visit.open(bookshop)
        page.keyboard.press("Tab")
        assert self.focused(page) == "Skip to the entry points"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("genre_of_reader")
        link = page.locator("#views tbody tr:visible a")
        assert link.count() == 1
        for _ in range(20):
            page.keyboard.press("Tab")
            if self.focused(page) == "accounts.views.genre_of_reader":
                break
        page.keyboard.press("Enter")
        block = page.locator("details.entry[open]")
        block.wait_for()
        page.keyboard.press("Tab")
        assert self.focused(page).startswith("DJA110")
        # A key is answered in the browser's own time.
        chain = block.locator("ol.chain").first
        page.keyboard.press("Enter")
        chain.wait_for(state="hidden")
        page.keyboard.press("Enter")
        chain.wait_for(state="visible")
        for _ in range(block.locator("summary").count() - 1):
            page.keyboard.press("Tab")
        assert self.focused(page) == "Back to the table"

    def test_what_has_the_focus_can_be_seen(self, visit: Visit, bookshop: str) -> None:
        page = visit.open(bookshop)
        for _ in range(12):
            page.keyboard.press("Tab")
            style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert style == "solid"


class TestForms:
    @pytest.mark.parametrize("width", [320, 768])
    @pytest.mark.parametrize("name", ["bookshop", "large", "hostile"])
    def test_a_narrow_screen_needs_no_sideways_scrolling(
        self, visit: Visit, name: str, width: int, request: pytest.FixtureRequest
    ) -> None:
        page = visit.open(f"{request.getfixturevalue(name)}#view-1", width=width)
        page.evaluate("document.querySelectorAll('details').forEach((block) => block.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_dark_and_light(self, visit: Visit, bookshop: str) -> None:
        colours = {}
        for scheme in ("light", "dark"):
            page = visit.open(bookshop, color_scheme=scheme)
            colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 29)"}

    def test_printed(self, visit: Visit, bookshop: str) -> None:
        page = visit.open(f"{bookshop}#view-3", color_scheme="dark")
        page.emulate_media(media="print")
        assert page.locator("#filter").is_hidden()
        assert page.locator("details.entry:visible").count() == 1
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.pdf(format="A4").startswith(b"%PDF")


class TestHostileText:
    def test_nothing_of_it_runs(self, visit: Visit, hostile: str) -> None:
        page = visit.open(hostile)
        page.get_by_role("button", name="Open all shown").click()
        assert page.locator("script").count() == 1
        assert page.locator("img, iframe, object, [onerror], [onfocus]").count() == 0
        assert "<script>alert(1)</script>" in page.locator("main").inner_text()

    def test_the_policy_stops_what_escaping_would_have_missed(
        self, browser: Browser, bookshop: str, tmp_path: Path
    ) -> None:
        source = Path(bookshop.removeprefix("file://")).read_text(encoding="utf-8")
        bad = (
            "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'><link rel=stylesheet href=x>"
        )
        (tmp_path / "page.html").write_text(source.replace("<main>", f"<main>{bad}"), encoding="utf-8")
        visiting = Visit(browser)
        page = visiting.open((tmp_path / "page.html").as_uri())
        assert page.evaluate("window.ran") is None
        assert page.locator("#filter").is_visible()
        page.context.close()
        assert len(visiting.complaints) >= 3
        assert all("Content Security Policy" in complaint for complaint in visiting.complaints)


class TestAccessibility:
    @pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1200, "dark")])
    @pytest.mark.parametrize("name", ["bookshop", "hostile"])
    def test_axe_has_no_complaint(
        self, visit: Visit, name: str, width: int, scheme: str, request: pytest.FixtureRequest
    ) -> None:
        axe = pytest.importorskip(
            "axe_playwright_python.sync_playwright", reason="the browser extra (axe) is not installed"
        )
        address = request.getfixturevalue(name)
        page = visit.open(f"{address}#view-1", width=width, color_scheme=scheme)
        found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found.response["violations"]] == []
