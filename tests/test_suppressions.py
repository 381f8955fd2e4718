"""Comments that silence findings, and the audit of those comments."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.config import Config
from async_audit.suppressions import Suppression, parse, silences_file
from tests.projects import SHOP, codes_in, report_on, write_project


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("# noqa", [()]),
        ("# NOQA", [()]),
        ("#noqa", []),
        ("# noqa: DJA101", [("DJA101",)]),
        ("# noqa:DJA101", [("DJA101",)]),
        ("# noqa: DJA101, DJA102", [("DJA101", "DJA102")]),
        ("# noqa: DJA101 DJA102", [("DJA101", "DJA102")]),
        ("# noqa: dja101", [("dja101",)]),
        ("# noqa: E501,DJA1", [("E501", "DJA1")]),
        ("# noqa: DJA101 because", [("DJA101",)]),
        ("# type: ignore[x]  # noqa: DJA101", [("DJA101",)]),
        ("# async-audit: ignore", [()]),
        ("# async-audit: ignore[DJA101]", [("DJA101",)]),
        ("# async-audit:ignore[DJA101,DJA2]", [("DJA101", "DJA2")]),
        ("# noqa: E501  # async-audit: ignore[DJA101]", [("E501",), ("DJA101",)]),
        ("# a comment", []),
        ("# noqaed", [()]),
        ("# noqa: because it is short", [()]),
        ("# noqa : DJA101", [()]),
        ("# async-audit: skip", []),
    ],
)
def test_comments(text: str, codes: list[tuple[str, ...]]) -> None:
    assert [(comment.line, comment.codes) for comment in parse(((3, 3, text),))] == [
        (3, code) for code in codes
    ]


@pytest.mark.parametrize("codes", ["[]", "[ ]", "[DJA101"])
def test_malformed_codes_silence_nothing(codes: str, tmp_path: Path) -> None:
    assert not any(
        comment.silences("DJA101") for comment in parse(((1, 1, f"# async-audit: ignore{codes}"),))
    )
    assert codes_in(slept(tmp_path, f"# async-audit: ignore{codes}")) == ["DJA902", "DJA201"]


@pytest.mark.parametrize(
    ("text", "silences"),
    [
        ("# flake8: noqa", True),
        ("    # flake8=NOQA", True),
        ("# flake8: noqa: DJA201", True),
        ("x = 1  # flake8: noqa", False),
        ("# flake8 noqa", False),
        ("#flake8: noqa", False),
    ],
)
def test_a_whole_file(text: str, silences: bool, tmp_path: Path) -> None:  # noqa: FBT001
    assert silences_file(f"x = 1\n{text}\n".encode()) is silences
    report = report_on(slept(tmp_path, f"\n{text}"))
    assert (len(report.findings), report.suppressed) == ((0, 1) if silences else (1, 0))


def test_a_beginning_silences_what_begins_so() -> None:
    assert Suppression(1, ("DJA1",)).silences("DJA101")
    assert not Suppression(1, ("DJA1",)).silences("DJA201")
    assert Suppression(1, ()).silences("DJA201")


def test_own_codes() -> None:
    assert Suppression(1, ("E501", "DJA101", "DJA2")).own_codes == ("DJA101", "DJA2")


def slept(root: Path, comment: str) -> Path:
    """A project with one finding, DJA201, on a line with a comment."""
    source = f"import time\n\n\nasync def view():\n    time.sleep(1)  {comment}\n"
    return write_project(root, {**SHOP, "shop/views.py": source})


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("", ["DJA201"]),
        ("# noqa", []),
        ("# noqa: DJA201", []),
        ("# noqa: DJA2", []),
        ("# noqa: E501", ["DJA201"]),
        ("# noqa: DJA101", ["DJA902", "DJA201"]),
        ("# async-audit: ignore[DJA201]", []),
    ],
)
def test_findings_left(comment: str, codes: list[str], tmp_path: Path) -> None:
    assert codes_in(slept(tmp_path, comment)) == codes


def test_a_comment_in_a_string_silences_nothing(tmp_path: Path) -> None:
    source = 'import time\n\n\nasync def view():\n    time.sleep("""# noqa""")\n'
    assert codes_in(write_project(tmp_path, {**SHOP, "shop/views.py": source})) == ["DJA201"]


def test_silenced_findings_are_counted(tmp_path: Path) -> None:
    report = report_on(slept(tmp_path, "# noqa"))
    assert (report.suppressed, report.findings) == (1, ())


def test_unused_comments_are_not_counted(tmp_path: Path) -> None:
    assert report_on(slept(tmp_path, "# noqa: DJA101")).suppressed == 0


def test_unused_comments_are_reported_only_when_asked_for(tmp_path: Path) -> None:
    assert codes_in(slept(tmp_path, "# noqa: DJA101"), Config()) == ["DJA201"]


def test_a_comment_without_codes_of_ours_is_nobodys_business(tmp_path: Path) -> None:
    source = "x = 1  # noqa\ny = 2  # noqa: E501\n\n\nasync def view():\n    pass\n"
    assert codes_in(write_project(tmp_path, {**SHOP, "shop/views.py": source})) == []


def test_a_comment_for_a_rule_that_is_off_is_not_unused(tmp_path: Path) -> None:
    root = slept(tmp_path, "# noqa: DJA201")
    assert codes_in(root, Config(extend_select=("DJA902",), ignore=("DJA201",))) == []


def test_each_code_of_a_comment_has_to_be_used(tmp_path: Path) -> None:
    assert codes_in(slept(tmp_path, "# noqa: DJA201, DJA101")) == ["DJA902"]
