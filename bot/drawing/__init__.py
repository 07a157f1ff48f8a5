"""Draws what a `Picture` says as a PNG, light or dark, with Pillow (in the extra `pictures`) and fonts of our own.

A picture is laid out on a sheet first, whose words can be measured without painting; then it is painted.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import Final

from bot.drawing.buttons import lay_out_buttons
from bot.drawing.leaflets import lay_out_leaflet
from bot.drawing.lettering import lacking
from bot.drawing.pages import lay_out_pages
from bot.drawing.sheet import WIDTH, Scheme, Sheet
from bot.model import Leaflet, Picture

__all__ = ["PHONE", "SMALLEST", "WIDTH", "Scheme", "Sheet", "digest", "draw", "draw_leaflet", "lacking", "lay_out", "lay_out_leaflet"]

VERSION: Final = b"1"
"""Of the style: another one makes all pictures new."""
PHONE: Final = 360
"""The width of a small phone's screen, in which a picture must still be read."""
SMALLEST: Final = 13.0
"""The smallest letters that are easily read there: iOS itself draws its footnotes so."""


def draw(picture: Picture, scheme: Scheme) -> bytes:
    """A picture as PNG."""
    return lay_out(picture).paint(scheme)


def draw_leaflet(leaflet: Leaflet) -> bytes:
    """A leaflet as PNG: as paper, light in any case."""
    return lay_out_leaflet(leaflet).paint(Scheme.LIGHT)


def lay_out(picture: Picture) -> Sheet:
    """A picture with everything in its place, not painted yet."""
    return lay_out_buttons(picture) if picture.presses else lay_out_pages(picture)


def digest(picture: Picture) -> str:
    """What stands for all that can be seen in a picture, whatever its language and scheme are called."""
    return blake2b(VERSION + repr(replace(picture, language="")).encode(), digest_size=16).hexdigest()
