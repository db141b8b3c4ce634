"""Take an organisation in as a partner: with no client, no agreement and no right yet."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor
from services.gateway.access.domain.errors import PartnerExistsError
from services.gateway.access.domain.records import Organisation
from services.gateway.access.store import partners, rights_changes


async def add_partner(
    session: AsyncSession, *, code: str, name: str, kind: str, by: Actor, at: datetime
) -> Organisation:
    """Store an organisation.

    Args:
        session: The transaction.
        code: 2 to 64 lower-case letters, digits, `.`, `-`, `_`; it names the organisation for ever.
        name: For people.
        kind: public_body, care_provider, training_provider, civil_society or service.
        by: Who takes it in.
        at: The instant of the change.

    Raises:
        PartnerExistsError: The code is taken.
    """
    made = await partners.add(session, code=code, name=name, kind=kind, at=at)
    if made is None:
        raise PartnerExistsError
    await rights_changes.add(
        session,
        organisation_id=made.id,
        kind="partner_added",
        target=str(made.id),
        version=made.version,
        by=by,
        at=at,
        document={"code": code, "name": name, "kind": kind, "active": True},
    )
    return made
