"""What `pyproject.toml` and flags make of the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.config import (
    Config,
    ConfigError,
    everything,
    is_configured,
    parse_version,
    read_config,
)
from async_audit.rulebook import rules
from tests.projects import write_project


def configured(root: Path, table: str) -> Config:
    """The configuration of a project with this `[tool.async-audit]` table."""
    return read_config(write_project(root, {"pyproject.toml": f"[tool.async-audit]\n{table}\n"}))


def test_without_a_file_everything_is_default(tmp_path: Path) -> None:
    assert read_config(tmp_path) == Config()


def test_without_a_table_everything_is_default(tmp_path: Path) -> None:
    assert read_config(write_project(tmp_path, {"pyproject.toml": "[tool.other]\nselect = 1\n"})) == Config()


def test_every_option(tmp_path: Path) -> None:
    table = """\
select = ["DJA1"]
extend-select = ["DJA208"]
ignore = ["DJA101"]
exclude = ["legacy"]
django-version = "5.1"
"""
    assert configured(tmp_path, table) == Config(("DJA1",), ("DJA208",), ("DJA101",), ("legacy",), (5, 1))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("selekt = []", "no option 'selekt'; it knows select"),
        ("select = 'DJA1'", "select must be a list of strings"),
        ("ignore = [1]", "ignore must be a list of strings"),
        ("django-version = '4.1'", "older than 4.2"),
        ("served-by = 'nginx'", "served-by must be one of 'asgi', 'wsgi', 'both'"),
        ("served-by = ['asgi']", "served-by must be one of 'asgi', 'wsgi', 'both'"),
        ("django-version = 'new'", "'new' is no Django version"),
        ("select = [", "cannot be read as TOML"),
        ("select = ['DJA1', 'dja9999']", "select: no rule has a code that begins with 'DJA9999'"),
        ("ignore = ['sync-orm-call']", "ignore: no rule has a code that begins with 'SYNC-ORM-CALL'"),
        ("per-file-ignores = { 'a.py' = ['DJB'] }", "per-file-ignores 'a.py': no rule has a code"),
    ],
)
def test_mistakes_are_named_with_the_file(table: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, table)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"\xff", b"tool = 1\n", b"[tool]\nasync-audit = 1\n"], ids=["bytes", "tool", "table"]
)
def test_files_that_are_no_configuration_are_named(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pyproject\.toml"):
        read_config(write_project(tmp_path, {"pyproject.toml": content}))


def test_a_table_under_the_name_of_the_package_is_pointed_out(tmp_path: Path) -> None:
    folder = write_project(tmp_path, {"pyproject.toml": "[tool.async_audit]\nselect = ['DJA1']\n"})
    with pytest.raises(ConfigError, match=r"write it as \[tool\.async-audit\]"):
        read_config(folder)
    assert is_configured(folder)


def test_the_mark_with_which_some_editors_begin_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf[tool.async-audit]\nignore = ['DJA101']\n"
    assert read_config(write_project(tmp_path, {"pyproject.toml": content})).ignore == ("DJA101",)


def test_codes_may_be_written_small(tmp_path: Path) -> None:
    assert configured(tmp_path, "select = ['dja101']").wants("DJA101", default=True)


@pytest.mark.parametrize(
    ("text", "version"),
    [("5.2", (5, 2)), ("5.2.19", (5, 2)), ("5", (5, 0)), ("4.2", (4, 2)), ("9.9", (6, 1))],
)
def test_versions(text: str, version: tuple[int, int]) -> None:
    assert parse_version(text, "here") == version


@pytest.mark.parametrize("text", ["", "x", "5.x", "-1", "4.1", "3", "5,2", " 5.2"])
def test_no_versions(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^here: "):
        parse_version(text, "here")


def test_digits_of_other_kinds_are_no_version() -> None:
    with pytest.raises(ConfigError):
        parse_version("5.²", "here")


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        (Config(), {"DJA101", "DJA201"}),
        (Config(select=("DJA",)), {"DJA101", "DJA201"}),
        (Config(select=("DJA2",)), {"DJA201", "DJA208"}),
        (Config(select=("DJA208",)), {"DJA208"}),
        (Config(select=("DJA101", "DJA208")), {"DJA101", "DJA208"}),
        (Config(extend_select=("DJA208",)), {"DJA101", "DJA201", "DJA208"}),
        (Config(ignore=("DJA2",)), {"DJA101"}),
        (Config(ignore=("DJA101",)), {"DJA201"}),
        (Config(ignore=("DJA",)), set()),
        (Config(select=("DJA2",), ignore=("DJA201",)), {"DJA208"}),
        (Config(select=("DJA201",), ignore=("DJA2",)), {"DJA201"}),
        (Config(select=("DJA201",), ignore=("DJA201",)), set()),
        (Config(extend_select=("DJA208",), ignore=("DJA2",)), {"DJA101", "DJA208"}),
        (Config(select=("E",)), set()),
    ],
)
def test_the_longest_beginning_decides(config: Config, wanted: set[str]) -> None:
    defaults = {"DJA101": True, "DJA201": True, "DJA208": False}
    assert {code for code, default in defaults.items() if config.wants(code, default=default)} == wanted


def test_everything_wants_every_rule() -> None:
    config = everything(Config(select=("E",), ignore=("DJA",)), (5, 0))
    assert all(config.wants(rule.code, default=rule.default) for rule in rules())
    assert config.django_version == (5, 0)


def test_everything_keeps_what_is_not_about_rules() -> None:
    config = everything(Config(exclude=("legacy",), django_version=(4, 2)), None)
    assert (config.exclude, config.django_version) == (("legacy",), (4, 2))
