"""A stored person as the domain's record."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import PartialDate, Period, Precision
from services.registry.domain.contacts import Contact, ContactKind
from services.registry.domain.errors import PersonNotFoundError
from services.registry.domain.names import Name, NameKind, Script
from services.registry.domain.papers import Address, Identifier, LegalStatus, Permit
from services.registry.domain.persons import Core, Membership, Nationality, Person, Role, Sex
from services.registry.domain.provenance import Evidence
from services.registry.domain.relationships import Kind, Link
from services.registry.store.documents import RECORD, permits_statement
from services.registry.store.driver import driver
from services.registry.store.withheld import read_withheld

Document = Mapping[str, Any]


async def load(session: AsyncSession, person_id: UUID) -> Person:
    """Return a person with all her live rows.

    Raises:
        PersonNotFoundError: There is none.
    """
    body = await (await driver(session)).fetchval(RECORD, person_id)
    if body is None:
        raise PersonNotFoundError
    return person_of(orjson.loads(body))


async def load_for_change(session: AsyncSession, person_id: UUID) -> Person:
    """Return a person and hold her row: whoever else writes about her waits.

    Raises:
        PersonNotFoundError: There is none.
    """
    connection = await driver(session)
    await connection.fetchval("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", person_id)
    return await load(session, person_id)


async def permits_of(session: AsyncSession, person_id: UUID, known_at: datetime | None) -> tuple[list[Permit], int]:
    """Return a person's titles as they are known, or were at an instant, with the version of her they belong to.

    Raises:
        PersonNotFoundError: There is no such person, or none was known then.
    """
    arguments = [person_id] if known_at is None else [person_id, known_at]
    row = await (await driver(session)).fetchrow(permits_statement(known_at=known_at is not None), *arguments)
    if row is None:
        raise PersonNotFoundError
    return [_permit(one) for one in orjson.loads(row[0])], row[1]


def person_of(document: Document) -> Person:
    """Build the record from its stored document."""
    return Person(
        id=UUID(document["id"]),
        programme_number=document["programme_number"],
        version=document["version"],
        recorded_at=datetime.fromisoformat(document["recorded_at"]),
        core=_core(document),
        nationalities=tuple(
            Nationality(row["code"], _period(row), UUID(row["id"]), row["confirmed"], _id(row["first_id"]))
            for row in document["nationalities"]
        ),
        identifiers=tuple(_identifier(row) for row in document["identifiers"]),
        permits=tuple(_permit(row) for row in document["permits"]),
        legal_statuses=tuple(
            LegalStatus(row["code"], _period(row), UUID(row["id"]), _id(row["first_id"]))
            for row in document["legal_statuses"]
        ),
        addresses=tuple(
            Address(
                row["region"],
                row["unit"],
                row["commune"],
                row["line"],
                _period(row),
                UUID(row["id"]),
                first_id=_id(row["first_id"]),
                scheme=row["scheme"],
            )
            for row in document["addresses"]
        ),
        memberships=tuple(
            Membership(UUID(row["household_id"]), Role(row["role"]), _period(row), UUID(row["id"]))
            for row in document["memberships"]
        ),
        links=tuple(
            Link(Kind(row["kind"]), UUID(row["person_id"]), _period(row), row["share"]) for row in document["links"]
        ),
        withheld=read_withheld(document["withheld"]),
    )


def name_of(document: Document) -> Name:
    """Build a name from its stored document."""
    return Name(
        NameKind(document["kind"]),
        document["family"],
        document["given"],
        document["as_written"],
        Script(document["script"]),
        document["order_known"],
    )


def _core(document: Document) -> Core:
    birth = document["birth"]
    return Core(
        names=tuple(name_of(name) for name in document["names"]),
        sex=Sex(document["sex"]),
        birth=PartialDate(
            birth["year"], birth["month"], birth["day"], Precision(birth["precision"]), birth["circa_plus_minus"]
        ),
        birth_declared_as=birth["declared_as"],
        birth_place=document["birth_place"],
        mother_name=document["mother_name"],
        father_name=document["father_name"],
        languages=tuple(document["languages"]),
        school_level=document["school_level"],
        contacts=tuple(contact_of(contact) for contact in document["contacts"]),
        deceased_on=_day(document["deceased_on"]),
        birth_source=Evidence(birth["source"]) if birth["source"] else None,
    )


def contact_of(document: Document) -> Contact:
    """Build a contact from its stored document."""
    return Contact(
        ContactKind(document["kind"]),
        document["value"],
        document["normalised"],
        document["safe_to_call"],
        document["safe_to_text"],
        document["safe_hours"],
        document["language"],
        document["code_word"],
        UUID(document["id"]),
    )


def _identifier(row: Document) -> Identifier:
    return Identifier(
        row["system"],
        row["value"],
        row["value_norm"],
        row["issuer"],
        _day(row["issued_on"]),
        _day(row["expires_on"]),
        UUID(row["id"]),
        row["issuer_norm"],
        _id(row["first_id"]),
    )


def _permit(row: Document) -> Permit:
    return Permit(
        row["type"],
        row["number"],
        row["number_norm"],
        _period(row),
        row["mention"],
        row["stands_for_permit"],
        UUID(row["id"]),
        row["end_reason"],
        _id(row["first_id"]),
    )


def _period(row: Document) -> Period:
    return Period(_day(row["valid_from"]), _day(row["valid_to"]))


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def _id(written: str | None) -> UUID | None:
    return UUID(written) if written else None
