"""Tables <-> bytes: number arrays and lists of words in one block, from which they are read without a copy."""

from __future__ import annotations

import json
import mmap
import sys
from array import array
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

Column = Sequence[Any]
"""A number array, or a list of texts without line breaks."""
ALIGNED: Final = 8
SEAL: Final = 16
"""Bytes of the digest in front, by which damage is seen."""


def pack(tables: Mapping[str, Column]) -> bytes:
    """Tables as one block: a seal, a header that says what lies where, and the tables. A text must hold no line break."""
    raws = [column.tobytes() if isinstance(column, array) else "\n".join(column).encode() for column in tables.values()]
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
    """The tables of a block: arrays as views into it. Raises ValueError when the block is damaged."""
    body = block[SEAL:]
    if bytes(block[:SEAL]) != _seal(body):
        raise ValueError("the block is damaged")
    start = ALIGNED + int.from_bytes(body[:ALIGNED], "little")
    tables: dict[str, Column] = {}
    for name, kind, offset, size, count in json.loads(bytes(body[ALIGNED:start])):
        raw = body[start + offset : start + offset + size]
        tables[name] = raw.cast(kind) if kind else (str(raw, "utf-8").split("\n") if count else [])
    _let_go(block)
    return tables


def _let_go(block: memoryview) -> None:
    """Give back the memory of a mapped file, all of which was read for the seal; what a message needs comes back from the file."""
    if sys.platform == "linux" and isinstance(block.obj, mmap.mmap):
        block.obj.madvise(mmap.MADV_DONTNEED)


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED


def _seal(body: bytes | memoryview) -> bytes:
    return blake2b(body, digest_size=SEAL).digest()
