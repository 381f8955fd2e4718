"""The effective configuration, each value with where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from async_audit.audit import DEFAULT_DJANGO
from async_audit.config import FILE, OPTIONS, Config, is_configured, read_config
from async_audit.requirements import django_version
from async_audit.rulebook import rules


@dataclass(frozen=True)
class Setting:
    """One option by its key in `pyproject.toml`, its value, and where that was given."""

    key: str
    value: Any
    origin: str


def effective(root: Path, config: Config, given: Mapping[str, Any]) -> tuple[Setting, ...]:
    """The options in the order of the reference, after the root and before the rules that run.

    Rows are shown by the names that they are about. `config` is the project's with what the command line
    gave, `given` is that alone, by name of parameter.
    """
    file = str(root / FILE)
    written = read_config(root)
    running = [rule.code for rule in rules() if config.wants(rule.code, default=rule.default)]
    return (
        Setting("root", root.as_posix(), _why_root(root, file)),
        *(_setting(option.key, root, config, written, given, file) for option in OPTIONS),
        Setting("rules", running, f"{len(running)} of {len(rules())}, by the options above"),
    )


def _why_root(root: Path, file: str) -> str:
    return f"the folder of {file}" if is_configured(root) else "the nearest folder of a project"


def _setting(
    key: str, root: Path, config: Config, written: Config, given: Mapping[str, Any], file: str
) -> Setting:
    name = key.replace("-", "_")
    if key == "django-version":
        return _django(root, config, given, file)
    if not hasattr(config, name):
        names = [each for row in config.rows if row.table == key for each in row.names]
        return Setting(key, names, file if names else "default")
    is_replaced = name == "select" and given.get(name)
    origins = [
        *([file] if getattr(written, name) and not is_replaced else []),
        *([f"--{key}"] if given.get(name) else []),
    ]
    return Setting(key, _plain(getattr(config, name)), " and ".join(origins) or "default")


def _django(root: Path, config: Config, given: Mapping[str, Any], file: str) -> Setting:
    if config.django_version is not None:
        origin = "--django-version" if given.get("django_version") else file
        return Setting("django-version", "{}.{}".format(*config.django_version), origin)
    found = django_version(root)
    if found is None:
        return Setting("django-version", "{}.{}".format(*DEFAULT_DJANGO), "default: the project names none")
    return Setting("django-version", "{}.{}".format(*found.version), f"{root}, {found}")


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return {pattern: list(codes) for pattern, codes in value}
    return list(value) if isinstance(value, tuple) else value
