"""Passwords, codes and the like are noticed; ordinary messages are not taken for any."""

from __future__ import annotations

import pytest

from bot.disclosures import MASK, disclosed, masked
from bot.model import Disclosure, Guide
from tests.measuring import foreign_utterances, utterances


@pytest.mark.parametrize(
    ("text", "what", "secret"),
    [
        ("my password is Hunter2!", Disclosure.PASSWORD, "Hunter2!"),
        ("password: s3cret", Disclosure.PASSWORD, "s3cret"),
        ("my passcode is 1234", Disclosure.PASSWORD, "1234"),
        ("the password for my apple id is Sommer2024", Disclosure.PASSWORD, "Sommer2024"),
        ("Mein Passwort lautet Blume77", Disclosure.PASSWORD, "Blume77"),
        ("mi contraseña es Gato_99!", Disclosure.PASSWORD, "Gato_99!"),
        ("mon mot de passe est Soleil22", Disclosure.PASSWORD, "Soleil22"),
        ("пароль: Zima2024", Disclosure.PASSWORD, "Zima2024"),
        ("パスワードはneko1234です", Disclosure.PASSWORD, "neko1234"),
        ("密码是abc123", Disclosure.PASSWORD, "abc123"),
        ("482913", Disclosure.CODE, "482913"),
        ("the code is 482 913", Disclosure.CODE, "482 913"),
        ("G-482913 is your verification code", Disclosure.CODE, "482913"),
        ("Your Apple Account code is: 482913. Don't share it.", Disclosure.CODE, "482913"),
        ("验证码 482913", Disclosure.CODE, "482913"),
        ("my card 4242 4242 4242 4242 was charged", Disclosure.CARD, "4242 4242 4242 4242"),
        ("5555-5555-5555-4444", Disclosure.CARD, "5555-5555-5555-4444"),
        ("apple id anna.b@example.org, backup fails", Disclosure.EMAIL, "anna.b@example.org"),
        ("call me +49 170 1234567", Disclosure.PHONE, "+49 170 1234567"),
        ("my number is 0170 1234567", Disclosure.PHONE, "0170 1234567"),
    ],
)
def test_what_nobody_should_send_is_noticed(text: str, what: Disclosure, secret: str) -> None:
    """It is noticed, and covered where a message must be put aside."""
    assert disclosed(text) is what
    assert secret not in masked(text)
    assert MASK in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "my password isn't accepted",
        "my password is not accepted",
        "my password is wrong, I changed it 3 times",
        "password: required",
        "password is 100% right",
        "forgot password iphone12",
        "it wants a 6 digit code",
        "error code 482913",
        "Fehlercode 100060",
        "4.9 GB of 5 GB used",
        "backup 123456789 bytes",
        "21.11.26 09:41",
        "iOS 18.5.1 (22F76)",
        "Apple Support 1-800-275-2273",
        "mail from noreply@email.apple.com",
        "imei 356938035643809",
        "1732268400000",
        "4242 4242 4242 4243",
        "4.242.424.242 bytes",
        "",
    ],
)
def test_ordinary_messages_are_left_alone(text: str) -> None:
    """Figures, versions, error codes, dates and talk of passwords are none."""
    assert disclosed(text) is None
    assert masked(text) == text


def test_no_false_alarm_on_what_people_write(guide: Guide) -> None:
    """Of all labelled messages and phrases only the one with an address, half covered by its writer, is noticed."""
    texts = [one.text for one in (*utterances(), *foreign_utterances())]
    texts += [phrase.text for intent in guide.intents.values() for phrase in intent.phrases]
    assert [text for text in texts if disclosed(text) not in (None, Disclosure.EMAIL)] == []
    assert len([text for text in texts if disclosed(text)]) <= 1


def test_the_gravest_is_named() -> None:
    """Of an address and a password the password is pointed out, and both are covered."""
    assert disclosed("anna@example.org, password: s3cret") is Disclosure.PASSWORD
    assert masked("anna@example.org, password: s3cret") == f"{MASK}, password: {MASK}"
