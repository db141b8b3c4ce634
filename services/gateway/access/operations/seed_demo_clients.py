"""Make the demo's partners and what they have agreed, in environments that are for it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.errors import DemoOutsideDemoError
from services.gateway.access.domain.records import IssuedClient
from services.gateway.access.operations.create_client import create_client
from services.gateway.access.operations.grant_agreement import grant_agreement
from services.gateway.access.operations.renew_secret import renew_secret
from services.gateway.access.reference import catalogue
from services.gateway.access.store import clients


async def seed_demo_clients(
    session: AsyncSession,
    *,
    environment: str,
    at: datetime,
    secrets: Mapping[str, str] | None = None,
    renew: bool = False,
) -> list[IssuedClient]:
    """Return the demo clients that were made or given a new secret now; running it again changes nothing.

    Args:
        session: The transaction; the caller commits.
        environment: Must be `demo` or `test`.
        at: The instant of the change.
        secrets: Secrets made beforehand, by client id (a worker's, from its own environment).
        renew: Give new secrets to clients that are there already, as when the file of credentials was lost.

    Raises:
        DemoOutsideDemoError: The environment is for real data.
        WeakSecretError: A given secret is too short or too long.
    """
    if environment not in {"demo", "test"}:
        raise DemoOutsideDemoError
    given = secrets or {}
    issued = []
    for demo in catalogue.demo_clients():
        if await clients.find_client(session, demo.client_id, at=at) is None:
            issued.append(
                await create_client(
                    session,
                    client_id=demo.client_id,
                    organisation=demo.organisation,
                    organisation_name=demo.organisation_name,
                    kind=demo.kind,
                    scopes=_partner_scopes() if demo.scopes == (catalogue.EVERYTHING,) else demo.scopes,
                    at=at,
                    secret=given.get(demo.client_id),
                )
            )
        elif renew:
            issued.append(
                await renew_secret(session, client_id=demo.client_id, at=at, secret=given.get(demo.client_id))
            )
        for terms in demo.agreements:
            await grant_agreement(session, organisation=demo.organisation, terms=terms, at=at)
    return issued


def _partner_scopes() -> list[str]:
    return [scope.name for scope in catalogue.scopes() if scope.partner]
