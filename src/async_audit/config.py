"""What the user asked for: a frozen configuration from `pyproject.toml`, flake8's options and flags."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from async_audit.errors import InputError
from async_audit.regular_files import read_regular
from async_audit.row_forms import FORMS, MalformedRow, UserRow, checked_rows
from async_audit.rule_codes import OPTIONAL, USUAL, begins_none
from async_audit.toml_tables import TomlError, table_of

SERVERS = ("asgi", "wsgi", "both")
"""By which interfaces web requests may come."""
_LARGEST = 1_000_000
"""Bytes of a configuration file."""

FILE = "pyproject.toml"


class ConfigError(InputError):
    """A configuration that cannot be used: the message names the file and what to change."""


@dataclass(frozen=True, slots=True)
class Option:
    """A key of `[tool.async-audit]`; `example` is a piece of `pyproject.toml` that sets it."""

    key: str
    takes: str
    meaning: str
    example: str


OPTIONS = (
    Option(
        key="select",
        takes="codes or their beginnings",
        meaning="The rules that run. Without it, all that are on by default.",
        example='[tool.async-audit]\nselect = ["DJA1", "DJA201"]',
    ),
    Option(
        key="extend-select",
        takes="codes or their beginnings",
        meaning="Rules that run as well, such as those that are off by default.",
        example='[tool.async-audit]\nextend-select = ["DJA208"]',
    ),
    Option(
        key="ignore",
        takes="codes or their beginnings",
        meaning="Rules that do not run. Where two beginnings match a code, the longer one decides.",
        example='[tool.async-audit]\nignore = ["DJA302"]',
    ),
    Option(
        key="exclude",
        takes="glob patterns, names of folders",
        meaning="Files that are not read. What they define is not known where other files import it.",
        example='[tool.async-audit]\nexclude = ["*/migrations/*", "legacy"]',
    ),
    Option(
        key="per-file-ignores",
        takes="a table of patterns, as for `exclude`, with codes or their beginnings",
        meaning="Rules whose findings in some files are left out. flake8 has an option of its own for that.",
        example='[tool.async-audit.per-file-ignores]\n"tests/*" = ["DJA2"]\n"scripts" = ["DJA"]',
    ),
    Option(
        key="baseline",
        takes="a path below the project's root",
        meaning="The file of known findings, as `--baseline` gives it.",
        example='[tool.async-audit]\nbaseline = "async-audit-baseline.json"',
    ),
    Option(
        key="django-version",
        takes="a version",
        meaning="Django's version. Without it, the one in lock files and requirements.",
        example='[tool.async-audit]\ndjango-version = "5.2"',
    ),
    Option(
        key="served-by",
        takes='`"asgi"`, `"wsgi"` or `"both"`',
        meaning=(
            "Who serves web requests. Without it, what commands, settings and modules say, which is nothing "
            "where another repository has the commands."
        ),
        example='[tool.async-audit]\nserved-by = "asgi"',
    ),
    Option(
        key="call",
        takes="rows",
        meaning=(
            "What functions of libraries, or of the project, do when they are called. Those that suspend or "
            "hop are awaitable unless the row says `awaitable = false`."
        ),
        example=(
            '[[tool.async-audit.call]]\nnames = ["acme.client.fetch"]\neffect = "blocks"\nkind = "http"\n'
            'twin = "acme.client.afetch"'
        ),
    ),
    Option(
        key="type",
        takes="rows",
        meaning="Classes whose methods have rows. The first name counts, others are other spellings of it.",
        example='[[tool.async-audit.type]]\nnames = ["acme.Client"]\nbases = ["requests.Session"]',
    ),
    Option(
        key="method",
        takes="rows",
        meaning="What methods of a class do; `*` stands for every method that has no row.",
        example=(
            '[[tool.async-audit.method]]\nof = "acme.AsyncClient"\nnames = ["*"]\neffect = "suspends"\n'
            'kind = "network"\nawaitable = true'
        ),
    ),
    Option(
        key="object",
        takes="rows",
        meaning="Objects at module level whose class cannot be seen.",
        example='[[tool.async-audit.object]]\nnames = ["acme.client"]\ntype = "acme.Client"',
    ),
    Option(
        key="special",
        takes="rows",
        meaning=(
            "Bridges: `hop` wraps a function as `sync_to_async` does, `hop-now` runs one as "
            "`asyncio.to_thread` does, `re-enter` is another `async_to_sync`."
        ),
        example='[[tool.async-audit.special]]\nnames = ["shop.threads.in_thread"]\nmeans = "hop"',
    ),
    Option(
        key="wrapper",
        takes="rows",
        meaning=(
            "Decorators that leave a view what it is, from the Django version on in which they take "
            "coroutines (`99.0`: none)."
        ),
        example='[[tool.async-audit.wrapper]]\nnames = ["acme.traced"]\ncoroutines_since = "4.2"',
    ),
    Option(
        key="interface",
        takes="rows",
        meaning="Base classes and decorators that require their methods to be coroutines.",
        example='[[tool.async-audit.interface]]\nnames = ["acme.Handler"]\nmethods = ["handle"]',
    ),
)
"""What `[tool.async-audit]` may hold, in the order of the reference."""


@dataclass(frozen=True, slots=True)
class Config:
    """`select`, `extend_select` and `ignore` hold codes or their beginnings, as in flake8.

    `per_file_ignores` holds patterns of paths, each with such codes; `baseline` is a path below the root,
    `served_by` one of `SERVERS` or empty. `rows` are those that the user adds to the catalogue.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    django_version: tuple[int, int] | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    baseline: str = ""
    rows: tuple[UserRow, ...] = ()
    served_by: str = ""
    sources: dict[str, str] = field(default_factory=dict, compare=False)

    def wants(self, code: str, *, default: bool) -> bool:
        """Whether findings of a rule are asked for; the longest matching beginning decides."""
        chosen = self.select or ("DJA",)
        yes = max((len(prefix) for prefix in chosen if code.startswith(prefix)), default=-1)
        if yes >= 0 and not default and yes < 4:
            yes = -1
        extended = max((len(prefix) for prefix in self.extend_select if code.startswith(prefix)), default=-1)
        no = max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=-1)
        return max(yes, extended) > no

    def ignores(self, path: str, code: str) -> bool:
        """Whether findings of a rule are left out in the file at a path below the root."""
        return any(
            code.startswith(codes) and matches_path(path, pattern) for pattern, codes in self.per_file_ignores
        )


