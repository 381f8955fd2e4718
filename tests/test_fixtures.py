"""The fixture projects: what is marked is found, and nothing else is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from async_audit.rulebook import rules
from tests.markers import MalformedMarker, Marker, MarkerKind, disagreements, markers_of, read_markers
from tests.projects import FIXTURES, PROJECTS, SHOP, codes_in, fixture_findings, place, write_project

BUILT = {rule.code: rule for rule in rules()}
FILES = [
    (project, path.relative_to(FIXTURES / project).as_posix())
    for project in PROJECTS
    for path in sorted((FIXTURES / project).rglob("*.py"))
]

ONE_FINDING_A_CATEGORY = {"DJA110", "DJA210"}
"""What a helper reaches is said once for each kind of it, on the same call."""

each_project = pytest.mark.parametrize("project", PROJECTS)


def markers(project: str) -> list[Marker]:
    """The markers of a project that name a rule which is built."""
    return [marker for marker in read_markers(FIXTURES / project) if marker.code in BUILT]


def is_judged(project: str, path: str, code: str) -> bool:
    """Whether a file's markers say anything of the code: those of one rule await only what it needs."""
    return not (code.startswith("DJA30") and project == "rules" and not path.startswith("dja3"))


@pytest.mark.parametrize(("project", "path"), FILES, ids=["/".join(file) for file in FILES])
def test_what_is_marked_is_found_and_nothing_else(project: str, path: str) -> None:
    found = {
        place(finding)
        for finding in fixture_findings(project)
        if finding.location.path == path and is_judged(project, path, finding.code)
    }
    problems = disagreements((marker for marker in markers(project) if marker.path == path), found)
    assert not problems, "\n" + "\n".join(problems)


@each_project
def test_findings_are_in_files_that_are_compared(project: str) -> None:
    compared = {path for name, path in FILES if name == project}
    assert {finding.location.path for finding in fixture_findings(project)} <= compared


def test_a_transaction_is_reported_once(tmp_path: Path) -> None:
    source = """\
        from django.db import transaction


        async def view(request):
            with transaction.atomic():
                pass
        """
    assert codes_in(write_project(tmp_path, {**SHOP, "shop/views.py": source})) == ["DJA105"]


@each_project
def test_no_finding_is_reported_twice(project: str) -> None:
    spans = Counter(
        (finding.location, finding.code)
        for finding in fixture_findings(project)
        if finding.code not in ONE_FINDING_A_CATEGORY
    )
    assert [span for span, count in spans.items() if count > 1] == []


@each_project
def test_optional_markers_are_those_of_rules_that_are_off_by_default(project: str) -> None:
    said = {MarkerKind.EXPECT: True, MarkerKind.OPTIONAL: False}
    wrong = [
        marker
        for marker in markers(project)
        if said.get(marker.kind, BUILT[marker.code].default) != BUILT[marker.code].default
    ]
    assert wrong == []


def test_markers_of_rules_that_are_not_built_are_counted() -> None:
    waiting = Counter(
        marker.code
        for project in PROJECTS
        for marker in read_markers(FIXTURES / project)
        if marker.code not in BUILT
    )
    if waiting:
        counts = ", ".join(f"{code}: {count}" for code, count in sorted(waiting.items()))
        pytest.skip(f"{waiting.total()} markers wait for their rules ({counts})")


@each_project
def test_fixtures_are_python(project: str) -> None:
    for path in sorted((FIXTURES / project).rglob("*.py")):
        compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)


class TestMarkers:
    def test_codes_of_several_markers_in_one_comment(self) -> None:
        found = list(markers_of("x = 1  # expect: DJA101 DJA102  # allow: DJA208\n", "a.py"))
        assert [(marker.kind.value, marker.line, marker.code) for marker in found] == [
            ("expect", 1, "DJA101"),
            ("expect", 1, "DJA102"),
            ("allow", 1, "DJA208"),
        ]

    def test_text_in_strings_is_no_marker(self) -> None:
        assert list(markers_of('"""\n# expect: DJA101\n"""\n', "a.py")) == []

    def test_prose_is_no_marker(self) -> None:
        assert (
            list(markers_of("# a comment that expects DJA101, or allows it\n# noqa: DJA101\n", "a.py")) == []
        )

    @pytest.mark.parametrize(
        "comment", ["expect DJA101", "expects: DJA101", "expect: DJA101, DJA102", "todo-mis: DJA1"]
    )
    def test_a_misspelt_marker_is_refused(self, comment: str) -> None:
        with pytest.raises(MalformedMarker, match=r"a\.py:2"):
            list(markers_of(f"\nx = 1  # {comment}\n", "a.py"))

    @pytest.mark.parametrize(
        ("kind", "found", "problem"),
        [
            (MarkerKind.EXPECT, True, None),
            (MarkerKind.EXPECT, False, "is not found"),
            (MarkerKind.OPTIONAL, False, "is not found"),
            (MarkerKind.ALLOW, True, None),
            (MarkerKind.ALLOW, False, None),
            (MarkerKind.MISS, False, None),
            (MarkerKind.MISS, True, "make `todo-miss` an `expect`"),
            (MarkerKind.FALSE, True, None),
            (MarkerKind.FALSE, False, "remove `todo-false`"),
            (None, True, "is found and not marked"),
        ],
    )
    def test_comparison(self, kind: MarkerKind | None, found: bool, problem: str | None) -> None:  # noqa: FBT001
        marked = [Marker(kind, "a.py", 3, "DJA101")] if kind is not None else []
        problems = disagreements(marked, {("a.py", 3, "DJA101")} if found else set())
        assert len(problems) == (problem is not None)
        assert problem is None or problem in problems[0]

    def test_paths_are_below_the_project(self, tmp_path: Path) -> None:
        (tmp_path / "app").mkdir()
        (tmp_path / "app" / "views.py").write_text("x = 1  # expect: DJA101\n")
        assert [marker.path for marker in read_markers(tmp_path)] == ["app/views.py"]
