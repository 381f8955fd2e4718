"""The findings that a project lives with: how many of each rule in each file, kept in a file of its own.

A count survives moved and edited lines. Where a file has more findings of a rule than its count, all of them
are shown, since nothing tells the new one from the old. Where it has fewer, the count is lowered for good.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from async_audit.atomic_files import replace_file
from async_audit.errors import InputError
from async_audit.findings import Finding, Report
from async_audit.regular_files import read_regular

DEFAULT = "async-audit-baseline.json"
"""The name of a baseline that was given none, below the project's root."""

_LARGEST = 1 << 26
"""Bytes of a baseline."""

_FORM = 1
Counts = dict[tuple[str, str], int]
"""How many findings by path below the project's root and code."""


class BaselineError(InputError):
    """A baseline that cannot be used: the message names the file and what to do."""


@dataclass(frozen=True)
class Scope:
    """What a run could have found: in which files, of which rules."""

    covers_path: Callable[[str], bool]
    covers_code: Callable[[str], bool]

    def __contains__(self, key: tuple[str, str]) -> bool:
        return self.covers_path(key[0]) and self.covers_code(key[1])


@dataclass(frozen=True)
class Remainder:
    """The report without the `hidden` findings that are known, and `grown`: what has more than is known."""

    report: Report
    hidden: int
    grown: tuple[tuple[str, str, int, int], ...]


def counted(report: Report) -> Counts:
    """The counts of a report's findings."""
    return Counter(_key(finding) for finding in report.findings)


def without(report: Report, known: Counts) -> Remainder:
    """The report without findings that are not more in their file than is known.

    Each row of `grown` is a path, a code, and how many are known and were found.
    """
    found = counted(report)
    covered = {key for key, number in found.items() if number <= known.get(key, 0)}
    kept = tuple(finding for finding in report.findings if _key(finding) not in covered)
    grown = tuple(
        (*key, known[key], found[key]) for key in sorted(found) if 0 < known.get(key, 0) < found[key]
    )
    hidden = len(report.findings) - len(kept)
    return Remainder(replace(report, findings=kept, left_out=report.left_out + hidden), hidden, grown)


def lowered(known: Counts, report: Report, scope: Scope) -> Counts:
    """What remains of the known counts after a run that found less; outside its scope they are as before."""
    found = counted(report)
    unread = {file.path for file in report.skipped}
    remaining = {
        key: min(number, found.get(key, 0)) if key in scope and key[0] not in unread else number
        for key, number in known.items()
    }
    return {key: number for key, number in remaining.items() if number}


def renewed(known: Counts, report: Report, scope: Scope) -> Counts:
    """The counts of a run, and the known ones outside its scope."""
    return {**{key: number for key, number in known.items() if key not in scope}, **counted(report)}


def read_baseline(path: Path) -> Counts:
    """The counts in a file. Raises `BaselineError`."""
    try:
        document = json.loads(read_regular(path, _LARGEST))
    except FileNotFoundError:
        raise BaselineError(
            f"{path}: there is no such baseline; `async-audit scan --update-baseline` writes it"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise BaselineError(f"{path}: cannot be read as a baseline: {error}") from error
    if not isinstance(document, dict) or document.get("schema") != _FORM:
        raise BaselineError(f"{path}: is no baseline of form {_FORM}; write it anew with --update-baseline")
    return _counts(path, document.get("counts"))


def _counts(path: Path, written: Any) -> Counts:
    found: Counts = {}
    for file, codes in (written if isinstance(written, dict) else {"": None}).items():
        if not isinstance(codes, dict) or not all(type(number) is int for number in codes.values()):
            raise BaselineError(f"{path}: `counts` must be numbers by code by path; correct {file!r}")
        found.update({(file, code): number for code, number in codes.items()})
    return found


def write_baseline(path: Path, counts: Counts) -> None:
    """Replace the file. It has a line for each count, in order, so that changes of it merge."""
    by_path: dict[str, dict[str, int]] = {}
    for (file, code), number in sorted(counts.items()):
        by_path.setdefault(file, {})[code] = number
    text = json.dumps({"schema": _FORM, "counts": by_path}, indent=1)
    replace_file(path, f"{text}\n".encode())


def _key(finding: Finding) -> tuple[str, str]:
    return finding.location.path, finding.code
