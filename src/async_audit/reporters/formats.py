"""The formats that findings are written in: for people, for programs, for services beside the code."""

from __future__ import annotations

import enum
import importlib
from pathlib import PurePath

from async_audit.findings import Report


class Origin(enum.Enum):
    """Where the paths of a format start."""

    ROOT = "the project's root"
    FOLDER = "the current folder, as editors and terminals have it"
    REPOSITORY = "the git repository's folder, as services that show findings beside code have it"


ORIGINS = {
    "concise": Origin.FOLDER,
    "json": Origin.ROOT,
    "sarif": Origin.REPOSITORY,
    "github": Origin.REPOSITORY,
    "gitlab": Origin.REPOSITORY,
    "junit": Origin.REPOSITORY,
    "markdown": Origin.REPOSITORY,
}
"""The formats beside `text`, each the name of its module."""

UTF8 = frozenset({"json", "sarif", "gitlab", "junit"})
"""Formats whose readers expect UTF-8, whatever the terminal's encoding is."""

_SUFFIXES = {".json": "json", ".sarif": "sarif", ".xml": "junit", ".md": "markdown"}


def format_of(file: PurePath) -> str:
    """The format that a file's name asks for; `text` where it says nothing."""
    return _SUFFIXES.get(file.suffix.lower(), "text")


def render(report: Report, output_format: str) -> str:
    """The report in one of the formats of `ORIGINS`; its paths are written as they are."""
    text: str = importlib.import_module(f"async_audit.reporters.{output_format}").render(report)
    return text
