"""Consents: what a person was told, what she agreed to, and what ends when she takes it back.

A consent is for one purpose and one recipient, or for whoever serves the purpose. It names the version of the notice
that she was shown. Source: law 09-08 art. 4 and 5; facts.md 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.kit.periods import Period
from services.registry.domain.rights import PurposeRule

SHARING_STOPS, STATUTORY_TASK_CONTINUES = "SHARING_STOPS", "STATUTORY_TASK_CONTINUES"
PAST_USE_STANDS, PROOF_IS_KEPT = "PAST_USE_STANDS", "PROOF_IS_KEPT"


class ConsentState(StrEnum):
    """Where a consent stands."""

    GIVEN = "given"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class Channel(StrEnum):
    """How a person said something."""

    WRITTEN = "written"
    ORAL = "oral"
    INTERPRETER = "interpreter"
    PHONE = "phone"
    ONLINE = "online"


class Giver(StrEnum):
    """Who said it."""

    PERSON = "person"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


class ConsentNotFoundError(LookupError):
    """The person has given no such consent."""


class NoticeNotFoundError(LookupError):
    """There is no such notice."""


class NoticeNotInForceError(ValueError):
    """The notice is of another purpose or other days, or there is no such version.

    Attributes:
        pointer: JSON Pointer to the notice in the input.
    """

    pointer = "/notice"


class ConsentEndedError(Exception):
    """The consent is withdrawn or replaced already."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is told before she is asked; each text has `title`, `body` and `rights`.

    Attributes:
        texts: By language.
        valid: Days on which it is shown.
    """

    code: str
    version: int
    purpose: str
    texts: Mapping[str, Mapping[str, str]]
    valid: Period
    certainty: str
    source: str


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent and what became of it.

    Attributes:
        recipient: The organisation it is for; None for whoever serves the purpose.
        language: In which the notice was shown.
        organisation: Who recorded it.
        effects: Codes of what its withdrawal did.
    """

    id: UUID
    person_id: UUID
    number: str
    purpose: str
    recipient: str | None
    notice_code: str
    notice_version: int
    language: str
    channel: Channel
    given_by: Giver
    given_on: date
    expires_on: date | None
    documents: tuple[UUID, ...]
    recorded_at: datetime
    organisation: str
    end: str | None = None
    ended_at: datetime | None = None
    ended_on: date | None = None
    end_reason: str | None = None
    end_channel: Channel | None = None
    effects: tuple[str, ...] = ()

    def state_on(self, day: date) -> ConsentState:
        """Say where it stands on a day."""
        if self.end is not None:
            return ConsentState(self.end)
        return ConsentState.EXPIRED if self.expires_on and day > self.expires_on else ConsentState.GIVEN


def check_notice(notice: Notice | None, purpose: str, given_on: date) -> Notice:
    """Return the notice that a consent names.

    Raises:
        NoticeNotInForceError: She cannot have been shown it for that purpose on that day.
    """
    if notice is None or notice.purpose != purpose or not notice.valid.contains(given_on):
        raise NoticeNotInForceError
    return notice


def withdrawal_effects(purpose: str, rules: Mapping[str, PurposeRule]) -> tuple[str, ...]:
    """Return the codes of what the withdrawal of a consent does: what a law demands goes on."""
    rule = rules.get(purpose)
    first = STATUTORY_TASK_CONTINUES if rule is not None and rule.statutory else SHARING_STOPS
    return first, PAST_USE_STANDS, PROOF_IS_KEPT


def notice_document(notice: Notice, language: str) -> dict[str, Any]:
    """Return what a notice says in one language."""
    return {"code": notice.code, "version": notice.version, **notice.texts[language]}
