"""The environment -> frozen Settings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

TELEGRAM: Final = "https://api.telegram.org"
SQLITE: Final = "sqlite:///"


class SettingsError(Exception):
    """The environment holds something that cannot be meant; one line for each variable."""


class Settings(BaseSettings):
    """What an operator sets, in the environment or in `.env`. Unknown variables are somebody else's."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    content_dir: Path | None = Field(default=None, description="A folder that holds intents/ and responses/, instead of the built-in ones.")
    telegram_bot_token: SecretStr | None = Field(default=None, description="From @BotFather.")
    telegram_api_url: str = Field(default=TELEGRAM, pattern=r"^https?://", description="Root of the Bot API server, without /bot.")
    database_url: str = Field(default="sqlite:///backup-medic.db", description="Where conversations are kept.")
    retention_days: int = Field(default=90, ge=15, description="Days after which an idle conversation is deleted.")
    log_level: str = Field(default="INFO", pattern=r"^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)$", description="How much is logged.")

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(SQLITE) or value == SQLITE:
            raise ValueError("this version keeps conversations in SQLite: sqlite:///backup-medic.db, or sqlite:////absolute/path.db")
        return value

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.database_url.removeprefix(SQLITE))


def load_settings() -> Settings:
    """The settings of this environment. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{str(problem['loc'][0]).upper()}: {problem['msg']}" for problem in error.errors(include_input=False)]
        raise SettingsError("\n".join(lines)) from None
