from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from async_audit.cli import main
from async_audit.findings import (
    Confidence,
    Finding,
    Location,
    MiddlewareHops,
    Report,
    Severity,
    Skipped,
    Stack,
    Step,
)
from async_audit.reporters.text import render
from async_audit.reporters.visible import visible

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
VIEWS = (
    "from shop.pricing import total",
    "",
    "async def checkout(request):",
    "    return render(request, total(request.user))",
    "",
    "async def basket(request):",
    "    time.sleep(1)",
)


def finding(line: int, start: int, end: int, message: str, **changes: object) -> Finding:
    plain = Finding(
        code="DJA110",
        slug="sync-orm-through-helper",
        severity=Severity.ERROR,
        confidence=Confidence.CERTAIN,
        location=Location("shop/views.py", line, start, line, end),
        function="shop.views.checkout",
        message=message,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def report_of(*findings: Finding) -> Report:
    return Report(root="/srv/project", django="5.2", findings=findings, files=3, coroutines=2)


def plain(report: Report, sources: Mapping[str, Sequence[str]] | None = None, width: int | None = 80) -> str:
    return render(report, width=width, color=False, sources=sources or {})


def excerpt(line: str, start: int, end: int, width: int = 80) -> list[str]:
    """The source line and the line of the caret, without the gutter."""
    text = plain(report_of(finding(1, start, end, "m")), {"shop/views.py": (line,)}, width)
    return [shown.partition("│ ")[2] for shown in text.splitlines() if "│ " in shown]


def underlined(line: str, start: int, end: int, width: int = 80) -> str:
    """What of the shown source stands above the carets."""
    source, caret = excerpt(line, start, end, width)
    first = caret.index("^")
    last = first + caret.count("^")
    cells = ""
    for character in source:
        cells += character + "\0" * (cell_len(character) - 1)
    return cells[first:last].replace("\0", "")


CHAINED = finding(
    4,
    28,
    47,
    "`total` queries on the event loop: `Line.objects.all` is consumed; call it through `sync_to_async`",
    chain=(
        Step(Location("shop/pricing.py", 40, 12, 40, 20), "total", "calls `lines_of`"),
        Step(Location("shop/models.py", 7, 5, 7, 9), "Cart.lines_of", "iterates over `Line.objects.all()`"),
    ),
)
SLEEP = finding(
    7,
    5,
    18,
    "`time.sleep` blocks on the event loop",
    code="DJA201",
    slug="blocking-sleep",
    severity=Severity.WARNING,
    confidence=Confidence.LIKELY,
)


def test_whole_report() -> None:
    report = replace(
        report_of(CHAINED, SLEEP, replace(SLEEP, severity=Severity.INFO)),
        suppressed=1,
        unresolved=(("unresolved-await", 12), ("unresolved-call", 1234)),
        skipped=(Skipped("shop/broken.py", "this file is not valid Python 3"),),
    )
    assert plain(report, {"shop/views.py": VIEWS}) == textwrap.dedent("""\
        shop/views.py

          4:28  error    DJA110  `total` queries on the event loop: `Line.objects.all`
                                 is consumed; call it through `sync_to_async`
                │ return render(request, total(request.user))
                │                        ^^^^^^^^^^^^^^^^^^^
                └ shop/pricing.py:40  total — calls `lines_of`
                  └ shop/models.py:7  Cart.lines_of — iterates over `Line.objects.all()`

           7:5  warning  DJA201  likely: `time.sleep` blocks on the event loop
                │ time.sleep(1)
                │ ^^^^^^^^^^^^^

           7:5  info     DJA201  likely: `time.sleep` blocks on the event loop
                │ time.sleep(1)
                │ ^^^^^^^^^^^^^

        3 findings in 1 file: 1 error, 1 warning, 1 note.
        3 files and 2 coroutines audited for Django 5.2; 1 finding suppressed by comments or per-file-ignores.

          DJA201  blocking-sleep           2
          DJA110  sync-orm-through-helper  1

        Not resolved, and so not judged (`async-audit why` names the lines):
          unresolved-await     12
          unresolved-call   1,234

        1 file skipped:
          shop/broken.py  this file is not valid Python 3

        `async-audit rule DJA201` explains the commonest of them.
        """)


def test_pipe_has_one_line_a_message() -> None:
    shown = plain(report_of(CHAINED), {"shop/views.py": VIEWS}, width=None).splitlines()
    assert shown[2] == f"  4:28  error    DJA110  {CHAINED.message}"
    assert shown[6].endswith("shop/models.py:7  Cart.lines_of — iterates over `Line.objects.all()`")


@pytest.mark.parametrize(
    ("files", "coroutines", "first"),
    [
        (3, 2, "Nothing found. The event loop can breathe."),
        (3, 0, "Nothing found: there is no coroutine here."),
        (0, 0, "Nothing to audit: there is no Python file here."),
    ],
)
def test_nothing_found(files: int, coroutines: int, first: str) -> None:
    shown = plain(replace(report_of(), files=files, coroutines=coroutines))
    assert shown.splitlines()[0] == first
    assert "async-audit rule" not in shown


@pytest.mark.parametrize(
    ("number", "first"),
    [
        (1, "Nothing new found; 1 finding from before is not shown."),
        (70, "Nothing new found; 70 findings from before are not shown."),
    ],
)
def test_what_is_left_out_is_not_said_to_be_absent(number: int, first: str) -> None:
    report = replace(report_of(), files=3, coroutines=2, left_out=number)
    assert plain(report, {}).splitlines()[0] == first
    assert f"1 error; {first.partition('; ')[2]}" in plain(replace(report_of(CHAINED), left_out=number), {})


def test_a_project_without_async_is_told_of_the_other_question() -> None:
    chain = (MiddlewareHops("django.middleware.common.CommonMiddleware", "both", 0),)
    report = replace(report_of(), files=3, stack=Stack("wsgi", middleware=chain))
    hint = "`async-audit verdicts --all-views` tells whether the views would gain by async."
    assert plain(report, {}, width=None).splitlines()[-1] == f"No entry point is asynchronous. {hint}"


def test_colour_changes_nothing_but_colour() -> None:
    report = report_of(CHAINED, SLEEP)
    coloured = render(report, width=80, color=True, sources={"shop/views.py": VIEWS})
    assert coloured.startswith("\x1b[1mshop/views.py\x1b[0m\n")
    assert "\x1b[1;31merror" in coloured
    assert "\x1b[1m2 findings in 1 file: \x1b[0m" in coloured
    assert ESCAPE.sub("", coloured) == plain(report, {"shop/views.py": VIEWS})


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_paths_are_never_broken_and_lines_fit(width: int) -> None:
    shown = plain(report_of(CHAINED, SLEEP), {"shop/views.py": VIEWS}, width)
    assert "shop/pricing.py:40  total" in shown
    assert "`Line.objects.all()`" in shown
    if width >= 60:
        body = shown.partition("findings in")[0]
        assert max(map(cell_len, body.splitlines())) <= width


def test_paths_are_relative_to_the_current_folder_below_it() -> None:
    def header(here: str) -> str:
        return render(report_of(SLEEP), width=80, color=False, sources={}, here=here).splitlines()[0]

    assert header("/srv") == "project/shop/views.py"
    assert header("/srv/project/shop") == "views.py"
    assert header("/srv/project/sh") == "/srv/project/shop/views.py"
    assert header("/home") == "/srv/project/shop/views.py"


# What is shown of a line


@pytest.mark.parametrize(
    ("line", "span"),
    [
        ("    x = total(1)", "total(1)"),
        ("\tif a:\tx = total(1)\t# later", "total(1)"),
        ("x = '漢字', total('漢字')", "total('漢字')"),
        ("x = 'e\u0301', total(1)", "total(1)"),
        ("x = '🎉', total(1)", "total(1)"),
        ("total(1)", "total(1)"),
    ],
)
def test_caret_stands_below_its_span(line: str, span: str) -> None:
    start = line.index(span) + 1
    if "\u0301" in line:  # a combining character takes no cell
        source, caret = excerpt(line, start, start + len(span))
        assert cell_len(source[: source.index(span)]) == caret.index("^")
    else:
        assert underlined(line, start, start + len(span)) == span


def test_tabs_are_filled_up_to_the_next_stop() -> None:
    assert excerpt("a\tb = total(1)", 7, 15) == ["a   b = total(1)", "        ^^^^^^^^"]


@pytest.mark.parametrize("width", [40, 80, 120, 400])
@pytest.mark.parametrize(
    ("before", "after"), [(0, 5000), (5000, 0), (5000, 5000), (70, 70), (100_000, 100_000)]
)
@pytest.mark.parametrize("filler", ["x", "漢", "\t", "\u0301", "\u202e"])
def test_long_lines_are_cut_around_the_caret(width: int, before: int, after: int, filler: str) -> None:
    line = "y" + filler * before + "total(1)" + filler * after + "z"
    source, caret = excerpt(line, before + 2, before + 10, width)
    assert "total(1)" in source
    assert cell_len(source[: source.index("total(1)")]) == caret.index("^")
    assert caret.count("^") == len("total(1)")
    assert cell_len(source) <= min(width, 120)
    assert len(source) <= 120


def test_long_span_is_cut() -> None:
    source, caret = excerpt("x = total(" + "a" * 500 + ")", 5, 512)
    assert source.startswith("x = total(a")
    assert source.endswith("a…")
    assert cell_len(caret) == cell_len(source) - 1


def test_span_of_several_lines_is_underlined_to_the_end_of_the_first() -> None:
    spanning = finding(1, 5, 2, "m", location=Location("shop/views.py", 1, 5, 2, 2))
    shown = plain(report_of(spanning), {"shop/views.py": ("x = total(  ", ")")})
    assert "│ x = total(\n" in shown
    assert "│     ^^^^^^\n" in shown


@pytest.mark.parametrize(
    "location",
    [
        Location("shop/views.py", 99, 1, 99, 2),
        Location("shop/views.py", 0, 0, 0, 0),
        Location("shop/views.py", 1, 99, 1, 120),
        Location("shop/views.py", 2, 1, 2, 5),
        Location("shop/absent.py", 1, 1, 1, 5),
    ],
)
def test_place_that_is_no_longer_there_has_no_excerpt(location: Location) -> None:
    shown = plain(report_of(replace(SLEEP, location=location)), {"shop/views.py": VIEWS})
    assert "│" not in shown
    assert "`time.sleep` blocks" in shown


def test_empty_span_and_span_backwards_have_one_caret() -> None:
    for end in (5, 2):
        assert excerpt("x = total(1)", 5, end)[1] == "    ^"


# What comes from the audited project is hostile

HOSTILE = (
    "a\x1b[31mred\x1b]0;title\x07\r\n\u202ebidi\u2066\u200b\udcff[bold]b[/bold][link=x]:smile:\x9b2J\x7f"
)


def test_visible() -> None:
    assert visible(HOSTILE) == (
        r"a\x1b[31mred\x1b]0;title\x07\r\n\u202ebidi\u2066\u200b\udcff"
        r"[bold]b[/bold][link=x]:smile:\x9b2J\x7f"
    )
    assert visible("naïve 漢字 🎉\u3000e\u0301") == "naïve 漢字 🎉\u3000e\u0301"


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("width", [None, 80])
def test_hostile_strings_are_shown_and_not_obeyed(color: bool, width: int | None) -> None:  # noqa: FBT001
    path = f"shop/{HOSTILE}.py"
    place = Location(path, 1, 1, 1, 2)
    hostile = finding(
        1, 1, 2, HOSTILE, location=place, slug=HOSTILE, code=HOSTILE, chain=(Step(place, HOSTILE, HOSTILE),)
    )
    report = replace(
        report_of(hostile),
        django=HOSTILE,
        skipped=(Skipped(path, HOSTILE),),
        unresolved=((HOSTILE, 1),),
    )
    shown = render(report, width=width, color=color, sources={path: (HOSTILE,)}, here="/srv/project")
    text = ESCAPE.sub("", shown) if color else shown
    assert all(character.isprintable() or character == "\n" for character in text)
    # Header, code, message, step (3), Django, table (2), unresolved, skipped (2), hint; source if it fits.
    assert text.count("[bold]b[/bold][link=x]:smile:") == (14 if width is None else 13)
    assert text.count("\\u202ebidi") == 14


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_poor_encodings_are_served(encoding: str) -> None:
    report = report_of(CHAINED, replace(SLEEP, message="漢字"))
    shown = render(report, width=80, color=False, sources={"shop/views.py": VIEWS}, encoding=encoding)
    assert shown.encode(encoding).decode(encoding) == shown
    assert r"\u6f22\u5b57" in shown
    assert "        ` shop/pricing.py:40  total - calls" in shown


# The command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "views.py").write_text("import time\n\n\nasync def nap(request):\n    time.sleep(1)\n")
    return tmp_path


SCAN = (sys.executable, "-m", "async_audit", "scan")
NAP = """\
views.py

  5:5  error    DJA201  `time.sleep` blocks on the event loop; use `asyncio.sleep`
       │ time.sleep(1)
       │ ^^^^^^^^^^^^^

1 finding in 1 file: 1 error.
2 files and 1 coroutine audited for Django 5.2 (assumed: the project does not say).

  DJA201  blocking-sleep  1

1 asynchronous entry point. Nothing in the project says who serves it. Of them 1 stalls or raises.
`async-audit verdicts` tells why, for each of them.

`async-audit rule DJA201` explains it.
"""


def environment(**changes: str) -> dict[str, str]:
    dropped = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "ASYNC_AUDIT_DEBUG", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **changes}


