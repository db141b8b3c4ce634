"""The training database. Private to `store` and `migrations`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, ExcludeConstraint

from services.background import changes, jobs
from services.kit import audit, idempotency
from services.kit.database import new_metadata
from services.kit.periods import Precision
from services.trail import tables as sealed
from services.training.courses.domain.admission import Admission
from services.training.courses.domain.catalogue import InstitutionKind, Level, Mode, SessionState
from services.training.courses.domain.enrolments import Ruling, State
from services.training.courses.domain.facts import Declared, FactsRoad, LegalStatus, PersonFacts
from services.training.courses.domain.findings import Outcome
from services.training.courses.domain.rules import Certainty, RuleValue
from services.training.courses.store.column_types import Document, Word

metadata = new_metadata()
sealed.declare(metadata, audit.table(metadata))
idempotency.table(metadata)
changes.table(metadata)
changes.cursor_table(metadata)
jobs.table(metadata)


def _identity() -> list[Column[Any]]:
    return [
        Column("id", Uuid, primary_key=True, server_default=text("uuidv7()")),
        Column("version", BigInteger, nullable=False, server_default=text("1")),
        Column("created_at", DateTime(timezone=True), nullable=False),
    ]


def _one_of(column: str, vocabulary: Iterable[StrEnum]) -> CheckConstraint:
    words = ", ".join(f"'{word}'" for word in vocabulary)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def _in_territory() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["region", "unit"], ["unit.region", "unit.code"])


unit = Table(
    "unit",
    metadata,
    Column("code", Text, primary_key=True),
    Column("region", Text, nullable=False),
    UniqueConstraint("region", "code"),
)

admission_rule = Table(
    "admission_rule",
    metadata,
    # PRIMARY KEY (code, valid WITHOUT OVERLAPS): one value a day, by the database.
    Column("code", Text, primary_key=True),
    Column("valid", DATERANGE, primary_key=True),
    Column("value", Document(RuleValue), nullable=False),
    Column("certainty", Word(Certainty), nullable=False),
    Column("source", Text, nullable=False),
    _one_of("certainty", Certainty),
)

institution = Table(
    "institution",
    metadata,
    *_identity(),
    Column("name", Text, nullable=False),
    Column("kind", Word(InstitutionKind), nullable=False),
    Column("region", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("commune", Text),
    Column("accessible", Boolean, nullable=False),
    Column("childcare", Boolean, nullable=False),
    Column("organisation", Text, nullable=False, server_default=""),
    _one_of("kind", InstitutionKind),
    _in_territory(),
    Index(None, "region", "id"),
)

programme = Table(
    "programme",
    metadata,
    *_identity(),
    Column("institution_id", Uuid, ForeignKey("institution.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("level", Word(Level), nullable=False),
    Column("mode", Word(Mode), nullable=False),
    Column("sector", Text),
    Column("languages", ARRAY(Text, as_tuple=True), nullable=False),
    Column("hours", BigInteger),
    Column("enterprise_hours", BigInteger),
    Column("centre_hours", BigInteger),
    Column("admission_rule", Text, nullable=False),
    _one_of("level", Level),
    _one_of("mode", Mode),
    CheckConstraint("hours > 0", name="hours"),
)

course_session = Table(
    "course_session",
    metadata,
    *_identity(),
    Column("programme_id", Uuid, ForeignKey("programme.id"), nullable=False, index=True),
    Column("region", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("site", Text),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("capacity", BigInteger, nullable=False),
    Column("seats_taken", BigInteger, nullable=False, server_default=text("0")),
    Column("state", Word(SessionState), nullable=False),
    _one_of("state", SessionState),
    CheckConstraint("ends_on >= starts_on", name="dates"),
    CheckConstraint("0 <= seats_taken AND seats_taken <= capacity", name="seats"),
    _in_territory(),
    Index(None, "starts_on", "id"),
    # A seat taken rewrites the row in place: no index holds a seat count, and pages leave room for it.
    postgresql_with={"fillfactor": 70},
)

person_facts = Table(
    "person_facts",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("birth_earliest", Date),
    Column("birth_latest", Date),
    Column("birth_precision", Word(Precision), nullable=False),
    Column("legal_statuses", Document(tuple[LegalStatus, ...]), nullable=False),
    Column("school_level", Text),
    Column("region", Text),
    Column("deceased_on", Date),
    Column("withheld", JSONB(none_as_null=True)),
)

application = Table(
    "application",
    metadata,
    *_identity(),
    Column("session_id", Uuid, ForeignKey("course_session.id"), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("state", Word(State), nullable=False),
    Column("organisation", Text, nullable=False),
    Column("outcome", Word(Outcome), nullable=False),
    Column("rule_set", Text, nullable=False),
    Column("admission", Document(Admission), nullable=False),
    Column("facts", Document(PersonFacts), nullable=False),
    Column("facts_road", Word(FactsRoad), nullable=False),
    Column("declared", Document(Declared), nullable=False),
    Column("ruling", Document(Ruling)),
    _one_of("state", State),
    _one_of("outcome", Outcome),
    Index("uq_application_live", "person_id", "session_id", unique=True, postgresql_where=text("state <> 'withdrawn'")),
    Index(None, "session_id", "id"),
    Index(None, "person_id", "id"),
)

enrolment = Table(
    "enrolment",
    metadata,
    *_identity(),
    Column("application_id", Uuid, ForeignKey("application.id"), nullable=False, index=True),
    Column("session_id", Uuid, ForeignKey("course_session.id"), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("state", Word(State), nullable=False),
    Column("period", DATERANGE, nullable=False),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawal_reason", Text),
    _one_of("state", (State.ENROLLED, State.WITHDRAWN)),
    CheckConstraint("NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)", name="period"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn"),
    Index("uq_enrolment_live", "person_id", "session_id", unique=True, postgresql_where=text("state = 'enrolled'")),
    ExcludeConstraint(
        ("person_id", "="),
        ("period", "&&"),
        name="ex_enrolment_overlap",
        using="gist",
        where=text("state = 'enrolled'"),
    ),
    Index(None, "session_id", "id"),
    Index(None, "person_id", "id"),
)

erased_person = Table(
    "erased_person",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False),
)
"""Whose data were erased: facts about her that come late are not taken up again."""

kept_enrolment = Table(
    "kept_enrolment",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
    Column("session_id", Uuid, ForeignKey("course_session.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
)
"""What stays of an erased learner's seats: nothing that leads to her."""