def matches_path(path: str, pattern: str) -> bool:
    """Whether a pattern of files, or the name of a folder on its way, means a path below the root."""
    pattern = pattern.removeprefix("./")
    folder = pattern.rstrip("/")
    return any(fnmatch.fnmatch(path, each) for each in (pattern, f"{folder}/*", f"*/{folder}/*"))


def everything(config: Config, django_version: tuple[int, int] | None) -> Config:
    """The same project configuration with every rule on: flake8 itself selects and ignores."""
    version = django_version or config.django_version
    every = (*USUAL, *OPTIONAL)
    return replace(
        config, select=every, extend_select=(), ignore=(), django_version=version, per_file_ignores=()
    )


_LISTS = ("select", "extend-select", "ignore", "exclude")


def read_config(root: Path) -> Config:
    """The `[tool.async-audit]` table of the project's `pyproject.toml`. Raises `ConfigError`."""
    path = root / FILE
    config = Config()
    for key, value in _section(path).items():
        config = _with(config, path, key, value)
    return config


def is_configured(folder: Path) -> bool:
    """Whether the `pyproject.toml` of a folder has a table for async-audit, or cannot be read to tell."""
    path = folder / FILE
    try:
        content = _content(path)
        return (b"async-audit" in content or b"async_audit" in content) and bool(_section(path))
    except FileNotFoundError:
        return False
    except (OSError, ConfigError):
        return True


