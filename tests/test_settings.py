"""The environment as settings."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest

from bot.settings import READERS, Settings, SettingsError, load_settings

ROOT: Final = Path(__file__).parents[1]
ORIGINS: Final = ("https://a.example", "http://localhost:8000", "https://*.b.example")
BAD_ORIGINS: Final = (
    "*",
    "a.example",
    "https://a.example/path",
    "https://a.example; script-src *",
    "https://a.example,",
    "https://a b",
    "'self'",
)
VARIABLES: Final = [field.name.upper() for field in fields(Settings)]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without .env, and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_nothing_needs_to_be_set() -> None:
    """Without any variable the built-in content is used."""
    assert load_settings().content_dir is None


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """CONTENT_DIR names the operator's own content."""
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path))
    assert load_settings().content_dir == tmp_path


def test_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable, as a compose file leaves it, counts as not set."""
    monkeypatch.setenv("CONTENT_DIR", "")
    assert load_settings().content_dir is None


def test_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A line in .env counts as well, and the environment wins over it; other people's variables do no harm."""
    Path(".env").write_text("CONTENT_DIR=/from/file\nSOMEBODY_ELSES=1\n", encoding="utf-8")
    assert load_settings().content_dir == Path("/from/file")
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path))
    assert load_settings().content_dir == tmp_path


