"""The facts of files that were parsed before, by what is in the files.

An entry has no path: a file that was moved, and another branch's, has its facts as well. It is written by
msgspec after the classes of the facts, which reads it against these, and makes nothing else. Reading takes a
hundredth of the time of parsing.
"""

from __future__ import annotations

import zlib

import msgspec

from async_audit.cache import NO_CACHE, Cache, digest
from async_audit.discovery import SourceFile
from async_audit.parsing import Unreadable, content_of, facts_of, placed
from async_audit.results import program_identity
from async_audit.syntax.facts import ModuleFacts

_KIND = "facts"
_LARGEST = 256 << 20
"""Bytes of facts; what unpacks to more was not written by us."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ModuleFacts)


class FactsCache:
    """The facts of files, from the cache where they are in it, else by parsing; what was parsed is kept."""

    def __init__(self, cache: Cache = NO_CACHE) -> None:
        self._cache = cache

    def parse(self, file: SourceFile) -> ModuleFacts | Unreadable:
        """The facts of a file, or why there are none."""
        content = content_of(file)
        if isinstance(content, Unreadable):
            return content
        if self._cache.folder is None:
            return placed(facts_of(content), file)
        name = digest(program_identity(), content)
        kept = self._cache.read_bytes(_KIND, name)
        facts = unpacked(kept) if kept is not None else None
        if facts is None:
            parsed = facts_of(content)
            if isinstance(parsed, Unreadable):
                return parsed
            facts = parsed
            packed = packed_facts(facts)
            if packed is not None:
                self._cache.write_bytes(_KIND, name, packed)
        return placed(facts, file)


def packed_facts(facts: ModuleFacts) -> bytes | None:
    """The facts as bytes; nothing for those that have no such form.

    These are a number of more than 64 bits, a complex one, half a surrogate pair, and some deep expressions.
    """
    try:
        return zlib.compress(_encoder.encode(facts), 1)
    except (OverflowError, TypeError, UnicodeEncodeError, RecursionError):
        return None


def unpacked(packed: bytes) -> ModuleFacts | None:
    """The facts that the bytes are; nothing where they are none."""
    try:
        stream = zlib.decompressobj()
        content = stream.decompress(packed, _LARGEST)
        return _decoder.decode(content) if stream.eof else None
    except (zlib.error, msgspec.DecodeError, RecursionError):
        return None
