"""Clients: made, seeded, given new secrets, looked up."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from services.gateway.access.domain.credentials import digest, matches
from services.gateway.access.domain.errors import (
    AccessRefusedError,
    ClientExistsError,
    DemoOutsideDemoError,
    MalformedClientIdError,
    UnknownPurposeError,
    UnknownScopeError,
    WeakSecretError,
)
from services.gateway.access.operations.create_client import create_client
from services.gateway.access.operations.renew_secret import renew_secret
from services.gateway.access.operations.seed_demo_clients import seed_demo_clients
from services.gateway.access.reference import catalogue
from services.gateway.access.store import clients
from services.gateway.access.store.tables import clients as tables
from services.kit.callers import PURPOSES
from services.kit.database import Database
from services.stack.stores import Store

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "s" * 43


@pytest.fixture
async def database(gateway_database: Store) -> AsyncIterator[Database]:
    opened = Database(gateway_database.url)
    yield opened
    await opened.close()


async def test_a_client_is_stored_with_the_hash_of_its_secret_alone(database: Database) -> None:
    async with database.sessions.begin() as session:
        issued = await create_client(
            session,
            client_id="clinic",
            organisation="clinic-rabat",
            organisation_name="Clinique",
            kind="care_provider",
            scopes=["coverage:verify", "coverage:verify"],
            purposes=["HEALTH_COVERAGE"],
            at=AT,
        )
    assert len(issued.client_secret) >= 43
    assert issued.scopes == ("coverage:verify",)
    async with database.sessions.begin() as session:
        found = await clients.find_client(session, "clinic", at=AT)
        assert await clients.find_client(session, "nobody", at=AT) is None
        stored = (await session.execute(select(tables.client_secret.c.digest))).scalars().all()
    assert found is not None
    assert (found.organisation, found.active, found.digests) == ("clinic-rabat", True, (digest(issued.client_secret),))
    assert stored == [digest(issued.client_secret)]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "X"}, MalformedClientIdError),
        ({"scopes": ["everything"]}, UnknownScopeError),
        ({"purposes": ["CURIOSITY"]}, UnknownPurposeError),
        ({"secret": "short"}, WeakSecretError),
        ({"client_id": "taken"}, ClientExistsError),
    ],
)
async def test_a_client_that_cannot_be_is_refused(
    database: Database, change: dict[str, str], error: type[Exception]
) -> None:
    good = {"client_id": "clinic", "organisation": "clinic", "scopes": [], "purposes": [], "at": AT}
    async with database.sessions.begin() as session:
        await create_client(session, **(good | {"client_id": "taken"}))  # type: ignore[arg-type]  # a table of arguments
    with pytest.raises(error):
        async with database.sessions.begin() as session:
            await create_client(session, **(good | change))  # type: ignore[arg-type]  # a table of arguments


async def test_a_new_secret_puts_the_old_one_out_of_force(database: Database) -> None:
    async with database.sessions.begin() as session:
        first = await create_client(session, client_id="clinic", organisation="c1", scopes=[], purposes=[], at=AT)
        second = await renew_secret(session, client_id="clinic", at=AT)
        third = await renew_secret(session, client_id="clinic", at=AT, secret=SECRET)
        found = await clients.find_client(session, "clinic", at=AT)
        with pytest.raises(AccessRefusedError):
            await renew_secret(session, client_id="nobody", at=AT)
    assert found is not None
    assert third.client_secret == SECRET
    assert matches(SECRET, found.digests)
    assert not matches(first.client_secret, found.digests)
    assert not matches(second.client_secret, found.digests)


async def test_two_secrets_may_overlap_and_one_ends_by_itself(database: Database) -> None:
    async with database.sessions.begin() as session:
        await create_client(
            session, client_id="clinic", organisation="c1", scopes=[], purposes=[], at=AT, secret=SECRET
        )
        await clients.add_secret(session, "clinic", digest("t" * 43), at=AT)
        await session.execute(
            update(tables.client_secret)
            .where(tables.client_secret.c.digest == digest(SECRET))
            .values(expires_at=AT + timedelta(hours=1))
        )
        now = await clients.find_client(session, "clinic", at=AT)
        later = await clients.find_client(session, "clinic", at=AT + timedelta(hours=1))
    assert now is not None
    assert later is not None
    assert len(now.digests) == 2
    assert later.digests == (digest("t" * 43),)


async def test_a_stopped_organisation_stops_its_clients(database: Database) -> None:
    async with database.sessions.begin() as session:
        await create_client(session, client_id="clinic", organisation="c1", scopes=[], purposes=[], at=AT)
        await session.execute(update(tables.organisation).values(active=False))
        found = await clients.find_client(session, "clinic", at=AT)
    assert found is not None
    assert not found.active


async def test_seeding_twice_changes_nothing_and_can_renew(database: Database) -> None:
    async with database.sessions.begin() as session:
        first = await seed_demo_clients(session, environment="demo", at=AT, secrets={"health-worker": SECRET})
    async with database.sessions.begin() as session:
        assert await seed_demo_clients(session, environment="demo", at=AT) == []
        renewed = await seed_demo_clients(session, environment="test", at=AT, renew=True)
    by_id = {client.client_id: client for client in first}
    assert by_id["health-worker"].client_secret == SECRET
    assert by_id["health-worker"].organisation == "indimaj"
    assert {client.client_id for client in renewed} == set(by_id)
    assert all(client.client_secret != by_id[client.client_id].client_secret for client in renewed)
    assert [client.scopes for client in renewed] == [client.scopes for client in first]


async def test_the_demo_stays_in_the_demo(database: Database) -> None:
    with pytest.raises(DemoOutsideDemoError):
        async with database.sessions.begin() as session:
            await seed_demo_clients(session, environment="production", at=AT)


def test_every_right_of_the_demo_exists() -> None:
    known = {scope.name for scope in catalogue.scopes()}
    for client in catalogue.demo_clients():
        assert set(client.scopes) <= known | {"*"}
        assert set(client.purposes) <= PURPOSES | {"*"}
