"""What others may follow of this store: references, written in the transaction of what they tell of."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import changes
from services.training.courses.domain.catalogue import Session
from services.training.courses.domain.enrolments import Application, Enrolment
from services.training.courses.store.tables import institution, programme

PUBLISHED, AMENDED, CANCELLED = "course.session_published", "course.session_amended", "course.session_cancelled"
APPLIED = "enrolment.application_made"
DECIDED = "enrolment.application_decided"
APPLICATION_WITHDRAWN = "enrolment.application_withdrawn"
ENROLLED = "enrolment.learner_enrolled"
LEARNER_WITHDRAWN = "enrolment.learner_withdrawn"


async def tell_of_session(session: AsyncSession, kind: str, of: Session) -> None:
    """Leave a change about a session; it is about nobody, and belongs to whoever keeps its institution."""
    owner = select(institution.c.organisation).join(programme, programme.c.institution_id == institution.c.id)
    references = {
        "session_id": str(of.id),
        "organisation": await session.scalar(owner.where(programme.c.id == of.programme_id)),
    }
    await changes.append(session, subject=of.id, kind=kind, version=of.version, payload=references)


async def tell_of_application(session: AsyncSession, kind: str, of: Application) -> None:
    """Leave a change about an application: never what was decided, nor why."""
    references = {
        "person_id": str(of.person_id),
        "session_id": str(of.session_id),
        "application_id": str(of.id),
        "organisation": of.organisation,
    }
    await changes.append(session, subject=of.person_id, kind=kind, version=of.version, payload=references)


async def tell_of_enrolment(session: AsyncSession, kind: str, of: Enrolment, *, organisation: str) -> None:
    """Leave a change about a seat.

    Args:
        session: The transaction.
        kind: What happened to it.
        of: The seat.
        organisation: The partner that filed the application for it.
    """
    references = {
        "person_id": str(of.person_id),
        "session_id": str(of.session_id),
        "application_id": str(of.application_id),
        "enrolment_id": str(of.id),
        "organisation": organisation,
    }
    await changes.append(session, subject=of.person_id, kind=kind, version=of.version, payload=references)
