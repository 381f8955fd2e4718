"""Facts as bytes and back.

msgspec writes them after the classes of the facts, reads them against these, and makes nothing else: bytes
from anywhere are safe to read.
"""

from __future__ import annotations

import zlib

import msgspec

from async_audit.syntax.facts import ModuleFacts

_LARGEST = 256 << 20
"""Bytes of facts; what unpacks to more was not written by us."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ModuleFacts)


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