def test_the_example_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """.env.example, copied as it stands, changes nothing."""
    example = Path(__file__).parents[1] / ".env.example"
    Path(".env").write_text(example.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_settings().content_dir is None


def test_frozen() -> None:
    """Settings are read once and never change."""
    with pytest.raises(FrozenInstanceError):
        load_settings().content_dir = Path("/elsewhere")  # type: ignore[misc]


def test_every_setting_has_a_reader() -> None:
    """Each field has the variable of its name, and its own default would be read as it is."""
    assert [field.name for field in fields(Settings)] == list(READERS)
    assert all(
        reader("yes" if field.default is True else str(field.default)) == field.default
        for field, reader in zip(fields(Settings), READERS.values(), strict=True)
        if field.default
    )


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_setting_is_documented(variable: str) -> None:
    """The table of the documentation and .env.example name what there is."""
    documented, example = (ROOT / "docs/configuration.md").read_text(encoding="utf-8"), (ROOT / ".env.example").read_text(encoding="utf-8")
    assert f"| `{variable}` |" in documented
    assert f"{variable}=" in example


@pytest.mark.parametrize(
    ("variable", "text", "read"),
    [
        ("CONTENT_DIR", "somewhere/else", Path("somewhere/else")),
        ("TELEGRAM_BOT_TOKEN", "123:abc", "123:abc"),
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("DATABASE_URL", "sqlite:////var/lib/bot.db", "sqlite:////var/lib/bot.db"),
        ("DATABASE_URL", "postgresql://bot:secret@db/medic", "postgresql://bot:secret@db/medic"),
        ("DATABASE_URL", "postgres:///medic", "postgres:///medic"),
        ("RETENTION_DAYS", "15", 15),
        ("RETENTION_DAYS", " 365 ", 365),
        ("LOG_LEVEL", "warning", "WARNING"),
        ("WEBHOOK_SECRET", "Az09_-", "Az09_-"),
        ("HOST", "::1", "::1"),
        ("PORT", "65535", 65535),
        ("WEBHOOK_CONNECTIONS", "1", 1),
        ("WEBHOOK_PROXIES", "10.0.0.0/8, ::1", (ip_network("10.0.0.0/8"), ip_network("::1"))),
        ("OPERATOR_CHAT_IDS", "123456789", (123456789,)),
        ("OPERATOR_CHAT_IDS", " 5, -1001234567890 ,5", (5, -1001234567890)),
        ("SECRET_KEY", " sixteen letters! ", "sixteen letters!"),
        ("EMBED_ORIGINS", "https://a.example, http://localhost:8000/,https://*.b.example", ORIGINS),
        ("WEB_RATE", "60", 60),
        ("WEB_PROXIES", "127.0.0.1", (ip_network("127.0.0.1"),)),
        ("SEMANTIC", "yes", True),
        ("SEMANTIC", " No ", False),
        ("WEBHOOK_NETWORKS", "telegram", (ip_network("149.154.160.0/20"), ip_network("91.108.4.0/22"))),
        ("WEBHOOK_NETWORKS", "127.0.0.1,telegram", tuple(map(ip_network, ("127.0.0.1", "149.154.160.0/20", "91.108.4.0/22")))),
    ],
)
def test_what_can_be_set(monkeypatch: pytest.MonkeyPatch, variable: str, text: str, read: object) -> None:
    """Each variable is read as what it is, from the environment and from .env alike."""
    Path(".env").write_text(f'{variable}="{text}"\n', encoding="utf-8")
    assert getattr(load_settings(), variable.lower()) == read
    Path(".env").unlink()
    monkeypatch.setenv(variable, text)
    assert getattr(load_settings(), variable.lower()) == read


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("TELEGRAM_API_URL", "api.telegram.org", "http"),
        ("TELEGRAM_API_URL", "https://", "http"),
        ("DATABASE_URL", "mysql://x", "sqlite:///backup-medic.db"),
        ("DATABASE_URL", "postgresql://", "postgresql://user:password@host/database"),
        ("DATABASE_URL", "sqlite:///", "sqlite:///backup-medic.db"),
        *(("RETENTION_DAYS", text, "at least 15") for text in ("14", "-90", "90.5", "1e3", "a month", " ", "９０", "9" * 5000)),
        ("LOG_LEVEL", "loud", "DEBUG, INFO"),
        *(("WEBHOOK_SECRET", text, "letters, digits") for text in ("with space", "ü", "x" * 257, "a:b", "a\n")),
        *(("PORT", text, "from 1 to 65535") for text in ("0", "65536", "http", "-1", "8080.0")),
        *(("WEBHOOK_CONNECTIONS", text, "from 1 to 100") for text in ("0", "101")),
        *(("OPERATOR_CHAT_IDS", text, "such as 123456789") for text in ("@me", "1;2", "5,", "0", "-", "1.5", "٥", "9" * 17)),
        *(("SECRET_KEY", text, "token_urlsafe") for text in ("x", "fifteen letters", " " * 40)),
        *(("EMBED_ORIGINS", text, "https://www.example.org") for text in BAD_ORIGINS),
        *(("WEB_RATE", text, "from 60 to 100000") for text in ("59", "100001", "1/s")),
        *(("SEMANTIC", text, "yes or no") for text in ("on", "1", "maybe")),
        *(("WEBHOOK_NETWORKS", text, "10.0.0.0/8") for text in ("everybody", "10.0.0.1/8", "10.0.0.0/8,", "1.2.3.4;5.6.7.8")),
    ],
)
def test_what_cannot_be_meant(monkeypatch: pytest.MonkeyPatch, variable: str, text: str, expected: str) -> None:
    """A value that cannot be meant is told by its variable, with what was expected."""
    monkeypatch.setenv(variable, text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    [line] = str(caught.value).splitlines()
    assert line.startswith(f"{variable}: ")
    assert expected in line


@pytest.mark.parametrize(
    "text",
    ["https://bot.example.org/telegram", "https://bot.example.org", "https://[2001:db8::1]:8443/a/b.c", "http://127.0.0.1:8080/hook"],
)
def test_where_a_webhook_may_be(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Behind https anywhere, behind http on this machine; and only with a secret."""
    monkeypatch.setenv("WEBHOOK_URL", text)
    with pytest.raises(SettingsError, match=r"^WEBHOOK_SECRET: .*token_urlsafe"):
        load_settings()
    monkeypatch.setenv("WEBHOOK_SECRET", "s")
    assert load_settings().webhook_url == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, "full public address") for text in ("bot.example.org", "https://", "ftp://bot.example.org/hook", "https:///hook")),
        *((text, "https only") for text in ("http://bot.example.org/hook", "http://127.0.0.1.example.org/hook")),
        *((f"https://bot.example.org{path}", "question mark") for path in ("/?a=b", "/#a", "/a b", "/{path}", "/%41", "/ü")),
        *((f"https://bot.example.org{path}", "another path") for path in ("/healthz", "/readyz")),
        ("https://[::1/hook", ""),
    ],
)
def test_where_a_webhook_cannot_be(monkeypatch: pytest.MonkeyPatch, text: str, expected: str) -> None:
    """One line says why."""
    monkeypatch.setenv("WEBHOOK_SECRET", "s")
    monkeypatch.setenv("WEBHOOK_URL", text)
    with pytest.raises(SettingsError, match=rf"^WEBHOOK_URL: .*{expected}"):
        load_settings()


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each variable, whichever way it came."""
    Path(".env").write_text("LOG_LEVEL=loud\n", encoding="utf-8")
    monkeypatch.setenv("RETENTION_DAYS", "1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["RETENTION_DAYS", "LOG_LEVEL"]


def test_the_file_as_people_write_it() -> None:
    """Comments, blanks, quotes, `export`, a mark at the beginning and other line ends are what .env files have."""
    text = "\ufeffLOG_LEVEL=debug # loud\r\n\r\n# RETENTION_DAYS=1\r\nexport CONTENT_DIR='/a b'\r\n RETENTION_DAYS = 30\r\nEMPTY\r\n"
    Path(".env").write_bytes(text.encode())
    settings = load_settings()
    assert (settings.log_level, settings.content_dir, settings.retention_days) == ("DEBUG", Path("/a b"), 30)


def test_an_empty_variable_does_not_hide_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty is not set, so the line in .env counts."""
    Path(".env").write_text("LOG_LEVEL=ERROR\n", encoding="utf-8")
    monkeypatch.setenv("LOG_LEVEL", "")
    assert load_settings().log_level == "ERROR"


def test_a_file_that_is_no_text() -> None:
    """A .env in another encoding is told in one line, with nothing of what stands in it."""
    Path(".env").write_bytes("TELEGRAM_BOT_TOKEN=geheimß\n".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"^\.env: [^\n]*UTF-8") as caught:
        load_settings()
    assert "geheim" not in str(caught.value)


def test_a_folder_of_that_name_is_no_file() -> None:
    """A folder called .env (a virtual environment, often) is none of ours."""
    Path(".env").mkdir()
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        *((variable, "a-secret-1-of-ours") for variable in ("TELEGRAM_BOT_TOKEN", "WEBHOOK_SECRET", "SECRET_KEY")),
        ("DATABASE_URL", "postgresql://bot:a-secret-1@db/medic"),
    ],
)
def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    """Settings can be logged: neither the token nor the webhook's secret nor the database's password is in their text."""
    monkeypatch.setenv(variable, text)
    assert "a-secret-1" not in f"{load_settings()} {load_settings()!r}"
