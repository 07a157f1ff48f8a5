"""Tables <-> bytes: number arrays and texts in one block, from which they are read without a copy."""

from __future__ import annotations

import json
import mmap
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import Any, Final, overload
from zlib import crc32

Column = Sequence[Any]
"""A number array, or texts."""
ALIGNED: Final = 8
START: Final = array("I").itemsize
"""Bytes that say where a text begins."""
SEAL: Final = 16
"""Bytes of the digest in front, by which damage is seen."""


def key_of(text: str) -> int:
    """A number of 64 bits that stands for a text."""
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


def short_key_of(text: str) -> int:
    """A number of 32 bits, for texts of which it does no harm when two share one: it takes half the room."""
    return crc32(text.encode(errors="surrogatepass"))


def place_of(key: int, keys: Sequence[int]) -> int | None:
    """Where a number stands among numbers in order, if it does."""
    place = bisect_left(keys, key)
    return place if place < len(keys) and keys[place] == key else None


class Texts(Sequence[str]):
    """Texts that stay in their block, each read when it is asked for: as objects thousands of them would take megabytes.

    raw: all of them, one behind the other. starts: where each begins, and where the last one ends.
    """

    __slots__ = ("_raw", "_starts")

    def __init__(self, raw: memoryview, starts: Sequence[int]) -> None:
        self._raw = raw
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self._at(each) for each in range(*place.indices(len(self)))]
        return self._at(range(len(self))[place])

    def _at(self, place: int) -> str:
        return str(self._raw[self._starts[place] : self._starts[place + 1]], "utf-8")


def pack(tables: Mapping[str, Column]) -> bytes:
    """Tables as one block: a seal, a header that says what lies where, and the tables."""
    raws = [column.tobytes() if isinstance(column, array) else _texts(column) for column in tables.values()]
    kinds = [column.typecode if isinstance(column, array) else "" for column in tables.values()]
    offsets = [0]
    for raw in raws:
        offsets.append(_aligned(offsets[-1] + len(raw)))
    rows = [
        [name, kind, offset, len(raw), len(column)]
        for (name, column), kind, offset, raw in zip(tables.items(), kinds, offsets, raws, strict=False)
    ]
    header = json.dumps(rows).encode()
    header += b" " * (_aligned(len(header)) - len(header))
    padded = b"".join(raw.ljust(end - begin, b"\0") for raw, (begin, end) in zip(raws, pairwise(offsets), strict=True))
    body = len(header).to_bytes(ALIGNED, "little") + header + padded
    return _seal(body) + body


def unpack(block: memoryview) -> dict[str, Column]:
    """The tables of a block, as views into it. Raises ValueError when the block is damaged."""
    body = block[SEAL:]
    if bytes(block[:SEAL]) != _seal(body):
        raise ValueError("the block is damaged")
    start = ALIGNED + int.from_bytes(body[:ALIGNED], "little")
    tables: dict[str, Column] = {}
    for name, kind, offset, size, count in json.loads(bytes(body[ALIGNED:start])):
        raw = body[start + offset : start + offset + size]
        first = (count + 1) * START
        tables[name] = raw.cast(kind) if kind else Texts(raw[first:], raw[:first].cast("I"))
    _let_go(block)
    return tables


def _texts(column: Sequence[str]) -> bytes:
    """Where each text begins, and the texts."""
    raws = [text.encode() for text in column]
    return array("I", accumulate(map(len, raws), initial=0)).tobytes() + b"".join(raws)


def _let_go(block: memoryview) -> None:
    """Give back the memory of a mapped file, all of which was read for the seal; what a message needs comes back from the file."""
    if sys.platform == "linux" and isinstance(block.obj, mmap.mmap):
        block.obj.madvise(mmap.MADV_DONTNEED)


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


def _seal(body: bytes | memoryview) -> bytes:
    return blake2b(body, digest_size=SEAL).digest()
