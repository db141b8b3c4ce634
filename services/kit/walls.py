"""The wall around protected persons as a condition of SQL, for stores that keep what the registry's facts withhold."""

from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Table, Text, Uuid, and_, exists, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import SQLCoreOperations

from services.kit.withholding import Viewer

NOTHING = literal({}, JSONB)


def open_to(viewer: Viewer | None, person_id: SQLCoreOperations[Any], facts: Table) -> tuple[ColumnElement[bool], ...]:
    """Return what narrows rows about persons to those that are not withheld from who looks; nothing for nobody.

    Args:
        viewer: Who looks; None for the service itself.
        person_id: Whom a row is about.
        facts: The store's table of the registry's facts, with columns `person_id` and `withheld`.
    """
    if viewer is None:
        return ()
    acting_for = None if viewer.acting_for is None else UUID(viewer.acting_for)
    of_person = facts.alias("withholding")
    withheld = of_person.c.withheld
    closed = func.withheld_from(
        func.coalesce(withheld, NOTHING),
        of_person.c.person_id,
        *(literal(word, Text) for word in (viewer.organisation, viewer.subject, viewer.purpose)),
        literal(acting_for, Uuid),
        literal(None, JSONB(none_as_null=True)) if acting_for is None else _sees(acting_for, facts),
        type_=Boolean,
    )
    hers = of_person.c.person_id == person_id
    if acting_for is None:
        return (not_(exists().where(hers, withheld.is_not(None), closed)),)
    not_closed = exists().where(hers, not_(closed))
    unknown = not_(exists().where(hers))
    return (or_(not_closed, and_(unknown, person_id == acting_for)),)


def _sees(acting_for: UUID, facts: Table) -> ColumnElement[Any]:
    acting = facts.alias("acting")
    return select(acting.c.withheld["sees"]).where(acting.c.person_id == acting_for).scalar_subquery()
