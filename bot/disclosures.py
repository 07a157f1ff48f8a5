"""Finds what nobody should send to a bot: passwords, one-time codes, card numbers, addresses and phone numbers.

A false alarm frightens people and teaches them to ignore the next one, so each kind needs a clear sign: a password one that no
plain word has, a code its six digits, a card number its check digit, a phone number its plus or the words for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.model import Disclosure

MASK: Final = "***"
_HINT: Final = re.compile(r"[0-9@#$!&*^０-９]")
"""Without one of these signs there is nothing to be found."""

_NAMED_SO: Final = (
    r"(?:pass ?words?|passcode|pass ?code|pw|pwd|pass ?phrase|passwort|kennwort|contraseña|clave|mot de passe|mdp|senha|palavra-passe"
    r"|wachtwoord|toegangscode|has[łl]o|şifrem?|sifrem?|parola|пароль|パスワード|パスコード|비밀번호|암호|密码|密碼)"
)
_IS: Final = r"(?:\s*[:=：]\s*|\s+(?:is|was|ist|lautet|war|es|est|è|é|to|это|-)\s*:?\s+|\s*(?:は|是|为|은|는)\s*)"
_PASSWORD: Final = re.compile(
    rf"\b{_NAMED_SO}(?:\s+(?:for|für|para|pour|per|voor|do|od|для|"
    rf"від)\s+(?:\w+\s+){{0,4}}?\w+)?{_IS}[\"'„“«「]?(?P<secret>[^\s\"'“”»」,;]{{4,64}})",
    re.IGNORECASE,
)
_CODE_WORD: Final = re.compile(
    r"\bcodes?\b|verif|\botp\b|bestätigungs|prüfcode|\bcódigo|\bcodigo|\bcodice|\bkod[uy]?\b|doğrulama|\bкод|подтвержд|підтвердж|"
    r"コード|認証|코드|인증|验证码|驗證碼|校验码",
    re.IGNORECASE,
)
_ERROR_WORD: Final = re.compile(r"err[oe]|fehler|błąd|hata|ошибк|помилк|エラー|오류|错误|錯誤|foutcode", re.IGNORECASE)
_SIX: Final = re.compile(r"(?:(?<![\w.,:/-])|(?<=\bG-))\d{3}[ -]?\d{3}(?![\w/:%-]|[.,]\d)")
_CODE_NEAR: Final = 40
"""Characters on either side of six digits in which the word for a code makes them one."""

_CARD: Final = re.compile(r"(?<![\d.,+-])\d(?:[ -]?\d){12,18}(?![\d-]|[.,]\d)")
_CARD_KINDS: Final = re.compile(
    r"4\d{12}(?:\d{3}|\d{6})?|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|(?:6011|65\d\d|35\d\d)\d{12}|62\d{14,17}"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])(?P<name>[\w.+-]{1,64})@(?P<host>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24})(?![\w-])"
)
_SENDER: Final = re.compile(r"(?:do-?)?no-?t?_?reply|news|support|help|info|service", re.IGNORECASE)
_APPLE: Final = re.compile(r"(?:^|\.)(?:apple|itunes)\.com$", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\w+.])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){8,13}(?!\d|[.,]\d)")
_OWN_PHONE: Final = re.compile(
    r"(?:my (?:phone |mobile |cell )?number(?: is)?|call me (?:at|on)|text me (?:at|on)|meine (?:handy|telefon)?nummer(?: ist|"
    r" lautet)?|mi (?:número|numero|teléfono)(?: es)?"
    r"|mon (?:numéro|portable)(?: est)?|il mio numero(?: è)?|meu (?:número|telefone)(?: é)?|mijn (?:telefoon)?nummer(?: is)?|"
    r"mój numer(?: to)?|numaram"
    r"|мой (?:номер|телефон)|мій (?:номер|телефон)|電話番号は|제? ?(?:번호|전화번호)는|我的(?:手机号?|电话|"
    r"号码)是?)\s*:?\s*(?P<secret>\d(?:[ ()./-]{0,2}\d){7,13})(?!\d)",
    re.IGNORECASE,
)
_DIGITS: Final = re.compile(r"\d")

Place = tuple[Disclosure, int, int]
"""What is disclosed, and where it begins and ends."""


def disclosed(text: str) -> Disclosure | None:
    """The gravest thing that a text gives away, if any."""
    kinds = {kind for kind, _, _ in _places(text)}
    return next((kind for kind in Disclosure if kind in kinds), None)


def masked(text: str) -> str:
    """The text with everything of the kind covered."""
    for _, start, end in sorted(_places(text), key=lambda place: place[1], reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


def _places(text: str) -> Iterator[Place]:
    if _HINT.search(text) is None:
        return
    yield from _passwords(text)
    yield from _codes(text)
    yield from _cards(text)
    if "@" in text:
        for found in _EMAIL.finditer(text):
            if not _APPLE.search(found["host"]) and not _SENDER.fullmatch(found["name"]):
                yield Disclosure.EMAIL, *found.span()
    for found in _PHONE.finditer(text):
        yield Disclosure.PHONE, *found.span()
    for found in _OWN_PHONE.finditer(text):
        yield Disclosure.PHONE, *found.span("secret")


def _passwords(text: str) -> Iterator[Place]:
    for found in _PASSWORD.finditer(text):
        if _is_no_word(found["secret"]):
            yield Disclosure.PASSWORD, *found.span("secret")


def _is_no_word(secret: str) -> bool:
    """Whether what follows "my password is" is no word of a sentence: letters mixed with digits or signs, or four digits and more."""
    bare = secret.rstrip(".!?)…")
    if bare.isdigit():
        return len(bare) >= 4
    letters = any(sign.isalpha() for sign in bare)
    return letters and (any(sign.isdigit() for sign in bare) or not set("@#$!&*^").isdisjoint(bare)) and not _EMAIL.fullmatch(bare)


def _codes(text: str) -> Iterator[Place]:
    for found in _SIX.finditer(text):
        near = text[max(found.start() - _CODE_NEAR, 0) : found.end() + _CODE_NEAR]
        alone = found[0] == text.strip()
        if alone or (_CODE_WORD.search(near) and not _ERROR_WORD.search(near)):
            yield Disclosure.CODE, *found.span()


def _cards(text: str) -> Iterator[Place]:
    for found in _CARD.finditer(text):
        digits = "".join(_DIGITS.findall(found[0]))
        if _CARD_KINDS.fullmatch(digits) and _passes_luhn(digits):
            yield Disclosure.CARD, *found.span()


def _passes_luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right: every second digit from the right counts twice, and the sum ends in 0."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0
