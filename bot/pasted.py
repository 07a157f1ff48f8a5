"""Takes the wrapping off what people paste: the time and app name of a notification, who wrote it in a chat, marks of forwarding."""

from __future__ import annotations

import re
from typing import Final

from bot.emoji import in_words

# Without one of these signs there is nothing to take off. Several small looks take a fraction of one with all of them.
_FIGURES: Final = re.compile(r"\d[:.]\d\d")
_QUOTES: Final = frozenset(">|[")
_JUST_NOW: Final = ("now", "ago", "jetzt", "ahora", "maintenant", "adesso", "ora", "agora", "nu", "teraz", "şimdi")
_JUST_NOW_ALONE: Final = re.compile(rf"\b(?:{'|'.join(_JUST_NOW)})\b", re.IGNORECASE)
_WRAPPED: Final = (
    *("сейчас", "зараз", "今", "지금", "现在", "現在"),
    *("weiter", "weter", "forw", "fwd", "reenvi", "transf", "inolt", "encam", "doorg", "przek", "ilet", "перес"),
    *("转发", "轉發", "転送", "전달"),
)
_DOT_ABOVE: Final = "\u0307"
"""What is left of the dot of İ in small letters."""
_CLOCK: Final = r"(?:[01]?\d|2[0-3])[:.][0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\.?)?"
_APP: Final = (
    "Settings|Einstellungen|Ajustes|Configuración|Réglages|Impostazioni|Definições|Instellingen|Ustawienia|Ayarlar|Настройки|Параметри|Налаштування"
    "|設定|설정|设置|設置|Inställningar|Nastavení|Pengaturan|Cài đặt|الإعدادات"
)
_NOW: Final = (
    "now|just now|jetzt|gerade eben|ahora|maintenant|à l’instant|adesso|ora|agora|nu|teraz|şimdi|сейчас|зараз|今|たった今|지금|现在|現在"
    r"|\d{1,2}\s?(?:m|h|min|std|мин|хв)\.?(?:\s?ago)?"
)
_HEADER: Final = re.compile(
    rf"^[ \t]*(?:(?:{_CLOCK})[ \t·•|,-]*(?:{_APP})\b[ \t·•|:-]*|(?:{_APP})[ \t·•|,-]+(?:{_NOW}|{_CLOCK})[ \t]*(?:$|[·•|:]+[ \t]*)|"
    rf"{_CLOCK}[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
"""`9:41 Settings`, `SETTINGS  now`, or the clock on a line of its own."""
_CHAT_LINE: Final = re.compile(
    rf"^[ \t]*\[?\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}},?[ \t]+{_CLOCK}\]?(?:[ \t]*-)?[ \t]*(?:[^\n:]{{1,40}}:[ \t])?",
    re.IGNORECASE | re.MULTILINE,
)
"""`[21.11.26, 09:41] Anna: `, as chats export it."""
_FORWARDED: Final = re.compile(
    r"^[ \t>*-]*(?:begin )?(?:forwarded(?: message)?(?: from)?|fwd|fw|weitergeleitet(?:e nachricht)?(?: von)?|reenviado(?: de)?|"
    r"mensaje reenviado(?: de)?|transféré(?: de)?|message transféré(?: de)?"
    r"|inoltrato(?: da)?|messaggio inoltrato(?: da)?|encaminhada?(?: de)?|mensagem encaminhada(?: de)?|"
    r"doorgestuurd(?: bericht)?(?: van)?|przekazan[ao](?: wiadomość)?(?: od)?"
    r"|iletildi|iletilen mesaj|переслано(?: от| від)?|пересланное сообщение(?: от)?|转发自|轉發自|転送元|전달됨)(?:[ \t]*:[ \t]*|"
    r"[ \t]+[^\n]{0,40}\n|[ \t-]*\n)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED: Final = re.compile(r"^[ \t]*[>|]+[ \t]?", re.MULTILINE)


def unwrapped(text: str) -> str:
    """The text without its wrapping, an emoji alone in words; as it is, where there is none, or nothing else."""
    if not any(map(str.isalnum, text)):
        return in_words(text)
    if not _may_be_wrapped(text):
        return text
    bare = text
    for wrapping in (_CHAT_LINE, _QUOTED, _FORWARDED, _HEADER):
        bare = wrapping.sub("", bare)
    return bare if bare.strip() else text


def _may_be_wrapped(text: str) -> bool:
    """Whether there is anything of a wrapping: a cheap look before the full one."""
    if _FIGURES.search(text) is not None or not _QUOTES.isdisjoint(text):
        return True
    small = text.lower().replace(_DOT_ABOVE, "")
    return any(map(small.__contains__, _WRAPPED)) or (any(map(small.__contains__, _JUST_NOW)) and _JUST_NOW_ALONE.search(text) is not None)
