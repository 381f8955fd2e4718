"""Annotations of GitHub Actions: a workflow command a finding.

A command is one line, `::error file=…,line=…::message`; the runner undoes the escapes of `%`, of line ends
and, in properties, of `:` and `,` (`src/Runner.Common/ActionCommand.cs` of actions/runner).
"""

from __future__ import annotations

from async_audit.findings import Finding, Report, Severity
from async_audit.reporters.sentences import chain_of, message_of
from async_audit.reporters.visible import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """One command a line for each finding; nothing where nothing was found."""
    return "".join(f"{_command(finding)}\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    place = finding.location
    properties = {
        "title": f"{finding.code} {finding.slug}",
        "file": visible(place.path),
        "line": str(place.line),
        "endLine": str(place.end_line),
        "col": str(place.column),
    }
    # GitHub takes columns for a finding on one line only.
    if place.end_line == place.line:
        properties["endColumn"] = str(place.end_column)
    else:
        del properties["col"]
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = "\n".join([message_of(finding), *chain_of(finding)])
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
