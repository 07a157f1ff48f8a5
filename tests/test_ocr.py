"""The process that reads a picture: what it refuses, what it may cost, and that it is ended."""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import time
import zlib
from contextlib import aclosing
from io import BytesIO
from pathlib import Path

import pytest

from bot.ocr import Busy, PictureReader, Unreadable
from bot.ocr.tesseract import order
from bot.screenshots import Line
from tests.ocr import reader

SCREENS = Path(__file__).parent / "screens"
MANY = frozenset({"eng", "deu", "rus", "jpn", "kor", "chi_sim"})


async def _all_looks(using: PictureReader, raw: bytes, languages: tuple[str, ...] = ("en",)) -> list[list[Line]]:
    async with aclosing(using.looks(raw, languages)) as looks:
        return [lines async for lines in looks]


def _png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose header promises this size, whatever is in it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body or zlib.compress(bytes(10_000_000))) + chunk(b"IEND", b"")


def _says(text: str, kind: str = "PNG") -> bytes:
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - only with the extra

    image = Image.new("RGB", (1000, 200), "white")
    ImageDraw.Draw(image).text((40, 60), text, "black", ImageFont.load_default(48))
    made = BytesIO()
    image.save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_words_are_read(kind: str) -> None:
    async with aclosing(reader().looks(_says("The last backup could not be completed", kind), ["en"])) as looks:
        first = await anext(looks)
    assert "last backup could not be completed" in " ".join(line.text for line in first)


async def test_heic_is_read() -> None:
    """The iPhone's own photos are opened; the extra has no encoder, so this one was made elsewhere."""
    looks = await _all_looks(reader(), (SCREENS / "last-backup-failed.heic").read_bytes())
    assert "last backup could not be completed" in " ".join(line.text for line in looks[0])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no picture at all",
        b"%PDF-1.7 a document",
        b"GIF89a" + bytes(100),
        b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf",
        _png(60_000, 60_000),
        _png(30_000, 2_000),
        _png(20, 20),
        _png(500, 500, b"broken"),
    ],
    ids=["empty", "text", "pdf", "another format", "the head of a HEIC", "a bomb", "wide and huge", "an icon", "broken in the middle"],
)
async def test_what_is_no_picture_of_a_screen_is_refused_fast(raw: bytes) -> None:
    """A header that promises too much is refused before anything is decoded: that costs no memory, and next to no time."""
    using, began = reader(), time.process_time()
    with pytest.raises(Unreadable):
        await _all_looks(using, raw)
    assert time.process_time() - began < 2


async def test_half_a_jpeg_is_refused() -> None:
    using, whole = reader(), _says("The last backup could not be completed", "JPEG")
    with pytest.raises(Unreadable):
        await _all_looks(using, whole[: len(whole) // 2])


def _reader_that_runs(script: str, tmp_path: Path, **given: float) -> PictureReader:
    child = tmp_path / "child.py"
    child.write_text(script)
    return PictureReader(MANY, at_once=1, command=(sys.executable, str(child)), **given)


def _has_ended(process: int) -> bool:
    """Whether a process is gone, or waits for init to bury it."""
    try:
        return "Z" in Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split()[2]
    except FileNotFoundError:
        return True


async def test_a_process_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\nchild = subprocess.Popen(['sleep', '600'])\nopen(sys.argv[0] + '.pid', 'w').write(str(child.pid))\n"
    )
    using = _reader_that_runs(script + "time.sleep(600)\n", tmp_path, seconds=1.5)
    with pytest.raises(Unreadable):
        await _all_looks(using, b"x" * 1_000_000)  # more than a pipe holds: nobody takes it
    grandchild = int((tmp_path / "child.py.pid").read_text())
    for _ in range(100):
        if _has_ended(grandchild):
            return
        await asyncio.sleep(0.05)
    pytest.fail("what it started runs on")


async def test_a_process_that_eats_memory_is_stopped_by_its_limits(tmp_path: Path) -> None:
    using = _reader_that_runs("from bot.ocr.child import limit\nlimit()\nbytearray(3 << 30)\n", tmp_path)
    with pytest.raises(Unreadable):
        await _all_looks(using, b"")


async def test_a_process_can_write_no_file(tmp_path: Path) -> None:
    write = f"from pathlib import Path\nPath({str(tmp_path / 'kept')!r}).write_bytes(b'picture')\n"
    script = "from bot.ocr.child import limit\nlimit()\n" + write
    with pytest.raises(Unreadable):
        await _all_looks(_reader_that_runs(script, tmp_path), b"")
    assert not (tmp_path / "kept").exists() or (tmp_path / "kept").stat().st_size == 0


async def test_a_process_that_tells_nonsense_is_not_believed(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        await _all_looks(_reader_that_runs("print('{')", tmp_path), b"")


async def test_the_process_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:secret")
    script = "import json, os\nprint(json.dumps({'lines': [[' '.join(os.environ), 99, 0]]}))\n"
    [[line]] = await _all_looks(_reader_that_runs(script, tmp_path), b"")
    assert "PATH" in line.text
    assert "TOKEN" not in line.text


async def test_who_has_seen_enough_ends_the_process(tmp_path: Path) -> None:
    """After the first look the process is ended, not waited for."""
    script = "import json, os, time\nprint(json.dumps({'lines': [[str(os.getpid()), 99, 0]]}), flush=True)\ntime.sleep(600)\n"
    async with aclosing(_reader_that_runs(script, tmp_path).looks(b"", ["en"])) as looks:
        [line] = await anext(looks)
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.text), 0)


async def test_one_at_a_time_and_not_too_many_wait() -> None:
    using = PictureReader(MANY, at_once=1)
    inside, most = 0, 0

    async def one() -> bool:
        nonlocal inside, most
        try:
            async with using.place():
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.01)
                inside -= 1
        except Busy:
            return False
        return True

    served = await asyncio.gather(*(one() for _ in range(30)))
    assert most == 1
    assert sum(served) == 9
    assert await one()


def test_the_likeliest_language_is_tried_first() -> None:
    assert order(["de", "en"], MANY) == ["deu", "eng", "rus", "jpn", "kor", "chi_sim"]
    assert order(["zh-Hans", "en-GB"], MANY) == ["chi_sim", "eng", "rus", "jpn", "kor"]
    assert order(["pt-BR", "xx"], frozenset({"eng", "por"})) == ["por", "eng"]
    assert order([], frozenset({"eng"})) == ["eng"]
