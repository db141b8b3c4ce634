"""See that an organisation has the client that stands for its people at the portal."""

import hashlib
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.domain.records import Client
from services.gateway.access.reference import catalogue
from services.gateway.access.store import clients, partners

NAME = "Portail"
_LONGEST = 64


async def ensure_portal_client(session: AsyncSession, organisation: str, *, at: datetime) -> str:
    """Return the client's id; it is stored now where it was not.

    Nobody can get a token for it: it has no secret, no key and no address for codes. The portal alone writes tokens
    under its name, for somebody who has signed in and for one call; what they may do is what her account and her
    organisation's agreements allow. An administrator who stops it closes the portal's door for the organisation.

    Args:
        session: The transaction.
        organisation: The organisation's code.
        at: The instant of the call.

    Raises:
        UnknownPartnerError: There is no such organisation.
    """
    client_id = f"portal.{organisation}"
    if len(client_id) > _LONGEST:
        client_id = f"portal.{hashlib.sha256(organisation.encode()).hexdigest()[:32]}"
    if await clients.find_client(session, client_id, at=at) is not None:
        return client_id
    partner = await partners.find_by_code(session, organisation)
    if partner is None:
        raise UnknownPartnerError
    record = Client(
        id=client_id,
        organisation=organisation,
        scopes=frozenset(scope.name for scope in catalogue.scopes() if scope.partner),
        grant_types=frozenset({"authorization_code"}),
        auth_methods=frozenset({"none"}),
        active=True,
        application_type="native",
    )
    await clients.add_client(session, organisation_id=partner.id, name=NAME, record=record, at=at)
    return client_id