def _content(path: Path) -> bytes:
    """The bytes of a configuration file. Raises `OSError`, `ConfigError` where they are too many."""
    content = read_regular(path, _LARGEST + 1)
    if len(content) > _LARGEST:
        raise ConfigError(f"{path}: is larger than {_LARGEST} bytes, which is no configuration")
    return content


def _section(path: Path) -> dict[str, Any]:
    """The table `[tool.async-audit]` of a file; empty where it has none, or there is no file."""
    try:
        # Some editors begin a file with a byte order mark, which TOML does not know.
        table = table_of(_content(path).decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, TomlError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}") from error
    tools = table.get("tool", {})
    if not isinstance(tools, dict):
        raise ConfigError(f"{path}: `tool` must be a table")
    if "async_audit" in tools:
        raise ConfigError(f"{path}: [tool.async_audit] is not read; write it as [tool.async-audit]")
    section = tools.get("async-audit", {})
    if not isinstance(section, dict):
        raise ConfigError(f"{path}: [tool.async-audit] must be a table")
    return section


def _with(config: Config, path: Path, key: str, value: Any) -> Config:
    if key in _LISTS:
        items = _strings(path, key, value)
        if key != "exclude":
            items = _codes(path, key, items)
        given: dict[str, Any] = {key.replace("-", "_"): items}
        return replace(config, **given)
    if key == "per-file-ignores":
        if not isinstance(value, dict):
            raise ConfigError(f"{path}: [tool.async-audit] {key} must be a table of lists of codes")
        ignores: list[tuple[str, tuple[str, ...]]] = []
        for pattern, codes in value.items():
            where = f"{key} {pattern!r}"
            ignores.append((pattern, _codes(path, where, _strings(path, where, codes))))
        return replace(config, per_file_ignores=tuple(ignores))
    if key == "baseline":
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{path}: [tool.async-audit] baseline must be a path")
        return replace(config, baseline=value)
    if key == "served-by":
        if value not in SERVERS:
            known = ", ".join(repr(server) for server in SERVERS)
            raise ConfigError(f"{path}: [tool.async-audit] served-by must be one of {known}")
        return replace(config, served_by=value)
    if key == "django-version":
        return replace(config, django_version=parse_version(str(value), str(path)))
    if key in FORMS:
        try:
            return replace(config, rows=(*config.rows, *checked_rows(key, value)))
        except MalformedRow as error:
            raise ConfigError(f"{path}: {error}") from error
    known = ", ".join(option.key for option in OPTIONS)
    raise ConfigError(f"{path}: [tool.async-audit] has no option {key!r}; it knows {known}")


def _strings(path: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{path}: [tool.async-audit] {key} must be a list of strings")
    return tuple(value)


def _codes(path: Path, key: str, items: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return parse_codes(items)
    except ConfigError as error:
        raise ConfigError(f"{path}: [tool.async-audit] {key}: {error}") from error


def parse_codes(items: Iterable[str]) -> tuple[str, ...]:
    """Codes or their beginnings, in capitals. Raises `ConfigError` naming the first that means no rule."""
    codes = tuple(item.strip().upper() for item in items)
    for code in codes:
        if begins_none(code):
            raise ConfigError(
                f"no rule has a code that begins with {code!r}; `async-audit rule` lists the rules"
            )
    return codes


SUPPORTED = ((4, 2), (5, 0), (5, 1), (5, 2), (6, 0), (6, 1))
"""The Django versions whose behaviour the catalogue knows."""


def parse_version(text: str, where: str) -> tuple[int, int]:
    """A Django version such as `5.2`. Raises `ConfigError` naming `where` it was given."""
    major, _, rest = text.partition(".")
    minor = rest.partition(".")[0] or "0"
    if not (text.isascii() and major.isdigit() and minor.isdigit()):
        raise ConfigError(f"{where}: {text!r} is no Django version; write it as 5.2")
    version = (int(major), int(minor))
    if version < SUPPORTED[0]:
        raise ConfigError(f"{where}: Django {text} is older than 4.2, the oldest version that is known")
    return min(version, SUPPORTED[-1])
