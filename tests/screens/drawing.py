"""Draws iOS's screens: an alert over the home screen, a banner on the lock screen, the iCloud Backup page of Settings, a photo of each.

All measures are points, as iOS counts; a phone has two or three pixels to a point. The same screen is always drawn the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import fontpkg_inter
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

HERE: Final = Path(__file__).parent
CJK: Final = Path("/usr/share/fonts/opentype/noto")
"""Where Debian's fonts-noto-cjk lies."""
FACES: Final = {"ja": 0, "ko": 1, "zh-Hans": 2}
"""Which face of a CJK font writes a language."""
PHONES: Final = {"new": (390, 844, 3), "old": (375, 667, 2)}
"""Width and height in points, and pixels to a point."""
TELEGRAM: Final = 1280
"""The longer side of a picture that was sent as a photo."""
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen to be drawn: where an error stands (`kind`, `of`), its words, what surrounds it; and the intent that it means, if any."""

    id: str
    kind: str
    intent: str | None
    text: str
    title: str = ""
    buttons: tuple[str, ...] = ()
    language: str = "en"
    dark: bool = False
    phone: str = "new"
    sent: str = "photo"
    of: str = ""
    running: bool = False
    around: dict[str, str] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether it is a screenshot, not a photo of a screen."""
        return self.kind != "photo"

    @property
    def words(self) -> str:
        return f"{self.title} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Palette:
    page: Colour
    group: Colour
    ink: Colour
    grey: Colour
    line: Colour
    blue: Colour
    red: Colour
    glass: Colour


LIGHT: Final = Palette(
    (242, 242, 247), (255, 255, 255), (0, 0, 0), (109, 109, 114), (198, 198, 200), (0, 122, 255), (255, 59, 48), (240, 240, 243)
)
DARK: Final = Palette((0, 0, 0), (28, 28, 30), (255, 255, 255), (152, 152, 159), (56, 56, 58), (10, 132, 255), (255, 69, 58), (44, 44, 46))
GREEN: Final = (52, 199, 89)


def fonts_missing() -> str:
    """What is to be installed before the screens can be drawn; nothing if all is there."""
    return "" if (CJK / "NotoSansCJK-Regular.ttc").exists() else "Debian's fonts-noto-cjk"


def drawn(screen: Screen) -> bytes:
    """The screen as the file that a person sends: PNG whole, JPEG where Telegram made it small."""
    image = _photo(screen) if screen.kind == "photo" else Canvas(screen, screen.kind).image
    made = BytesIO()
    if screen.sent == "file":
        image.save(made, "PNG")
        return made.getvalue()
    image.thumbnail((TELEGRAM, TELEGRAM), Image.Resampling.LANCZOS)
    image.save(made, "JPEG", quality=82)
    return made.getvalue()


