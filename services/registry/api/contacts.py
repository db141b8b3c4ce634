"""How a person can be reached: list, add, amend, remove."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Response

from services.kit import problems
from services.kit.etags import etag
from services.kit.routes import Router, documented
from services.registry.api.additions import Addition, Lister
from services.registry.api.correcting import Correction, merged
from services.registry.api.dependencies import listing
from services.registry.api.intake import contact_sent
from services.registry.api.person_problems import CONTACT_REPEATED
from services.registry.contract.contacts import ContactAnswer, ContactList, ContactPatch, NewContact
from services.registry.domain.contacts import Contact, find_contact
from services.registry.operations import add_contact as adding
from services.registry.operations import amend_contact as amending
from services.registry.operations.remove_contact import remove_contact as remove
from services.registry.store import contacts as store
from services.registry.store.rows import contact_document

router = Router(tags=["persons"])
ContactId = Annotated[UUID, Path(description="Id of the contact, as the list shows it")]
_CONTACTS = "/v1/persons/{person_id}/contacts"
_FIELD = {"x-field": "contacts"}


def _shown(contact: Contact) -> dict[str, Any]:
    return {name: value for name, value in contact_document(contact).items() if name != "id"}


@router.get(_CONTACTS, operation_id="list_contacts", openapi_extra=_FIELD, response_model=ContactList)
async def list_contacts(lister: Lister) -> Response:
    """Return how a person can be reached, and what is safe for her: `null` means that nobody asked."""
    return listing(await store.contacts(lister.session, lister.person_id, known_at=lister.known_at))


@router.post(
    _CONTACTS,
    operation_id="add_contact",
    openapi_extra=_FIELD,
    status_code=201,
    response_model=ContactAnswer,
    responses=documented(CONTACT_REPEATED),
)
async def add_contact(body: NewContact, addition: Addition) -> Response:
    """Add a contact. Hours are checked: one that cannot be read is refused, as nobody could keep to it."""
    contact = addition.reader.contact(body, "")
    addition.reader.provenance(body.provenance)
    return await addition.part(contact, adding.add_contact, _shown, "contacts")


@router.patch(
    f"{_CONTACTS}/{{contact_id}}",
    operation_id="amend_contact",
    openapi_extra=_FIELD,
    response_model=ContactAnswer,
    responses=documented(CONTACT_REPEATED, problems.UNSUPPORTED_MEDIA),
)
async def amend_contact(body: ContactPatch, correction: Correction, contact_id: ContactId) -> Response:
    """Amend a contact, by JSON Merge Patch; what was known before stays readable by `known_at`."""
    old = find_contact((await correction.person()).core.contacts, contact_id)
    whole = merged(NewContact, contact_sent(old), body)
    contact = correction.reader.contact(whole, "")
    correction.reader.provenance(whole.provenance)
    return await correction.part(contact_id, contact, amending.amend_contact, _shown)


@router.delete(f"{_CONTACTS}/{{contact_id}}", operation_id="remove_contact", openapi_extra=_FIELD, status_code=204)
async def remove_contact(correction: Correction, contact_id: ContactId) -> Response:
    """Remove a contact that nobody should use any more; what was known before stays readable by `known_at`."""
    act = await correction.writing.by(correction.caller)
    act = replace(act, source=replace(act.source, content={"contact_id": str(contact_id)}))
    person = await remove(correction.session, correction.person_id, contact_id, act, version=correction.version)
    return Response(status_code=204, headers={"etag": etag(person.version)})
