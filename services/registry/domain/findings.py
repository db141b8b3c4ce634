"""What checks say about an intake, field by field, and the words that go with each code.

A finding never holds the value it is about: reports travel further than the data they report on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ParamSpec, TypeVar

from services.kit.periods import ImpossibleDateError

P = ParamSpec("P")
T = TypeVar("T")


class Severity(StrEnum):
    """Whether the intake is refused for it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one field.

    Attributes:
        field: JSON Pointer into the body, or the column of a file.
        code: Stable, language-neutral code.
        severity: An error refuses the intake.
    """

    field: str
    code: str
    severity: Severity = Severity.ERROR


class Findings:
    """Collects findings while an intake is read, so that one answer names everything that is wrong."""

    def __init__(self) -> None:
        self.all: list[Finding] = []
        self.refused = False

    def refuse(self, field: str, code: str) -> None:
        """Note an error."""
        self.all.append(Finding(field, code))
        self.refused = True

    def warn(self, field: str, code: str) -> None:
        """Note a warning."""
        self.all.append(Finding(field, code, Severity.WARNING))

    def take(self, field: str, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what the reader makes of its arguments, or None and an error at the field."""
        try:
            return read(*args, **kwargs)
        except ImpossibleDateError as refusal:
            self.refuse(field, refusal.code)
        except ValueError as refusal:
            self.refuse(field, getattr(refusal, "code", "malformed"))
        return None