@cache
def _font(language: str, size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    if language in FACES:
        return ImageFont.truetype(CJK / f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc", size, index=FACES[language])
    font = ImageFont.truetype(fontpkg_inter.ROOT / "files" / "Inter[opsz,wght].ttf", size)
    font.set_variation_by_axes([14, 600 if bold else 400])
    return font


class Canvas:
    """One screen, drawn from the top."""

    def __init__(self, screen: Screen, kind: str) -> None:
        self.screen = screen
        self.width, self.height, self.scale = PHONES[screen.phone]
        self.look = DARK if screen.dark else LIGHT
        self.image = Image.new("RGB", (self.width * self.scale, self.height * self.scale), self.look.page)
        self.draw = ImageDraw.Draw(self.image)
        {"alert": self._alert, "banner": self._banner, "panel": self._panel}[kind]()

    # --- the three kinds ---

    def _panel(self) -> None:
        around = self.screen.around
        self._status(self.look.ink)
        top = 54 if self.screen.phone == "new" else 24
        self.say("‹", 10, top + 4, 28, self.look.blue)
        self.say(around["back"], 26, top + 12, 17, self.look.blue)
        self.say(around["title"], self.width / 2, top + 12, 17, self.look.ink, bold=True, centred=True)
        y = self._row(top + 62, around["switch"], self.look.ink, switch=True)
        y = self._footer(y, around["footer"], self.look.grey)
        y = self._row(y, around["cellular"], self.look.ink, switch=False)
        y = self._footer(y, around["cellular_footer"], self.look.grey)
        y = self._row(y, around["now"], self.look.grey if self.screen.running else self.look.blue)
        if self.screen.running:
            self.rounded((16, y + 10, self.width - 16, y + 14), 2, self.look.line)
            self.rounded((16, y + 10, 60, y + 14), 2, self.look.blue)
            y += 16
        if self.screen.text:
            y = self._footer(y, self.screen.text, self.look.grey if self.screen.running else self.look.red, gap=4)
        self._footer(y, around["last"], self.look.grey)

    def _alert(self) -> None:
        self._wallpaper()
        self._icons()
        self.image.paste(ImageEnhance.Brightness(self.image).enhance(0.6))
        screen, left = self.screen, (self.width - 270) / 2
        title, text = self.lines(screen.title, 17, 238, bold=True), self.lines(screen.text, 13, 238)
        row = 44 * (1 if len(screen.buttons) <= 2 else len(screen.buttons))
        tall = 19 + 22 * len(title) + 4 + 17 * len(text) + 18 + row
        y = (self.height - tall) / 2
        self.rounded((left, y, left + 270, y + tall), 14, self.look.glass)
        y += 19
        for line in title:
            self.say(line, self.width / 2, y, 17, self.look.ink, bold=True, centred=True)
            y += 22
        y += 2
        for line in text:
            self.say(line, self.width / 2, y, 13, self.look.ink, centred=True)
            y += 17
        y += 20
        self.fill((left, y, left + 270, y + 0.5), self.look.line)
        wide = 270 / max(len(screen.buttons), 1)
        for place, button in enumerate(screen.buttons):
            self.say(button, left + wide * (place + 0.5), y + 11, 17, self.look.blue, bold=place == len(screen.buttons) - 1, centred=True)
            if place:
                self.fill((left + wide * place, y, left + wide * place + 0.5, y + 44), self.look.line)

    def _banner(self) -> None:
        self._wallpaper()
        white = (255, 255, 255)
        self._status(white)
        self.say(self.screen.around["day"], self.width / 2, 92, 20, white, centred=True)
        self.say("9:41", self.width / 2, 112, 84, white, bold=True, centred=True)
        title, text = self.lines(self.screen.title, 15, 246, bold=True), self.lines(self.screen.text, 15, 276)
        tall = 14 + 20 * (len(title) + len(text)) + 14
        y = self.height * 0.46
        self.rounded((8, y, self.width - 8, y + tall), 20, self.look.glass)
        self.rounded((20, y + tall / 2 - 19, 58, y + tall / 2 + 19), 9, (142, 142, 147))
        self.draw.ellipse(self.px((28, y + tall / 2 - 11, 50, y + tall / 2 + 11)), outline=white, width=3 * self.scale)
        ago = self.screen.around["ago"]
        self.say(ago, self.width - 22 - self.wide(ago, 13), y + 15, 13, self.look.grey)
        y += 13
        for line, bold in [*((line, True) for line in title), *((line, False) for line in text)]:
            self.say(line, 70, y, 15, self.look.ink, bold=bold)
            y += 20
        self.rounded((46, self.height - 96, 96, self.height - 46), 25, (60, 60, 66))
        self.rounded((self.width - 96, self.height - 96, self.width - 46, self.height - 46), 25, (60, 60, 66))
        self.rounded((self.width / 2 - 67, self.height - 13, self.width / 2 + 67, self.height - 8), 2, white)

    # --- parts ---

    def _status(self, ink: Colour) -> None:
        if self.screen.phone == "new":
            self.rounded((self.width / 2 - 62, 11, self.width / 2 + 62, 48), 18, (0, 0, 0))
            x, y, size = 34.0, 19, 16
        else:
            x, y, size = self.width / 2 - 14, 4, 12
        self.say("9:41", x, y, size, ink, bold=True)
        for bar in range(4):
            self.rounded((self.width - 92 + bar * 5, y + 11 - bar * 2.6, self.width - 89 + bar * 5, y + 14), 1, ink)
        self.draw.rounded_rectangle(
            self.px((self.width - 46, y + 2, self.width - 22, y + 14)), 4 * self.scale, outline=ink, width=self.scale
        )
        self.rounded((self.width - 44, y + 4, self.width - 30, y + 12), 2, ink)

    def _row(self, y: float, label: str, colour: Colour, *, switch: bool | None = None) -> float:
        self.rounded((16, y, self.width - 16, y + 44), 10, self.look.group)
        self.say(label, 32, y + 11, 17, colour)
        if switch is not None:
            right = self.width - 30
            self.rounded((right - 51, y + 6.5, right, y + 37.5), 15.5, GREEN if switch else self.look.line)
            knob = right - 29 if switch else right - 49
            self.draw.ellipse(self.px((knob, y + 8.5, knob + 27, y + 35.5)), fill=(255, 255, 255))
        return y + 44

    def _footer(self, y: float, text: str, colour: Colour, gap: float = 14) -> float:
        y += 7
        for line in self.lines(text, 13, self.width - 64):
            self.say(line, 32, y, 13, colour)
            y += 17
        return y + gap

    def _wallpaper(self) -> None:
        """Soft hills of colour, the same for the same screen."""
        chance = random.Random(self.screen.id)
        small = Image.new("RGB", (6, 10))
        low, high = (10, 90) if self.screen.dark else (70, 200)
        small.putdata([(chance.randint(low, high), chance.randint(low, high), chance.randint(low + 20, high + 30)) for _ in range(60)])
        soft = small.resize((self.width // 3, self.height // 3), Image.Resampling.BICUBIC)
        self.image.paste(soft.resize(self.image.size, Image.Resampling.BILINEAR))

    def _icons(self) -> None:
        chance = random.Random(self.screen.id + "icons")
        names = ["Mail", "Maps", "Clock", "Notes", "Music", "Wallet", "Files", "Health"]
        step = (self.width - 54) / 4
        for place in range(20):
            x, y = 27 + (place % 4) * step + (step - 60) / 2, 76 + (place // 4) * 92
            self.rounded((x, y, x + 60, y + 60), 14, (chance.randint(20, 250), chance.randint(20, 250), chance.randint(20, 250)))
            self.say(names[place % 8], x + 30, y + 64, 11, (255, 255, 255), centred=True)

    # --- strokes ---

    def px(self, box: Box) -> Box:
        left, top, right, bottom = (round(side * self.scale) for side in box)
        return left, top, right, bottom

    def fill(self, box: Box, colour: Colour) -> None:
        self.draw.rectangle(self.px(box), fill=colour)

    def rounded(self, box: Box, radius: float, colour: Colour) -> None:
        self.draw.rounded_rectangle(self.px(box), radius * self.scale, fill=colour)

    def say(self, text: str, x: float, y: float, size: int, colour: Colour, *, bold: bool = False, centred: bool = False) -> None:
        font = _font(self.screen.language, size * self.scale, bold=bold)
        place = (x * self.scale, (y + size * 0.97) * self.scale)
        self.draw.text(place, text, fill=colour, font=font, anchor="ms" if centred else "ls")

    def wide(self, text: str, size: int, *, bold: bool = False) -> float:
        return _font(self.screen.language, size * self.scale, bold=bold).getlength(text) / self.scale

    def lines(self, text: str, size: int, width: float, *, bold: bool = False) -> list[str]:
        """A text broken into lines, between words, or between signs where a language has no blanks."""
        signs = self.screen.language in {"ja", "zh-Hans"}
        lines: list[str] = []
        for piece in _pieces(text) if signs else text.split():
            longer = lines[-1] + ("" if signs else " ") + piece if lines else piece
            if lines and (self.wide(longer, size, bold=bold) <= width or piece in "。、，："):
                lines[-1] = longer
            else:
                lines.append(piece)
        return lines


def _pieces(text: str) -> list[str]:
    """Where a line of an unspaced script may be broken: Latin words stay whole."""
    pieces: list[str] = []
    for sign in text:
        if pieces and sign.isascii() and pieces[-1].isascii():
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _photo(screen: Screen) -> Image.Image:
    """A photo of the phone on a table: slanted, unevenly lit, a little out of focus, noisy."""
    chance = random.Random(screen.id)
    shown = Canvas(screen, screen.of).image
    wide, tall = shown.size
    framed = Image.new("RGB", (wide + wide // 6, tall + wide // 6), (18, 18, 20))
    framed.paste(shown, (wide // 12, wide // 12))
    table = Image.new("RGB", (framed.width + wide // 2, framed.height + wide // 3), (148, 116, 84))
    table.paste(framed, (wide // 4, wide // 6))
    w, h = table.size
    lean = [chance.uniform(0.0, 0.055) for _ in range(8)]
    quad = (lean[0] * w, lean[1] * h, lean[2] * w, (1 - lean[3]) * h, (1 - lean[4]) * w, (1 - lean[5]) * h, (1 - lean[6]) * w, lean[7] * h)
    taken = table.transform(table.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    taken = taken.rotate(chance.uniform(-1.5, 1.5), Image.Resampling.BICUBIC, fillcolor=(148, 116, 84))
    shade = Image.linear_gradient("L").rotate(chance.choice([0, 90, 180])).resize(taken.size)
    taken = Image.composite(taken, ImageEnhance.Brightness(taken).enhance(0.72), shade)
    taken.thumbnail((2000, 2000), Image.Resampling.LANCZOS)
    noise = Image.effect_noise(taken.size, 26).convert("RGB")
    return Image.blend(taken.filter(ImageFilter.GaussianBlur(1.1)), noise, 0.08)


def screens_of(data: list[dict[str, Any]], around: dict[str, dict[str, str]]) -> list[Screen]:
    """The screens that a file describes."""
    return [
        Screen(**{**entry, "buttons": tuple(entry.get("buttons", ())), "around": around[entry.get("language", "en")]}) for entry in data
    ]
