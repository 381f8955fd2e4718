"""The state of every file and folder that the audit of a project looks at, and whether it is still so.

A path that was not touched is believed by its times, size and inode number. One that was is believed by what
is in it, so that a fresh checkout of the same files is the same state. As in git, what was touched while
the state was taken is believed by what is in it alone: the clock of a file system may stand still meanwhile.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from async_audit.cache import digest
from async_audit.discovery import LARGEST, SourceFile
from async_audit.regular_files import read_regular

_TICK = 2_000_000_000
"""Nanoseconds; the coarsest clock of a file system in use, that of FAT, ticks every two seconds."""
_TOUCHED = ""
"""The stamp of a path whose times say nothing."""


@dataclass(slots=True)
class Snapshot:
    """Folders and files by path, each with a stamp of its times and a digest of what is in it."""

    folders: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """A name for what is in the folders and files: equal names, equal contents under equal paths."""
        held = (*self.folders.items(), *self.files.items())
        # No path has a zero in it, so that two states are never the same text.
        return digest("\0".join(f"{path}\0{content}" for path, (_, content) in sorted(held)))

    def add_folder(self, path: Path) -> None:
        """Take up a folder: the names in it, not what is in the files of these names."""
        _add(self.folders, os.fspath(path), is_folder=True)

    def add_tree(self, path: Path) -> None:
        """Take up a folder and all that is below it."""
        known: set[str] = set()
        for folder, folders, names in os.walk(path, followlinks=True):
            real = os.path.realpath(folder)
            if real in known:
                folders.clear()
                continue
            known.add(real)
            self.add_folder(Path(folder))
            self.add_files(Path(folder, name) for name in names)

    def add_files(self, paths: Iterable[Path]) -> None:
        """Take up files, there or not."""
        for path in paths:
            _add(self.files, os.fspath(path), is_folder=False)

    def add_sources(self, files: Iterable[SourceFile]) -> None:
        """Take up files that are read by that, and only once."""
        latest = time.time_ns() - _TICK
        for file in files:
            path = os.fspath(file.path)
            stamp = _stamp(path, latest)
            try:
                content = _digest(path, file.content)
            except OSError as error:
                content = f"error {error.errno}"
            self.files[path] = stamp, content

    def refreshed(self) -> Snapshot | None:
        """The same state with the stamps of now; nothing where a file or folder has changed."""
        fresh = Snapshot()
        for mine, theirs, is_folder in (
            (self.folders, fresh.folders, True),
            (self.files, fresh.files, False),
        ):
            for path, (stamp, content) in mine.items():
                if stamp != _TOUCHED and stamp == _stamp(path, 0):
                    theirs[path] = stamp, content
                    continue
                _add(theirs, path, is_folder=is_folder)
                if theirs[path][1] != content:
                    return None
        return fresh

    def to_json(self) -> Any:
        """The JSON value from which `from_json` makes it again."""
        return [
            [list(table), [stamp for stamp, _ in table.values()], [content for _, content in table.values()]]
            for table in (self.folders, self.files)
        ]

    @classmethod
    def from_json(cls, value: Any) -> Snapshot | None:
        """What `to_json` gave; nothing where `value` is not that."""
        try:
            (folders, files) = (
                dict(zip(paths, zip(stamps, contents, strict=True), strict=True))
                for paths, stamps, contents in value
            )
        except (TypeError, ValueError):
            return None
        plain = all(isinstance(text, str) for table in (folders, files) for text in _texts(table))
        return cls(folders, files) if plain else None


def _texts(table: dict[Any, tuple[Any, Any]]) -> Iterator[Any]:
    for path, (stamp, content) in table.items():
        yield path
        yield stamp
        yield content


def _add(table: dict[str, tuple[str, str]], path: str, *, is_folder: bool) -> None:
    # The stamp comes first: a change after it is seen the next time.
    stamp = _stamp(path, time.time_ns() - _TICK)
    table[path] = stamp, _listing(path) if is_folder else _content(path)


def _stamp(path: str, latest: int) -> str:
    """The times, size and inode number of a path; `_TOUCHED` where a time is after `latest`, if not 0."""
    try:
        found = os.stat(path)
    except OSError as error:
        return f"error {error.errno}"
    if latest and max(found.st_mtime_ns, found.st_ctime_ns) > latest:
        return _TOUCHED
    return f"{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size} {found.st_ino}"


def _content(path: str) -> str:
    """A digest of what is read of a file at most, or why nothing is."""
    try:
        return _digest(path, read_regular(Path(path), LARGEST + 1))
    except OSError as error:
        return f"error {error.errno}"


def _digest(path: str, content: bytes) -> str:
    # Of a file that is too large only the beginning is here, so that its times have to speak for the rest.
    return digest(content, _stamp(path, 0) if len(content) > LARGEST else "")


def _listing(path: str) -> str:
    """A digest of the names in a folder, what they are and where links lead."""
    parts: list[str] = []
    try:
        with os.scandir(path) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                # Whoever runs the project makes this one, and nothing is read in it.
                if entry.name != "__pycache__":
                    parts += (entry.name, _kind(entry))
    except OSError as error:
        return f"error {error.errno}"
    return digest(*parts)


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        if entry.is_symlink():
            return f"link {os.readlink(entry.path)} {entry.is_dir()} {entry.is_file()}"
        return "folder" if entry.is_dir() else "file" if entry.is_file() else "other"
    except OSError as error:
        return f"error {error.errno}"
