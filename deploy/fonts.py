"""Makes the fonts of the pictures: cuts those of Debian down to the letters that the languages need. Run by `make fonts`.

Needs Debian's fonts-inter and fonts-noto-cjk-extra, and fontTools. For Chinese, Japanese and Korean: what the content says, and the
commoner half of the old national standard, so that a new label seldom needs a new font.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT: Final = Path(__file__).parents[1]
FONTS: Final = ROOT / "bot" / "drawing" / "fonts"
SYSTEM: Final = Path("/usr/share/fonts/opentype")
ALPHABETS: Final = ((0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x52F), (0x2010, 0x203F), (0x20AC, 0x20AC), (0x2190, 0x2193), (0x2212, 0x2212))
"""Latin, Greek, Cyrillic, and the signs between them."""
EAST_ASIAN: Final = ((0x3000, 0x30FF), (0xFF01, 0xFFEF))
IDEOGRAPHS: Final = 0x2E80
STANDARDS: Final = {"ja": ("euc_jp", 0xB0, 0xCF), "ko": ("euc_kr", 0xB0, 0xC8), "zh-Hans": ("gb2312", 0xB0, 0xD7)}
"""Language -> its standard, and the rows of it with the commoner letters."""
FACES: Final = {"ja": 0, "ko": 1, "zh-Hans": 2}
"""Language -> its face in the collection: the same letter is drawn differently in each."""


def main() -> None:
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    alphabets = set(_in(ALPHABETS))
    for weight in ("Medium", "SemiBold"):
        _cut(TTFont(SYSTEM / "inter" / f"Inter-{weight}.otf"), alphabets, FONTS / f"Inter-{weight}.otf")
    for language, face in FACES.items():
        font = TTFont(SYSTEM / "noto" / "NotoSansCJK-Medium.ttc", fontNumber=face)
        _cut(font, alphabets | _letters(language), FONTS / f"NotoSansCJK-{language}.otf")


def _in(ranges: Iterable[tuple[int, int]]) -> Iterator[str]:
    return (chr(code) for first, last in ranges for code in range(first, last + 1))


def _letters(language: str) -> set[str]:
    """What the content says in a language, and the common letters of its standard."""
    codec, first, last = STANDARDS[language]
    standard = {bytes((row, cell)).decode(codec, "ignore") for row in range(first, last + 1) for cell in range(0xA1, 0xFF)}
    said = {letter for file in (ROOT / "responses" / language).glob("*.yaml") for letter in file.read_text("utf-8")}
    return {letter for letter in standard | said if letter and ord(letter[0]) >= IDEOGRAPHS} | set(_in(EAST_ASIAN))


def _cut(font: TTFont, letters: Iterable[str], file: Path) -> None:
    options = Options(
        hinting=False, notdef_outline=True, layout_features=["kern"], name_IDs=[0, 1, 2, 5, 13, 14], drop_tables=["vhea", "vmtx", "VORG"]
    )
    cutter = Subsetter(options)
    cutter.populate(text="".join(letters))
    cutter.subset(font)
    font.save(file)


if __name__ == "__main__":
    main()
