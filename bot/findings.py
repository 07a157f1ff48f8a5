"""What is wrong or doubtful in the content: where, what, and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong (or, as a warning, doubtful) in the content: where, what, and how to mend it."""

    file: str
    line: int
    message: str
    warning: bool = False

    def __str__(self) -> str:
        word = "warning: " if self.warning else ""
        return f"{self.file}:{self.line}: {word}{self.message}"


class ContentError(Exception):
    """The content cannot be used. `findings` lists everything that is wrong."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)
