"""The lines of a project that differ from a git revision, and the findings that they may have caused."""

from __future__ import annotations

import codecs
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from async_audit.errors import InputError
from async_audit.findings import Finding, Location, Report

_HUNK = re.compile(rb"@@ -\d+(?:,(?P<removed>\d+))? \+(?P<start>\d+)(?:,(?P<added>\d+))? @@")
_LONGEST = 200

Lines = frozenset[int]
EVERY_LINE: Lines = frozenset({0})
"""Of a file that git does not know."""


class GitError(InputError):
    """What git was asked and did not answer: the message says why and what to do."""


def changed_lines(root: Path, revision: str) -> dict[str, Lines]:
    """The changed lines by path below `root`, since this branch left the revision; uncommitted ones count.

    Where lines were only taken away, those around the gap count. Raises `GitError`.
    """
    top = Path(os.fsdecode(_git(root, "rev-parse", "--show-toplevel").rstrip(b"\n"))).resolve()
    base = _base(root, revision)
    # The user's configuration must not change what is compared, nor from where paths count: git is asked at
    # the top of the repository.
    diff = _git(
        top, "diff", "--unified=0", "--inter-hunk-context=0", "--no-color", "--no-ext-diff", "--no-textconv",
        "--find-renames", "--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/", base, "--",
    )  # fmt: skip
    found = _parsed(diff)
    for name in _git(top, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0"):
        if name:
            found[name] = EVERY_LINE
    below: dict[str, Lines] = {}
    for name, lines in found.items():
        path = top / os.fsdecode(name)
        if path.is_relative_to(root):
            below[path.relative_to(root).as_posix()] = lines
    return below


def touched(report: Report, changed: Mapping[str, Lines]) -> Report:
    """The report with only those findings that stand in a changed line, or whose chain passes through one."""
    kept = tuple(finding for finding in report.findings if _is_touched(finding, changed))
    left_out = report.left_out + len(report.findings) - len(kept)
    return replace(report, findings=kept, left_out=left_out)


def _is_touched(finding: Finding, changed: Mapping[str, Lines]) -> bool:
    places = (finding.location, *(step.location for step in finding.chain))
    return any(_is_changed(place, changed.get(place.path, frozenset())) for place in places)


def _is_changed(place: Location, lines: Lines) -> bool:
    return lines == EVERY_LINE or any(line in lines for line in range(place.line, place.end_line + 1))


def _base(root: Path, revision: str) -> str:
    """The commit where the branch left the revision; the revision itself where they have none in common."""
    try:
        named = _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except GitError:
        raise GitError(
            f"--since: git knows no commit {revision!r} in {root}{_shallow(root)}; "
            "fetch it, or name one that is there"
        ) from None
    commit = named.decode().strip()
    try:
        return _git(root, "merge-base", commit, "HEAD").decode().strip()
    except GitError:
        return commit


def _shallow(root: Path) -> str:
    """What is said of a clone without its history, as CI makes it."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != b"true":
        return ""
    return ", a clone without its history (GitHub: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)"


def _git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-c", "core.quotePath=true", *arguments]
    # What git says is shown, and must not depend on the language of who runs it.
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S603
    except OSError as error:
        raise GitError(f"--since needs git, which could not be run: {error.strerror}") from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split()).removeprefix("fatal: ")
        raise GitError(
            f"--since: git {arguments[0]} failed in {folder}: {said[:_LONGEST] or 'it did not say why'}"
        )
    return done.stdout


def _parsed(diff: bytes) -> dict[bytes, Lines]:
    """The changed lines of a diff without context, by path below the repository's folder."""
    found: dict[bytes, set[int]] = {}
    path, left = b"", 0
    for line in diff.split(b"\n"):
        if left:
            # Content of a hunk, which may look like anything.
            left -= not line.startswith(b"\\")
            continue
        if line.startswith(b"+++ "):
            path = _unquoted(line[4:].rstrip(b"\t\r"))
            continue
        hunk = _HUNK.match(line)
        if hunk is None:
            continue
        start, removed, added = int(hunk["start"]), int(hunk["removed"] or 1), int(hunk["added"] or 1)
        left = removed + added
        lines = range(start, start + added) if added else (start, start + 1)
        found.setdefault(path.removeprefix(b"b/"), set()).update(lines)
    return {name: frozenset(lines) for name, lines in found.items()}


def _unquoted(name: bytes) -> bytes:
    """A path as git writes it in a diff: in quotes with C's escapes where it holds anything unusual."""
    if not (name.startswith(b'"') and name.endswith(b'"')):
        return name
    raw, _ = codecs.escape_decode(name[1:-1])
    return bytes(raw)
