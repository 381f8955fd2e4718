"""What must hold of the audit of anything at all."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from async_audit.config import Config, everything
from async_audit.engine import audit
from async_audit.findings import Report
from async_audit.reporters import concise, json, sarif
from async_audit.rulebook import rules
from scripts.fuzzing.programs import VIEWS, Program

_ABOUT_THE_LOOP = ("DJA1", "DJA2")


class Fault(AssertionError):
    """Something that must not be: the message says what."""


def check_anything(content: bytes) -> Report:
    """The report on a project with a file of this content. Raises `Fault`, or whatever the audit raises."""
    files = {"shop/__init__.py": b"", "shop/settings.py": b"INSTALLED_APPS = ['shop']\n", VIEWS: content}
    report = _report(files, everything(Config(), (5, 2)))
    known = {rule.code for rule in rules()}
    lines = len(content.splitlines()) + content.count(b"\r") + content.count(b"\f") + 1
    for finding in report.findings:
        where = finding.location
        if finding.code not in known:
            raise Fault(f"{finding.code} is no rule")
        if where.path == VIEWS and not 1 <= where.line <= where.end_line <= lines:
            raise Fault(f"{finding.code} stands in lines {where.line} to {where.end_line} of {lines}")
    text = concise.render(report)
    if any(ord(character) < 32 and character != "\n" for character in text):
        raise Fault("control characters reach the terminal")
    if sarif.render(report) != sarif.render(report) or json.render(report) != json.render(report):
        raise Fault("a report is written in two ways")
    return report


def check_program(program: Program) -> Report:
    """The report on a program, which says of each view what the program was built to have. Raises `Fault`."""
    report = _report({path: text.encode() for path, text in program.files.items()}, Config())
    if report.skipped:
        raise Fault(f"skipped: {report.skipped}")
    lines = [
        finding.location.line
        for finding in report.findings
        if finding.location.path == VIEWS and finding.code.startswith(_ABOUT_THE_LOOP)
    ]
    verdicts = {entry.name.rpartition(".")[2]: entry.verdict for entry in report.entry_points}
    for view in program.views:
        found = any(view.first <= line <= view.last for line in lines)
        if found is not view.on_loop:
            raise Fault(f"{view.name} {'has a finding' if found else 'has no finding'}, {view}")
        if verdicts.get(view.name) is not view.verdict:
            raise Fault(f"{view.name} has the verdict {verdicts.get(view.name)}, {view}")
    return report


def _report(files: Mapping[str, bytes], config: Config) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for relative, content in files.items():
            path = root / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return audit([root], config, root=root)
