"""How a person can be reached, and how without danger to her."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from services.registry.domain.errors import ContactNotFoundError, ContactRepeatedError
from services.registry.domain.findings import Findings
from services.registry.domain.phones import normalise_phone
from services.registry.domain.safe_hours import read_safe_hours


class ContactKind(StrEnum):
    """How a person can be reached."""

    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach the person, and whether it is safe to use it.

    Attributes:
        value: As written.
        value_norm: E.164 for a telephone number; None when it cannot be read as one.
        safe_to_call: None when nobody asked; then nobody calls about anything confidential.
        safe_hours: In the form of `domain/safe_hours.py`.
        language: What to speak on it; a code of the list of languages.
        code_word: What the caller says first, so that she knows who it is.
        id: Told by `with_ids`; the same in every reading of the same records.
    """

    kind: ContactKind
    value: str
    value_norm: str | None
    safe_to_call: bool | None = None
    safe_to_text: bool | None = None
    safe_hours: str | None = None
    language: str | None = None
    code_word: str | None = None
    id: UUID | None = None

    @property
    def address(self) -> tuple[ContactKind, str]:
        """What it reaches: the same for every way of writing it."""
        return self.kind, self.value_norm or self.value


def with_ids(contacts: tuple[Contact, ...], person_id: UUID, version: int) -> tuple[Contact, ...]:
    """Return the contacts, the new ones with an id; the same object when there is none.

    An id is told by the version that brings the contact and its place there, and by nothing that the contact says: it
    stands in addresses of requests and in logs.
    """
    if all(contact.id for contact in contacts):
        return contacts
    return tuple(
        contact if contact.id else replace(contact, id=_contact_id(person_id, version, place))
        for place, contact in enumerate(contacts)
    )


def _contact_id(person_id: UUID, version: int, place: int) -> UUID:
    return UUID(bytes=hashlib.sha256(person_id.bytes + f"contact {version} {place}".encode()).digest()[:16])


def with_contacts(known: Sequence[Contact], contacts: Sequence[Contact]) -> tuple[Contact, ...]:
    """Return the contacts after a correction: new ones that reach the same as a known one go under its id."""
    named = {contact.id for contact in contacts}
    ids = {contact.address: contact.id for contact in reversed(known) if contact.id not in named}
    return tuple(contact if contact.id else replace(contact, id=ids.pop(contact.address, None)) for contact in contacts)


def read_contact(  # noqa: PLR0917  # a contact and its rules of safety
    found: Findings,
    at: str,
    kind: ContactKind,
    value: str,
    safe_to_call: bool | None = None,  # noqa: FBT001  # three-valued: None says that nobody asked
    safe_to_text: bool | None = None,  # noqa: FBT001  # the same
    safe_hours: str | None = None,
    *,
    hours_at: str | None = None,
    language: str | None = None,
    code_word: str | None = None,
) -> Contact:
    """Check a contact; a telephone number that cannot be read is kept as written, with a warning.

    Hours that nobody could keep to are an error: a caller who cannot read them calls at any time.

    Args:
        found: Receives the findings.
        at: Where the value stands in the input.
        kind: How it is reached.
        value: As written.
        safe_to_call: None when nobody asked.
        safe_to_text: None when nobody asked.
        safe_hours: As written.
        hours_at: Where the hours stand in the input; beside the value when left out.
        language: A code of the list, checked before.
        code_word: As agreed with her.
    """
    norm: str | None = value.casefold()
    if kind is ContactKind.PHONE:
        norm = normalise_phone(value)
        if norm is None:
            found.warn(at, "phone-unusual")
    place = hours_at or f"{at.removesuffix('/value')}/safe_hours"
    hours = found.take(place, read_safe_hours, safe_hours) if safe_hours else None
    return Contact(kind, value, norm, safe_to_call, safe_to_text, hours, language, code_word)


def find_contact(contacts: Sequence[Contact], contact_id: UUID) -> Contact:
    """Return one of the contacts.

    Raises:
        ContactNotFoundError: None of them has the id.
    """
    for contact in contacts:
        if contact.id == contact_id:
            return contact
    raise ContactNotFoundError


def refuse_repeated(contacts: Sequence[Contact], new: Contact) -> None:
    """Refuse a contact that reaches the same as another: two rules of safety for one telephone are none.

    Raises:
        ContactRepeatedError: It does.
    """
    if any(contact.address == new.address for contact in contacts):
        raise ContactRepeatedError
