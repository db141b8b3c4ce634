"""Make a client for an organisation, with a fresh secret."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.credentials import check_client_id, digest
from services.gateway.access.domain.errors import ClientExistsError
from services.gateway.access.domain.records import Client, IssuedClient
from services.gateway.access.domain.scopes import check_known
from services.gateway.access.reference import catalogue
from services.gateway.access.store import clients

SECRET_BYTES = 32
GRANT_TYPES = frozenset({"client_credentials"})
AUTH_METHODS = frozenset({"client_secret_basic", "client_secret_post"})


async def create_client(
    session: AsyncSession,
    *,
    client_id: str,
    organisation: str,
    scopes: Iterable[str],
    at: datetime,
    name: str | None = None,
    organisation_name: str | None = None,
    kind: str = "public_body",
    secret: str | None = None,
) -> IssuedClient:
    """Store a client and return it with its secret, which cannot be read again.

    Args:
        session: The transaction; the caller commits.
        client_id: 3 to 64 lower-case letters, digits, `.`, `-`, `_`.
        organisation: Code of the organisation; it is stored with the client where it is not known yet.
        scopes: The most its tokens may carry; what for, and of whose data, is in its organisation's agreements.
        at: The instant of the change.
        name: For people; the client id by default.
        organisation_name: For people, when the organisation is new.
        kind: Of a new organisation: public_body, care_provider, training_provider, civil_society or service.
        secret: One made beforehand (a machine's, handed over by its platform), at least 32 characters.

    Raises:
        MalformedClientIdError: The id may not name a client.
        ClientExistsError: The id is taken.
        UnknownScopeError: A scope that no operation asks for.
        WeakSecretError: The given secret is too short or too long.
    """
    scopes = tuple(sorted(set(scopes)))
    check_known(scopes, known=frozenset(scope.name for scope in catalogue.scopes()))
    record = Client(
        id=check_client_id(client_id),
        organisation=organisation,
        scopes=frozenset(scopes),
        grant_types=GRANT_TYPES,
        auth_methods=AUTH_METHODS,
        active=True,
    )
    plain = secret if secret is not None else secrets.token_urlsafe(SECRET_BYTES)
    hashed = digest(plain)
    organisation_id = await clients.ensure_organisation(
        session, code=organisation, name=organisation_name or organisation, kind=kind
    )
    if not await clients.add_client(
        session, organisation_id=organisation_id, name=name or client_id, record=record, at=at
    ):
        raise ClientExistsError
    await clients.add_secret(session, client_id, hashed, at=at)
    return IssuedClient(client_id, plain, organisation, scopes)
