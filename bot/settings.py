"""The environment -> frozen Settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator sets, in the environment or in `.env`. Unknown variables are somebody else's."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    content_dir: Path | None = Field(default=None, description="A folder that holds intents/ and responses/, instead of the built-in ones.")
