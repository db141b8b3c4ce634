"""One row for every access to personal data: who, for whom, why, what, with which outcome. Never a value.

The row is written by the service that answers, in the same transaction as the change or the read; a refusal gets
its row in a transaction of its own. The table takes inserts and nothing else. Source: law 09-08 art. 23; house.md 8.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import Request
from sqlalchemy import ARRAY, Column, DateTime, MetaData, Table, Text, Uuid, bindparam, func, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.callers import Caller
from services.kit.database import READING

COLUMNS = (
    "action",
    "outcome",
    "subject",
    "client_id",
    "organisation",
    "purpose",
    "persons",
    "request_id",
)
INSERT = f"INSERT INTO audit_record ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
"""The row's insert for asyncpg, to stand alone or before a hot read in a common table expression."""


def table(metadata: MetaData) -> Table:
    """Return the audit table of a store."""
    return Table(
        "audit_record",
        metadata,
        Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
        Column("action", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("client_id", Text, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("purpose", Text),
        Column("persons", ARRAY(Text), nullable=False),
        Column("request_id", Text, nullable=False),
    )


class Pseudonyms:
    """Person references for the trail: keyed, so that the trail alone names nobody and erasure need not touch it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, person_id: UUID) -> str:
        """Return the pseudonym of a person: 32 hexadecimal characters."""
        return hmac.new(self._key, person_id.bytes, hashlib.sha256).hexdigest()[:32]


@dataclass
class Trail:
    """What one request does to personal data.

    Attributes:
        action: The route's operationId.
        written: Whether there is a row; a route that writes it itself, in the statement of a hot read, sets it.
    """

    action: str
    request_id: str
    pseudonyms: Pseudonyms
    caller: Caller | None = None
    persons: set[UUID] = field(default_factory=set)
    written: bool = False

    def about(self, *person_ids: UUID) -> None:
        """Name the persons whose data are touched."""
        self.persons.update(person_ids)

    def values(self, outcome: str = "ok") -> tuple[Any, ...]:
        """Return the row in the order of `COLUMNS`."""
        caller = self.caller
        return (
            self.action,
            outcome,
            caller.subject if caller else "",
            caller.client_id if caller else "",
            caller.organisation if caller else "",
            caller.purpose if caller else None,
            sorted(self.pseudonyms.of(person) for person in self.persons),
            self.request_id,
        )

    def row(self, outcome: str = "ok") -> Mapping[str, Any]:
        """Return the row by column name."""
        return dict(zip(COLUMNS, self.values(outcome), strict=True))

    async def write(self, session: AsyncSession) -> None:
        """Write the row in the request's transaction.

        A transaction that only reads need not wait for the disk: it commits asynchronously, as the reading pool does.
        """
        if session.info.get(READING):
            await session.execute(_INSERT_READING, self.row())
        else:
            await session.execute(insert(_ROW).inline().values(self.row()))  # inline: the role may not read its ids
        self.written = True

    async def write_alone(self, pool: asyncpg.Pool, outcome: str = "ok") -> None:
        """Write the row by itself, for a refusal or a read without a session."""
        await pool.execute(INSERT, *self.values(outcome))
        self.written = True


_ROW = table(MetaData())
_INSERT_READING = text(
    f"INSERT INTO audit_record ({', '.join(COLUMNS)}) SELECT {', '.join(f':{name}' for name in COLUMNS)}"
    " FROM set_config('synchronous_commit', 'off', true)"
).bindparams(bindparam("persons", type_=ARRAY(Text)))


async def trail(request: Request) -> Trail:
    """Return the request's trail, as a dependency: `trail: Annotated[Trail, Depends(audit.trail)]`."""
    found: Trail = request.state.trail
    return found
