"""Every block of code of the documentation runs, or is what it says it is."""

from __future__ import annotations

import ast
import configparser
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli
import yaml

from async_audit.config import read_config
from scripts.documentation.sessions import Session, answers_of
from scripts.documentation.snippets import Snippet, pages, shown_anew, shows, snippets_of, trimmed
from tests.projects import write_project

PAGES = pages()
SNIPPETS = [snippet for page in PAGES for snippet in snippets_of(page)]


def _ini(text: str) -> list[str]:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return parser.sections()


PARSERS: dict[str, Callable[[str], object]] = {
    "python": ast.parse,
    "toml": tomli.loads,
    "yaml": yaml.safe_load,
    "json": json.loads,
    "ini": _ini,
}
LANGUAGES = {"console", "text", *PARSERS}


def of(*languages: str) -> list[Snippet]:
    """All blocks in these languages."""
    return [snippet for snippet in SNIPPETS if snippet.language in languages]


@pytest.mark.parametrize("snippet", SNIPPETS, ids=str)
def test_each_block_names_its_language(snippet: Snippet) -> None:
    assert snippet.language in LANGUAGES
    if snippet.language == "text":
        assert snippet.not_run or snippet.title, "text that is neither a file nor said to be no code"


@pytest.mark.parametrize("page", PAGES)
def test_each_command_does_what_the_page_shows(page: str, tmp_path: Path) -> None:
    for snippet, results in answers_of(page, tmp_path):
        assert len(results) == len(snippet.commands) > 0, f"{snippet}: the shell ended early"
        commands = zip(snippet.commands, snippet.outputs, results, strict=True)
        for command, shown, (status, output) in commands:
            is_last = command == snippet.commands[-1]
            allowed = {snippet.status} if is_last and snippet.status is not None else {0, 1}
            printed = f"{snippet}: `{command}` ended with {status} and printed\n" + "\n".join(output)
            assert status in allowed, printed
            assert shows(trimmed(shown), output), f"{printed}\nRun `make pages` if the page should show this."
    absent = {snippet.needs for snippet in snippets_of(page) if not snippet.runs and not snippet.not_run}
    if absent:
        pytest.skip(f"not installed, so that its blocks did not run: {', '.join(sorted(absent))}")


@pytest.mark.parametrize("snippet", of("console"), ids=str)
def test_a_console_block_starts_with_a_command(snippet: Snippet) -> None:
    assert snippet.code.startswith("$ ")


@pytest.mark.parametrize("snippet", of(*PARSERS), ids=str)
def test_a_block_is_in_the_language_that_it_names(snippet: Snippet) -> None:
    assert PARSERS[snippet.language](snippet.code)


@pytest.mark.parametrize("snippet", of("toml"), ids=str)
def test_a_configuration_is_accepted(snippet: Snippet, tmp_path: Path) -> None:
    read_config(write_project(tmp_path, {"pyproject.toml": snippet.code}))


@pytest.mark.parametrize(
    ("expected", "actual", "verdict"),
    [
        ([], [], True),
        ([], ["a"], False),
        (["a"], ["a"], True),
        (["a"], ["b"], False),
        (["a"], ["a", "b"], False),
        (["a", "…"], ["a", "b", "c"], True),
        (["a", "…"], ["a"], True),
        (["…", "c"], ["a", "b", "c"], True),
        (["a", "…", "c"], ["a", "b"], False),
        (["."], ["a"], False),
    ],
)
def test_what_a_page_may_show(expected: list[str], actual: list[str], verdict: bool) -> None:  # noqa: FBT001
    assert shows(expected, actual) is verdict


@pytest.mark.parametrize(
    ("expected", "actual", "anew"),
    [
        (["x"], ["a", "b"], ["a", "b"]),
        (["x", "…"], ["a", "b"], ["a", "…"]),
        (["x", "…", "y"], ["a", "b", "c"], ["a", "…", "c"]),
    ],
)
def test_what_a_page_shows_anew(expected: list[str], actual: list[str], anew: list[str]) -> None:
    assert shown_anew(expected, actual) == anew


def test_a_command_sees_the_folder_and_the_status_of_the_one_before(tmp_path: Path) -> None:
    session = Session("README.md", tmp_path)
    first = Snippet("README.md", 1, 0, "console", "", "$ mkdir a && cd a\n$ false\n$ echo $?\n1\n")
    assert session.run(first) == [(0, []), (1, []), (0, ["1"])]
    second = Snippet("README.md", 9, 0, "console", "", "$ basename $PWD\na\n")
    assert session.run(second) == [(0, ["a"])]
