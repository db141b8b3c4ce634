"""Make, take up, put away and forget signing keys, as is due; or at once."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.records import KeyState, KeyUse, StoredKey
from services.gateway.access.domain.rotation import Plan, plan, plan_at_once
from services.gateway.access.store import keys
from services.gateway.access.store.sealing import Seal
from services.kit.tokens import SigningKey


async def rotate_signing_keys(
    session: AsyncSession,
    *,
    seal: Seal,
    at: datetime,
    force: bool = False,
    begin: bool = False,
    revoke: bool = False,
) -> list[StoredKey]:
    """Do what is due and return every key as it stands then; called again at once it changes nothing.

    Processes notice within a minute; what they have verified with keys of before they forget then.

    Args:
        session: The transaction; the caller commits.
        seal: Wraps the private part.
        at: The instant of the change.
        force: A key that is made now signs from now on, without having been published before. A service that meets
            it for the first time asks for it, at most every half minute: calls may fail for so long.
        begin: Publish the next key now; it signs from the first call on after `rotation.OVERLAP`.
        revoke: With `force`: nothing that the keys of before have signed is believed any longer.
    """
    await keys.lock(session)
    stored = await keys.all_keys(session)
    for use in KeyUse:
        of_use = [key for key in stored if key.use is use]
        due = plan_at_once(of_use, revoke=revoke) if force else plan(of_use, at=at, begin=begin)
        await _carry_out(session, due, use, seal, at)
    return await keys.all_keys(session)


async def _carry_out(session: AsyncSession, due: Plan, use: KeyUse, seal: Seal, at: datetime) -> None:
    for kid in due.remove:
        await keys.remove_key(session, kid)
    if due.retire is not None:
        await keys.retire(session, due.retire, at=at)
    if due.activate is not None:
        await keys.activate(session, due.activate, at=at)
    if due.make is not None:
        made = SigningKey.generate()
        key = StoredKey(
            kid=made.kid,
            use=use,
            state=due.make,
            sealed=seal.wrap(made.kid, use, made.private_pem()),
            public_jwk=made.public_jwk(),
            created_at=at,
        )
        await keys.add_key(session, key, activated_at=at if due.make is KeyState.CURRENT else None)