def on_terminal(folder: Path, **changes: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        SCAN, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**changes)
    ) as process:
        os.close(theirs)
        received = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not piece:
                break
            received += piece
    os.close(ours)
    assert process.returncode == 1
    return received.decode().replace("\r\n", "\n")


def without_bar(text: str) -> str:
    """What stays on the terminal of a scan that was slow enough to show its progress."""
    return re.sub(r"(?s)^\x1b\[\?25l.*\x1b\[\?25h(?:\x1b\[[0-9]*[A-K]|\r)*", "", text)


def unfolded(text: str) -> str:
    """The text with the answer on one line, however wide the terminal is."""
    return re.sub(
        r"(?s)(1 asynchronous entry point.*?)(?=\n`)", lambda found: " ".join(found[1].split()), text
    )


def test_pipe_gets_plain_text_and_no_progress(project: Path) -> None:
    done = subprocess.run(
        SCAN, cwd=project, env=environment(FORCE_COLOR="1"), capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, NAP, "")


def test_terminal_gets_colours(project: Path) -> None:
    shown = without_bar(on_terminal(project))
    assert "\x1b[1;31merror" in shown
    assert unfolded(ESCAPE.sub("", shown)) == NAP


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_terminal_without_colours(project: Path, changes: dict[str, str]) -> None:
    shown = on_terminal(project, **changes)
    assert unfolded(without_bar(shown).replace("\x1b[2K", "")) == NAP


