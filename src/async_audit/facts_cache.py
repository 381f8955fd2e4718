"""The facts of files that were parsed before, by what is in the files.

An entry has no path: a file that was moved, and another branch's, has its facts as well. Reading one takes a
hundredth of the time of parsing.
"""

from __future__ import annotations

from collections.abc import Iterable

from async_audit.cache import Cache, digest
from async_audit.discovery import SourceFile
from async_audit.parsing import Unreadable, content_of, facts_of, placed
from async_audit.results import program_identity
from async_audit.syntax.facts import ModuleFacts
from async_audit.syntax.limits import is_suspicious
from async_audit.syntax.packing import packed_facts, unpacked
from async_audit.workers import Workers

_KIND = "facts"


class FactsCache:
    """The facts of files: from the cache, from a worker, or by parsing; what was parsed is kept."""

    def __init__(self, cache: Cache, workers: Workers) -> None:
        self._cache = cache
        self._workers = workers

    def expect(self, files: Iterable[SourceFile]) -> None:
        """Have readable files parsed ahead whose facts are not kept."""
        if self._workers.most:
            known = self._cache.names(_KIND)
            self._workers.expect(file.content for file in files if _name(file.content) not in known)

    def parse(self, file: SourceFile) -> ModuleFacts | Unreadable:
        """The facts of a file, or why there are none."""
        content = content_of(file)
        if isinstance(content, Unreadable):
            return content
        name = _name(content)
        kept = self._cache.read_bytes(_KIND, name)
        facts = unpacked(kept) if kept is not None else None
        return placed(self._parsed(content, name) if facts is None else facts, file)

    def _parsed(self, content: bytes, name: str) -> ModuleFacts | Unreadable:
        packed = self._workers.answer(content, apart=is_suspicious(content))
        if isinstance(packed, Unreadable):
            return packed
        facts = unpacked(packed) if packed else None
        if facts is None:
            parsed = facts_of(content)
            if isinstance(parsed, Unreadable):
                return parsed
            facts, packed = parsed, packed_facts(parsed)
        if packed:
            self._cache.write_bytes(_KIND, name, packed)
        return facts


def _name(content: bytes) -> str:
    return digest(program_identity(), content)
