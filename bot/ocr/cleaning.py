"""A picture's bytes -> what an engine can read: refused before anything is decoded, where it is too large or no picture at all.

Two looks at the same picture, which fail on different ones: `flat` is for screenshots, `even` for photos of a screen and for what
stands on a coloured background.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from io import BytesIO
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

with suppress(ImportError):
    from pi_heif import register_heif_opener

    register_heif_opener(thumbnails=False)

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF", "MPO")
"""What phones make; MPO is how some cameras call a JPEG. Every other decoder would be one more that strangers can try to break."""
MOST_PIXELS: Final = 50_000_000
"""Of a picture; a phone's camera makes 48 million at most."""
LONGEST_SIDE: Final = 1280
"""Pixels after scaling down: more costs time, and reads no better (docs/screenshots.md)."""
LEAST_SIDE: Final = 48
DARK: Final = 128
"""A page that is darker on average is turned into its negative."""
PAPER: Final = 175
"""What is brighter counts as paper."""
BACKGROUND: Final = 8
"""How much smaller the picture is made to find its background, and how wide the median is that drops letters from it."""
CONTRAST: Final = 1.8


class NoPicture(ValueError):
    """Bytes that are not read: no picture, a broken one, or one that is too large."""


def opened(raw: bytes) -> Image.Image:
    """The picture in grey, upright and scaled down. Raises NoPicture; a header that promises too much is refused undecoded."""
    try:
        grey = _decoded(_promised(raw))
    except Exception as error:  # noqa: BLE001 - decoders raise whatever they like, and all of it means the same
        raise NoPicture(type(error).__name__) from None
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return grey


def _promised(raw: bytes) -> Image.Image:
    """The picture as its header promises it, not decoded yet. Raises NoPicture, and what Pillow raises."""
    with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
        picture = Image.open(BytesIO(raw), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS or min(picture.size) < LEAST_SIDE:
        raise NoPicture("size")
    return picture


def _decoded(picture: Image.Image) -> Image.Image:
    """The picture in grey, upright."""
    picture.draft("L", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))  # a JPEG is decoded no larger than needed
    return ImageOps.exif_transpose(_on_white(picture)).convert("L")


def _on_white(picture: Image.Image) -> Image.Image:
    """What is transparent becomes white: its hidden colours say nothing."""
    if not picture.has_transparency_data:
        return picture
    whole = picture.convert("RGBA")
    paper = Image.new("RGBA", whole.size, "white")
    paper.alpha_composite(whole)
    paper.info = whole.info
    return paper


def flat(grey: Image.Image) -> Image.Image:
    """Dark letters on white: a dark page is turned into its negative, and what is nearly white becomes white."""
    light = ImageOps.invert(grey) if ImageStat.Stat(grey).mean[0] < DARK else grey
    return light.point(lambda value: 255 if value > PAPER else value)


def even(grey: Image.Image) -> Image.Image:
    """Dark letters on white: how much each place differs from its surroundings, brighter or darker."""
    small = grey.reduce(BACKGROUND).filter(ImageFilter.MedianFilter(BACKGROUND + 1))
    behind = small.resize(grey.size, Image.Resampling.BILINEAR)
    return ImageOps.invert(ImageChops.difference(grey, behind).point(lambda value: min(255, int(value * CONTRAST))))
