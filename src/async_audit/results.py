"""Reports that were made before, for projects that are still as they were.

A project's state is known by a snapshot. The last snapshot of a project tells with one look at each file
whether its state still holds; the report is kept under the state, so that it is found again when a project
comes back to it, on another branch or in a fresh checkout.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import sys
from functools import cached_property, lru_cache
from pathlib import Path

from async_audit._version import __version__
from async_audit.cache import Cache, digest
from async_audit.codec import Mismatch, decode, encode
from async_audit.config import Config
from async_audit.findings import Report
from async_audit.snapshot import Snapshot


class Results:
    """The reports on one project with one configuration; `named` are the files that were asked for."""

    def __init__(self, cache: Cache, root: Path, config: Config, named: tuple[Path, ...] = ()) -> None:
        self._cache = cache
        self._config = config
        files = sorted(os.fspath(path) for path in named if path.suffix == ".py")
        self._project = digest(program_identity(), os.fspath(root), *config.exclude, "", *files)

    @property
    def are_kept(self) -> bool:
        """Whether anything is kept at all."""
        return self._cache.folder is not None

    def recall(self, question: str) -> Report | None:
        """The answer to `question` that was given when the project was as it is now."""
        state = self.current_state
        return None if state is None else self.recall_at(state, question)

    def recall_at(self, state: str, question: str) -> Report | None:
        """The answer to `question` that was given when the project was in that state."""
        value = self._cache.read("reports", self._key(state, question))
        try:
            return None if value is None else decode(Report, value)
        except Mismatch:
            return None

    def keep(self, snapshot: Snapshot, question: str, report: Report) -> None:
        """Keep the answer to `question`, unless the project has changed since the snapshot was taken."""
        fresh = snapshot.refreshed()
        if fresh is None:
            return
        self.keep_at(fresh.state, question, report)
        self.keep_snapshot(fresh)

    def keep_at(self, state: str, question: str, report: Report) -> None:
        """Keep the answer to `question` for a project in that state."""
        self._cache.write("reports", self._key(state, question), encode(report))

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Make a snapshot the one that is looked at next time."""
        self._cache.write("snapshots", self._project, snapshot.to_json())
        self._cache.trim()

    @cached_property
    def current_state(self) -> str | None:
        """The state that the project was in last, if it still is."""
        value = self._cache.read("snapshots", self._project)
        last = None if value is None else Snapshot.from_json(value)
        fresh = None if last is None else last.refreshed()
        if last is None or fresh is None:
            return None
        if fresh != last:
            self._cache.write("snapshots", self._project, fresh.to_json())
        return fresh.state

    def _key(self, state: str, question: str) -> str:
        given = json.dumps(dataclasses.asdict(self._config), sort_keys=True, default=repr)
        return digest(self._project, state, given, question)


@lru_cache(maxsize=1)
def program_identity() -> str:
    """A name for what makes findings: our version and files, LibCST and Python.

    The files are known by size and time, so that whoever works on async-audit is never told old findings.
    """
    parts = [__version__, sys.version]
    folders = [Path(__file__).parent]
    libcst = importlib.util.find_spec("libcst")
    if libcst is not None and libcst.origin is not None:
        parts.append(_times(Path(libcst.origin).stat()))
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir() and entry.name != "__pycache__":
                    folders.append(Path(entry.path))
                elif entry.name.endswith((".py", ".toml")):
                    parts += (entry.name, _times(entry.stat()))
    return digest(*parts)


def _times(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns} {found.st_size}"
