"""The token by which a page proves whose conversation it shows: signed by us, held by the page, kept nowhere else."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime
from typing import Final

from itsdangerous import BadSignature, TimestampSigner

TRANSPORT: Final = "web:"
"""What the keys of the web's conversations and updates begin with."""
SALT: Final = "backup-medic.web-session"
ID_BYTES: Final = 16
RENEWED_AFTER: Final = 24 * 60 * 60
"""Seconds after which a token that is used is replaced by a new one, so that only idle ones run out."""
_ID: Final = re.compile(r"[\w-]{22}", re.ASCII)


class NoToken(Exception):
    """What came is no token of ours, or one that has run out."""


class Tokens:
    """Makes tokens, and reads them. key: the operator's secret. seconds: how long a token is good without being used."""

    def __init__(self, key: str, seconds: int) -> None:
        self._signer = TimestampSigner(key, salt=SALT, digest_method=hashlib.sha256)
        self._seconds = seconds

    def new(self) -> str:
        """A token for a conversation that nobody had yet."""
        return self._of(secrets.token_urlsafe(ID_BYTES))

    def read(self, token: str) -> tuple[str, str | None]:
        """The conversation's key, and a fresh token where this one is of another day. Raises NoToken."""
        try:
            signed, at = self._signer.unsign(token, max_age=self._seconds, return_timestamp=True)
        except BadSignature as error:
            raise NoToken from error
        id_ = signed.decode()
        if not _ID.fullmatch(id_):
            raise NoToken
        old = (datetime.now(UTC) - at).total_seconds() > RENEWED_AFTER
        return TRANSPORT + id_, self._of(id_) if old else None

    def _of(self, id_: str) -> str:
        return self._signer.sign(id_).decode()
