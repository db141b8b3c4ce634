"""Clients: made, seeded, given new secrets, looked up."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from services.gateway.access.domain.agreements import AgreementState, Entry, Rows, Terms, check_terms
from services.gateway.access.domain.credentials import digest, matches
from services.gateway.access.domain.errors import (
    AccessRefusedError,
    ClientExistsError,
    DemoOutsideDemoError,
    MalformedClientIdError,
    UnknownPartnerError,
    UnknownScopeError,
    WeakSecretError,
)
from services.gateway.access.operations.create_client import create_client
from services.gateway.access.operations.grant_agreement import grant_agreement
from services.gateway.access.operations.renew_secret import renew_secret
from services.gateway.access.operations.seed_demo_clients import seed_demo_clients
from services.gateway.access.reference import catalogue
from services.gateway.access.store import agreements, clients
from services.gateway.access.store.tables import clients as tables
from services.kit.callers import PURPOSES
from services.kit.database import Database
from services.kit.periods import Period
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
        ({"secret": "short"}, WeakSecretError),
        ({"client_id": "taken"}, ClientExistsError),
    ],
)
async def test_a_client_that_cannot_be_is_refused(
    database: Database, change: dict[str, str], error: type[Exception]
) -> None:
    good = {"client_id": "clinic", "organisation": "clinic", "scopes": [], "at": AT}
    async with database.sessions.begin() as session:
        await create_client(session, **(good | {"client_id": "taken"}))  # type: ignore[arg-type]  # a table of arguments
    with pytest.raises(error):
        async with database.sessions.begin() as session:
            await create_client(session, **(good | change))  # type: ignore[arg-type]  # a table of arguments


async def test_a_new_secret_puts_the_old_one_out_of_force(database: Database) -> None:
    async with database.sessions.begin() as session:
        first = await create_client(session, client_id="clinic", organisation="c1", scopes=[], at=AT)
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
        await create_client(session, client_id="clinic", organisation="c1", scopes=[], at=AT, secret=SECRET)
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
        await create_client(session, client_id="clinic", organisation="c1", scopes=[], at=AT)
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
        for terms in client.agreements:
            check_terms(terms, catalogue=catalogue.shapes(), purposes=PURPOSES)
        agreed = {
            f"{entry.resource}:{action}"
            for terms in client.agreements
            for entry in terms.entries
            for action in entry.actions
        }
        assert set(client.scopes) <= agreed | {"*"}


def test_resources_and_their_actions_are_the_scopes() -> None:
    made = {f"{name}:{action}" for name, resource in catalogue.resources().items() for action in resource.actions}
    assert made == {scope.name for scope in catalogue.scopes()}


def terms_of(*resources: str, number: str = "A-1", purpose: str = "TRAINING") -> Terms:
    entries = tuple(Entry(name, frozenset({"read"})) for name in resources)
    return Terms(number, frozenset({purpose}), entries, Period(AT.date()))


async def test_an_agreement_written_down_on_the_machine_is_made_once_and_extended_when_asked(
    database: Database,
) -> None:
    async with database.sessions.begin() as session:
        await create_client(session, client_id="clinic", organisation="c1", scopes=[], at=AT)
        made = await grant_agreement(session, organisation="c1", terms=terms_of("persons"), at=AT)
        again = await grant_agreement(session, organisation="c1", terms=terms_of("courses"), at=AT)
        same = await grant_agreement(session, organisation="c1", terms=terms_of("persons"), at=AT, extend=True)
        wider = await grant_agreement(
            session, organisation="c1", terms=terms_of("persons", "courses", purpose="SCHOOL"), at=AT, extend=True
        )
        with pytest.raises(UnknownPartnerError):
            await grant_agreement(session, organisation="nobody", terms=terms_of("persons"), at=AT)
        known = await agreements.approved(session, "c1")
    assert made == again == same
    assert (wider.id, wider.version) == (made.id, 2)
    assert wider.terms.purposes == {"TRAINING", "SCHOOL"}
    assert [entry.resource for entry in wider.terms.entries] == ["persons", "courses"]
    assert known == (wider,)


async def test_extending_gives_the_fields_and_rows_of_both_and_makes_an_ended_one_anew(database: Database) -> None:
    narrow = Entry("persons", frozenset({"read"}), frozenset({"names"}), Rows.OWN)
    other = Entry("persons", frozenset({"search"}), frozenset({"birth"}), Rows.OWN)
    everything = Entry("persons", frozenset({"read"}))
    said = terms_of()
    async with database.sessions.begin() as session:
        await create_client(session, client_id="clinic", organisation="c1", scopes=[], at=AT)
        for entry in (narrow, other):
            found = await grant_agreement(
                session, organisation="c1", terms=replace(said, entries=(entry,)), at=AT, extend=True
            )
        assert found.terms.entries == (
            Entry("persons", frozenset({"read", "search"}), frozenset({"names", "birth"}), Rows.OWN),
        )
        found = await grant_agreement(
            session, organisation="c1", terms=replace(said, entries=(everything,)), at=AT, extend=True
        )
        assert found.terms.entries == (Entry("persons", frozenset({"read", "search"})),)
        await agreements.decide(session, found.id, AgreementState.ENDED, ended_on=AT.date(), at=AT)
        anew = await grant_agreement(session, organisation="c1", terms=terms_of("persons"), at=AT, extend=True)
        seeded = await grant_agreement(session, organisation="c1", terms=terms_of("persons"), at=AT)
    assert anew.id != found.id
    assert seeded == anew
