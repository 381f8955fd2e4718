"""TOML that takes its parser the square of its length is refused before it, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from async_audit.audit import Audit
from async_audit.config import Config, ConfigError, read_config
from async_audit.toml_tables import DEEPEST_KEY, TomlError, table_of

DEEP = DEEPEST_KEY + 1
TOO_DEEP = {
    "a key": ".".join(["a"] * DEEP) + " = 1",
    "spaces": " . ".join(["a"] * DEEP) + " = 1",
    "quoted": ".\"b c\".'d'.".join(["a"] * DEEP) + " = 1",
    "a header": "[" + ".".join(["a"] * DEEP) + "]",
    "a list's header": "[[" + ".".join(["a"] * DEEP) + "]]",
    "within braces": "x = {" + ".".join(["a"] * DEEP) + " = 1}",
    "behind a string": "x = '''\n'''\n" + ".".join(["a"] * DEEP) + " = 1",
}
READABLE = {
    "a key": ".".join(["a"] * DEEPEST_KEY) + " = 1",
    "many keys": "".join(f"a.b{number}.c = 1.5\n" for number in range(1_000)),
    "numbers": "x = [" + "1.5, " * 1_000 + "]",
    "dots in strings": "x = '" + "." * 1_000 + "'\ny = \"" + "." * 1_000 + '"\n',
    "dots in long strings": 'x = """\n' + ".\\\\" * 1_000 + "\"\"\"\ny = '''" + "." * 1_000 + "'''",
    "dots in a comment": "# " + "." * 1_000,
}


@pytest.mark.parametrize("case", TOO_DEEP)
def test_what_is_too_deep_never_reaches_the_parser(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr("async_audit.toml_tables.tomli.loads", given.append)
    with pytest.raises(TomlError, match=f"more than {DEEPEST_KEY} parts"):
        table_of(TOO_DEEP[case])
    assert given == []


@pytest.mark.parametrize("case", READABLE)
def test_what_is_read(case: str) -> None:
    assert table_of(READABLE[case]) or case == "dots in a comment"


@pytest.mark.parametrize("text", ["x = " + "1" * 5_000, "x = " + "[" * 100_000, "x = ", "x = '" + "\\'" * 9])
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(TomlError):
        table_of(text)


def test_a_bad_configuration_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(TOO_DEEP["a key"])
    with pytest.raises(ConfigError, match=rf"pyproject\.toml: .* more than {DEEPEST_KEY} parts"):
        read_config(tmp_path)


@pytest.mark.parametrize("name", ["poetry.lock", "uv.lock", "Pipfile"])
def test_a_lock_file_that_says_nothing_is_told(name: str, tmp_path: Path) -> None:
    entry = f'[[package]]\nname = "django"\n{TOO_DEEP["a key"]}\n'
    (tmp_path / name).write_text(entry)
    source = Audit(tmp_path, Config()).django_source
    assert source.startswith(f"assumed: the project does not say; `{name}` cannot be read as TOML: a key")
    (tmp_path / "requirements.txt").write_text("Django==5.1.2\n")
    assert Audit(tmp_path, Config()).django_source.startswith("requirements.txt:1")
