"""Stored records for the tests below HTTP: a session with its programme and institution, and applications."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.admission import assess
from services.training.courses.domain.catalogue import (
    InstitutionDraft,
    InstitutionKind,
    Level,
    Mode,
    ProgrammeDraft,
    Session,
    SessionDraft,
)
from services.training.courses.domain.enrolments import Application
from services.training.courses.domain.facts import Declared, FactsRoad
from services.training.courses.store import applications, institutions, programmes, rules, sessions
from services.training.courses.store.applications import ApplicationDraft
from tests.training.builders import AT, ENDS_ON, STARTS_ON, case_of, person_facts

OF_PROGRAMME = ("level", "mode", "admission_rule")


async def new_session(session: AsyncSession, **changes: Any) -> Session:
    """Store a session; arguments of the programme go to its programme."""
    taught: dict[str, Any] = {"level": Level.Q, "mode": Mode.RESIDENTIAL, "admission_rule": "LEVEL"}
    taught |= {name: changes.pop(name) for name in OF_PROGRAMME if name in changes}
    institution = InstitutionDraft(name="CFA Akkari", kind=InstitutionKind.OTHER, region="06", unit="MA-CAS")
    place = await institutions.add(session, institution, organisation="ofppt", at=AT)
    programme = ProgrammeDraft(institution_id=place.id, name="Couture", languages=("fr",), **taught)
    made = await programmes.add(session, programme, at=AT)
    held: dict[str, Any] = {"region": "06", "unit": "MA-CAS", "capacity": 2, "starts_on": STARTS_ON, "ends_on": ENDS_ON}
    return await sessions.add(session, SessionDraft(programme_id=made.id, **(held | changes)), at=AT)


async def new_application(session: AsyncSession, course: Session, *, person_id: UUID | None = None) -> Application:
    """Store an admissible application."""
    facts = person_facts(person_id=person_id or uuid4())
    admission = assess(case_of(await rules.load(session), facts=facts))
    draft = ApplicationDraft(
        session_id=course.id,
        person_id=facts.person_id,
        organisation="ofppt",
        admission=admission,
        facts=facts,
        facts_road=FactsRoad.VALUE,
        declared=Declared(),
    )
    return await applications.add(session, draft, at=AT)
