"""The reference of the configuration, read from the options that `pyproject.toml` may hold."""

from __future__ import annotations

from async_audit.config import OPTIONS, SUPPORTED, Option
from scripts.documentation.markdown import table

_HEAD = """\
# Configuration

async-audit reads the table `[tool.async-audit]` of the project's `pyproject.toml`. A key that it does not
know is an error that names the file. What the command line says outranks the file; `--extend-select`,
`--ignore` and `--exclude` add to it."""


def configuration_page() -> str:
    """A table of all options, and a section with an example for each."""
    versions = ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
    parts = [
        _HEAD,
        table(("option", "takes", "meaning"), [_row(option) for option in OPTIONS]),
        f"The Django versions that are known: {versions}. A newer one counts as the newest of them.",
        *(_section(option) for option in OPTIONS),
    ]
    return "\n\n".join(parts) + "\n"


def _row(option: Option) -> tuple[str, str, str]:
    anchor = option.key.strip("`[]").replace(".", "").lower()
    return f"[`{option.key}`](#{anchor})", option.takes, option.meaning


def _section(option: Option) -> str:
    return f"## {option.key}\n\n{option.meaning}\n\n```toml\n{option.example.strip()}\n```"
