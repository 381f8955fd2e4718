"""JUnit's XML, as Jenkins, GitLab and Azure Pipelines read it: a suite a file, a failed case a finding.

There is no standard; the elements are those that those three and `junitparser` have in common.
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree as ET

from async_audit.findings import Finding, Report, Severity
from async_audit.reporters.sentences import chain_of, message_of
from async_audit.reporters.visible import visible


def render(report: Report) -> str:
    """The findings as XML in UTF-8; where there are none, one case that passed says so.

    Advice is a skipped case, since it fails no run.
    """
    total = ET.Element("testsuites", name="async-audit")
    for path, group in groupby(report.findings, key=lambda finding: finding.location.path):
        _add_suite(total, visible(path), tuple(group))
    if not report.findings:
        suite = _suite(total, "async-audit", cases=1)
        ET.SubElement(suite, "testcase", name="nothing found", classname="async-audit", time="0")
    failures = sum(finding.severity is not Severity.INFO for finding in report.findings)
    total.set("tests", str(len(report.findings) or 1))
    total.set("failures", str(failures))
    total.set("errors", "0")
    ET.indent(total, " ")
    # Attributes and text are escaped by ElementTree; what XML cannot hold at all, `visible` has escaped.
    body = ET.tostring(total, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(total: ET.Element, name: str, *, cases: int, failures: int = 0, skipped: int = 0) -> ET.Element:
    counts = {"tests": cases, "failures": failures, "skipped": skipped, "errors": 0}
    return ET.SubElement(total, "testsuite", {key: str(count) for key, count in counts.items()}, name=name)


def _add_suite(total: ET.Element, path: str, findings: tuple[Finding, ...]) -> None:
    advice = sum(finding.severity is Severity.INFO for finding in findings)
    suite = _suite(total, path, cases=len(findings), failures=len(findings) - advice, skipped=advice)
    for finding in findings:
        place = finding.location
        case = ET.SubElement(
            suite,
            "testcase",
            name=f"{finding.code} {finding.slug} at {place.line}:{place.column}",
            classname=visible(finding.function) or path,
            file=path,
            line=str(place.line),
            time="0",
        )
        message = message_of(finding)
        if finding.severity is Severity.INFO:
            ET.SubElement(case, "skipped", message=message)
            continue
        failure = ET.SubElement(case, "failure", type=finding.code, message=message)
        failure.text = "\n".join([f"{path}:{place.line}:{place.column}: {message}", *chain_of(finding)])
