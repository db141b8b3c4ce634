"""Signing keys: made once, sealed, taken up, let go."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from services.gateway.access.domain.records import KeyState, KeyUse, StoredKey
from services.gateway.access.operations.ensure_signing_keys import ensure_signing_keys
from services.gateway.access.store.keyring import FRESH_S, Keyring, KeySourceOf
from services.gateway.access.store.sealing import Seal, SealBrokenError
from services.gateway.access.store.tables import clients as tables
from services.kit.database import Database
from services.kit.tokens import SigningKey, TokenRefusedError, TokenVerifier, sign
from services.stack.stores import Store

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEAL = Seal(b"k" * 32)


@pytest.fixture
async def database(gateway_database: Store) -> AsyncIterator[Database]:
    opened = Database(gateway_database.url)
    yield opened
    await opened.close()


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


def keyring_of(database: Database, seal: Seal = SEAL) -> tuple[Keyring, Clock, list[int]]:
    clock, changes = Clock(), list[int]()

    async def load(at: datetime) -> Sequence[StoredKey]:
        async with database.sessions.begin() as session:
            return await ensure_signing_keys(session, seal=seal, at=at)

    return Keyring(load, seal, clock, lambda: changes.append(1)), clock, changes


async def test_processes_that_start_together_make_one_key_of_each_use(database: Database) -> None:
    async def start() -> set[str]:
        async with database.sessions.begin() as session:
            return {key.kid for key in await ensure_signing_keys(session, seal=SEAL, at=AT)}

    found = await asyncio.gather(*[start() for _ in range(8)])
    assert len(found[0]) == 2
    assert all(one == found[0] for one in found)


async def test_the_database_allows_one_current_and_one_next_key_a_use(database: Database) -> None:
    async with database.sessions.begin() as session:
        await ensure_signing_keys(session, seal=SEAL, at=AT)
    row = {"kid": "second", "use": "access", "sealed": b"x", "public_jwk": {}}
    with pytest.raises(Exception, match="uq_signing_key_current"):
        async with database.sessions.begin() as session:
            await session.execute(insert(tables.signing_key).values(**row, state="current"))


def test_a_sealed_key_opens_in_its_own_place_alone() -> None:
    sealed = SEAL.wrap("kid", KeyUse.ACCESS, b"private")
    assert SEAL.unwrap("kid", KeyUse.ACCESS, sealed) == b"private"
    assert b"private" not in sealed
    assert SEAL.wrap("kid", KeyUse.ACCESS, b"private") != sealed
    for seal, kid, use, bytes_held in (
        (Seal(b"o" * 32), "kid", KeyUse.ACCESS, sealed),
        (SEAL, "other", KeyUse.ACCESS, sealed),
        (SEAL, "kid", KeyUse.INTERNAL, sealed),
        (SEAL, "kid", KeyUse.ACCESS, sealed[:-1]),
        (SEAL, "kid", KeyUse.ACCESS, b"\x02" + sealed[1:]),
        (SEAL, "kid", KeyUse.ACCESS, b""),
    ):
        with pytest.raises(SealBrokenError):
            seal.unwrap(kid, use, bytes_held)
    with pytest.raises(ValueError, match="32 bytes"):
        Seal(b"short")


async def test_private_parts_are_never_stored_in_the_clear(database: Database) -> None:
    keyring, _, _ = keyring_of(database)
    key = await keyring.current(KeyUse.ACCESS)
    async with database.sessions.begin() as session:
        rows = (await session.execute(select(tables.signing_key))).all()
    private = key.private_pem()
    for row in rows:
        assert "d" not in row.public_jwk
        assert b"PRIVATE" not in row.sealed
        assert private not in row.sealed


async def test_another_key_encryption_key_stops_the_gateway(database: Database) -> None:
    await keyring_of(database)[0].current(KeyUse.ACCESS)
    with pytest.raises(SealBrokenError):
        await keyring_of(database, Seal(b"o" * 32))[0].current(KeyUse.ACCESS)


async def test_keys_are_looked_at_again_after_a_minute_and_what_was_verified_is_forgotten(database: Database) -> None:
    keyring, clock, changes = keyring_of(database)
    verifier = TokenVerifier(KeySourceOf(keyring, KeyUse.ACCESS), issuer="i", audience="a")
    old = await keyring.current(KeyUse.ACCESS)
    claims = {"iss": "i", "aud": "a", "sub": "s", "client_id": "c"}

    def token(key: SigningKey) -> str:
        return sign(key, claims, issued_at=clock.at, lifetime_s=300)

    made = SigningKey.generate()
    async with database.sessions.begin() as session:
        await session.execute(
            update(tables.signing_key).where(tables.signing_key.c.kid == old.kid).values(state="retired")
        )
        await session.execute(
            insert(tables.signing_key).values(
                kid=made.kid,
                use="access",
                state="current",
                sealed=SEAL.wrap(made.kid, KeyUse.ACCESS, made.private_pem()),
                public_jwk=made.public_jwk(),
            )
        )
    assert (await keyring.current(KeyUse.ACCESS)).kid == old.kid
    clock.at += timedelta(seconds=FRESH_S + 1)
    assert (await keyring.current(KeyUse.ACCESS)).kid == made.kid
    assert len(changes) == 2
    published = {key["kid"] for key in (await keyring.published(KeyUse.ACCESS))["keys"]}
    assert published == {old.kid, made.kid}
    assert await verifier.verify(token(old), at=clock.at)
    assert await verifier.verify(token(made), at=clock.at)
    async with database.sessions.begin() as session:
        await session.execute(tables.signing_key.delete().where(tables.signing_key.c.kid == old.kid))
    clock.at += timedelta(seconds=FRESH_S + 1)
    with pytest.raises(TokenRefusedError):
        await verifier.verify(token(old), at=clock.at)
    clock.at += timedelta(seconds=FRESH_S + 1)
    await keyring.current(KeyUse.ACCESS)
    assert len(changes) == 3


async def test_keys_already_held_stay_in_use_while_the_store_is_away(gateway_database: Store) -> None:
    database, away = Database(gateway_database.url), Database("postgresql://x:y@127.0.0.1:9/z")
    keyring, clock, _ = keyring_of(database)
    key = await keyring.current(KeyUse.INTERNAL)
    await database.close()
    keyring._stored_keys = keyring_of(away)[0]._stored_keys
    clock.at += timedelta(seconds=FRESH_S + 1)
    assert await asyncio.gather(*[keyring.current(KeyUse.INTERNAL) for _ in range(3)]) == [key] * 3
    with pytest.raises(OSError, match="9"):
        await keyring_of(away)[0].current(KeyUse.INTERNAL)
    await away.close()


async def test_keys_are_current_for_one_use(database: Database) -> None:
    async with database.sessions.begin() as session:
        stored = await ensure_signing_keys(session, seal=SEAL, at=AT)
    assert {(key.use, key.state) for key in stored} == {
        (KeyUse.ACCESS, KeyState.CURRENT),
        (KeyUse.INTERNAL, KeyState.CURRENT),
    }
    async with database.sessions.begin() as session:
        assert await session.scalar(select(func.count()).select_from(tables.signing_key)) == 2
