"""The whole page: one file that loads nothing, and a policy that lets it load nothing."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import PurePath

from async_audit._version import __version__
from async_audit.findings import Report
from async_audit.reporters.figures import other_findings
from async_audit.reporters.html.answer import answer_section
from async_audit.reporters.html.charts import charts
from async_audit.reporters.html.evidence import evidence
from async_audit.reporters.html.excerpts import Sources
from async_audit.reporters.html.markup import NOTHING, Markup, element, joined, lines, prose
from async_audit.reporters.html.stack_picture import stack_section
from async_audit.reporters.html.views_table import views_table

_SECTIONS = (
    ("answer", "Will it get faster on ASGI?"),
    ("stack", "The stack"),
    ("figures", "Figures"),
    ("entry-points", "Entry points"),
    ("evidence", "Evidence"),
    ("about", "About this report"),
)


def render(report: Report, sources: Sources) -> str:
    """The report as one HTML page; excerpts are read from `sources`."""
    style, script = _packaged("style.css"), _packaged("script.js")
    contents = (
        answer_section(report),
        stack_section(report),
        charts(report),
        views_table(report),
        evidence(report, sources),
        _about(report),
    )
    sections = [
        element("section", element("h2", title, id=f"{name}-title"), content, id=name,
                aria_labelledby=f"{name}-title")
        for (name, title), content in zip(_SECTIONS, contents, strict=True)
    ]  # fmt: skip
    name = PurePath(report.root).name or "project"
    body = element(
        "body",
        lines(
            element("a", "Skip to the entry points", href="#entry-points", class_="skip"),
            element("header", element("h1", f"Async audit of {name}"), _contents_list()),
            element("main", lines(*sections)),
            element("script", script),
        ),
    )
    page = element("html", _head(name, style, script), body, lang="en")
    return f"<!DOCTYPE html>\n{page.html}\n"


def _head(name: str, style: Markup, script: Markup) -> Markup:
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    return element(
        "head",
        lines(
            element("meta", charset="utf-8"),
            Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("meta", name="generator", content=f"async-audit {__version__}"),
            element("title", f"Async audit of {name}"),
            element("style", style),
        ),
    )


def _packaged(name: str) -> Markup:
    """The text of a file beside this module, which holds no closing tag and is ours, not the project's."""
    return Markup(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _source(content: Markup) -> str:
    """What a Content Security Policy allows inline content by: its digest."""
    digest = hashlib.sha256(content.html.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _contents_list() -> Markup:
    links = (element("li", element("a", title, href=f"#{name}")) for name, title in _SECTIONS)
    return element("nav", element("ul", *links), aria_label="Contents")


def _about(report: Report) -> Markup:
    django = f"Django {report.django}" if report.django else "Django's version is not known"
    facts = [
        f"Written by async-audit {__version__}, which read the code and ran none of it. {django}; "
        f"{report.files} files, {report.coroutines} coroutines, {len(report.findings)} findings"
        + (f", {report.suppressed} suppressed by comments or per-file-ignores." if report.suppressed else ".")
    ]
    others = other_findings(report)
    if others:
        facts.append(
            f"{others} of the findings are in functions that are no entry point: "
            "`async-audit scan` lists them."
        )
    return lines(*(element("p", prose(fact)) for fact in facts), _unresolved(report), _skipped(report))


def _unresolved(report: Report) -> Markup:
    if not report.unresolved:
        return NOTHING
    items = (element("li", f"{count} × {what}") for what, count in report.unresolved)
    return joined([element("p", "What could not be resolved from the code:"), element("ul", *items)])


def _skipped(report: Report) -> Markup:
    if not report.skipped:
        return NOTHING
    items = (element("li", element("code", file.path), f": {file.reason}") for file in report.skipped)
    return joined([element("p", "Files that were not read:"), element("ul", *items)])