def test_file_that_vanished_has_no_excerpt(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from async_audit.reporters.text import show  # noqa: PLC0415

    monkeypatch.chdir(project)
    for content in (None, b"\xff\xfe", b"# coding: nonsense\n", b"\0"):
        path = project / "shop" / "views.py"
        path.parent.mkdir(exist_ok=True)
        if content is not None:
            path.write_bytes(content)
        show(replace(report_of(SLEEP), root=project.as_posix()))
        shown = capsys.readouterr().out
        assert shown.startswith("shop/views.py\n\n  7:5  warning  DJA201  likely: `time.sleep`")
        assert "│" not in shown


def test_source_is_decoded_and_split_as_python_does(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "# coding: latin-1\rimport time\r\nasync def nap():\n    'é\x0b\x85'; time.sleep(1)\n"
    (project / "views.py").write_bytes(source.encode("latin-1"))
    monkeypatch.chdir(project)
    result = CliRunner().invoke(main, ["scan"])
    assert "4:12  error    DJA201" in result.stdout
    assert "│ 'é\\x0b\\x85'; time.sleep(1)\n" in result.stdout


# What nobody foresaw


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def audit(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("async_audit.engine.audit", audit)


def test_internal_error_is_one_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyError("\x1b[31m" + "x" * 500 + "\n"))
    result = CliRunner().invoke(main, ["scan", str(project)])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(r"async-audit: internal error: KeyError('\x1b[31mxxx")
    assert "please report it" in result.stderr
    assert "\x1b" not in result.stderr
    assert len(result.stderr) < 400


def test_internal_error_has_its_traceback_where_it_is_asked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, RuntimeError("the sky fell"))
    result = CliRunner().invoke(main, ["scan", str(project)], env={"ASYNC_AUDIT_DEBUG": "1"})
    assert result.exit_code == 2
    assert result.stderr.startswith("Traceback (most recent call last):\n")
    assert "RuntimeError('the sky fell')" in result.stderr.splitlines()[-1]


def test_interrupt_is_quiet(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    result = CliRunner().invoke(main, ["scan", str(project)])
    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize("output_format", ["text", "concise", "json"])
def test_reader_that_left_is_no_error(project: Path, output_format: str) -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    command = (*SCAN, "--format", output_format)
    done = subprocess.run(
        command, cwd=project, env=environment(), stdout=ours, stderr=subprocess.PIPE, check=False
    )
    os.close(ours)
    assert (done.returncode, done.stderr) == (141, b"")


def test_errors_of_use_stay_what_they_are(project: Path) -> None:
    assert CliRunner().invoke(main, ["scan", "--nonsense"]).exit_code == 2
    assert CliRunner().invoke(main, ["--help"]).exit_code == 0
    result = CliRunner().invoke(main, ["scan", str(project / "ab\x1b[31msent")])
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert "there is no such file or folder" in result.stderr
