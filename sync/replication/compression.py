"""Gzip for request and answer bodies, with a bound on what a body may grow to."""

import gzip
import zlib
from collections.abc import Iterable, Iterator

#: Smaller bodies are sent as they are: a packet is not worth the work.
WORTH_COMPRESSING_BYTES = 1024
# Level 4 takes a third more time than level 1, a microsecond or two for a document, and saves a
# tenth of the bytes; level 9 would take four times as long for half as much again.
_LEVEL = 4
#: For what is made while nobody waits for it; and for edits, of which it saves a twentieth.
AHEAD, OF_EDITS = 6, 8
_GZIP_WINDOW = 31
_PIECE_BYTES = 64 * 1024


class TooMuch(Exception):
    """The body grows beyond the bound; at most a piece more than that was ever held."""


class Damaged(Exception):
    """The body is no complete gzip stream."""


def compress(data: bytes, level: int = _LEVEL) -> bytes:
    """Return ``data`` as gzip; the same bytes for the same data."""
    return gzip.compress(data, level, mtime=0)


def compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Return a stream of pieces as one gzip stream; each piece can be read at once."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    for piece in pieces:
        packed = packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
        if packed:
            yield packed
    yield packer.flush()


def collect(pieces: Iterable[bytes], most_bytes: int) -> bytes:
    """Return the pieces as one body.

    Raises:
        TooMuch: more than ``most_bytes``.
    """
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most_bytes:
            raise TooMuch
    return bytes(body)


def inflate(pieces: Iterable[bytes], most_bytes: int) -> bytes:
    """Return the body of a gzip stream.

    Raises:
        TooMuch: it would have more than ``most_bytes``.
        Damaged: not gzip, cut short, or followed by something else.
    """
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    body = bytearray()
    for piece in pieces:
        rest = piece
        while rest and not unpacker.eof:
            try:
                body += unpacker.decompress(rest, _PIECE_BYTES)
            except zlib.error as error:
                raise Damaged from error
            if len(body) > most_bytes:
                raise TooMuch
            rest = unpacker.unconsumed_tail
    if not unpacker.eof or unpacker.unused_data:
        raise Damaged
    return bytes(body)
