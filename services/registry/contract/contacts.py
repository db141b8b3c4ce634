"""Shapes of the contacts of a person: added, amended, listed."""

from pydantic import Field

from services.kit.fields import StrictModel, Text
from services.registry.contract.parts import ContactBody, ContactShape, ListCode
from services.registry.contract.persons import WriteMeta
from services.registry.contract.provenance import ProvenanceShape


class NewContact(ContactShape):
    """A way to reach the person, to add."""

    provenance: ProvenanceShape | None = None


class ContactPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396) of a contact: members left out stay, null removes."""

    value: Text | None = None
    safe_to_call: bool | None = None
    safe_to_text: bool | None = None
    safe_hours: Text | None = None
    language: ListCode | None = None
    code_word: Text | None = None
    provenance: ProvenanceShape | None = None


class ContactAnswer(ContactBody):
    """A contact as stored."""

    meta: WriteMeta | None = Field(default=None, description="In answers to writes")


class ContactList(StrictModel):
    """A person's contacts, in the order she gave them."""

    items: list[ContactBody]
    next: None = None
