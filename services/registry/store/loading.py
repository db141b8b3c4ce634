"""A stored person as the domain's record."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import PartialDate, Period, Precision
from services.registry.domain.errors import PersonNotFoundError
from services.registry.domain.names import Name, NameKind, Script
from services.registry.domain.papers import Address, Identifier, LegalStatus, Permit
from services.registry.domain.persons import (
    Contact,
    ContactKind,
    Core,
    Membership,
    Nationality,
    Person,
    Role,
    Sex,
)
from services.registry.store.documents import RECORD
from services.registry.store.driver import driver

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


def person_of(document: Document) -> Person:
    """Build the record from its stored document."""
    return Person(
        id=UUID(document["id"]),
        programme_number=document["programme_number"],
        version=document["version"],
        recorded_at=datetime.fromisoformat(document["recorded_at"]),
        core=_core(document),
        nationalities=tuple(
            Nationality(row["code"], _period(row), UUID(row["id"])) for row in document["nationalities"]
        ),
        identifiers=tuple(_identifier(row) for row in document["identifiers"]),
        permits=tuple(_permit(row) for row in document["permits"]),
        legal_statuses=tuple(
            LegalStatus(row["code"], _period(row), UUID(row["id"])) for row in document["legal_statuses"]
        ),
        addresses=tuple(
            Address(row["region"], row["unit"], row["commune"], row["line"], _period(row), UUID(row["id"]))
            for row in document["addresses"]
        ),
        memberships=tuple(
            Membership(UUID(row["household_id"]), Role(row["role"]), _period(row), UUID(row["id"]))
            for row in document["memberships"]
        ),
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
        contacts=tuple(
            Contact(
                ContactKind(contact["kind"]),
                contact["value"],
                contact["normalised"],
                contact["safe_to_call"],
                contact["safe_to_text"],
                contact["safe_hours"],
            )
            for contact in document["contacts"]
        ),
        deceased_on=_day(document["deceased_on"]),
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
    )


def _period(row: Document) -> Period:
    return Period(_day(row["valid_from"]), _day(row["valid_to"]))


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
