"""Whose rows are whose, as SQL: an application is its partner's, and the institution's whose session it is for.

A partner who sees only its own rows has these conditions on every read and write; without one they are empty.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from services.kit.walls import open_to
from services.kit.withholding import Viewer
from services.training.courses.store.tables import (
    application,
    course_session,
    enrolment,
    institution,
    person_facts,
    programme,
)

Conditions = tuple[ColumnElement[bool], ...]


def of_applications(organisation: str | None, viewer: Viewer | None = None) -> Conditions:
    """Return what narrows applications to those that an organisation filed, or that its own institutions receive.

    And to those of persons who are not withheld from who looks; None is the service itself.
    """
    open_ones = open_to(viewer, application.c.person_id, person_facts)
    if organisation is None:
        return open_ones
    own = or_(application.c.organisation == organisation, _given_by(application.c.session_id, organisation))
    return (own, *open_ones)


def of_enrolments(organisation: str | None, viewer: Viewer | None = None) -> Conditions:
    """Return what narrows enrolments to those of its applications, and of persons not withheld from who looks."""
    open_ones = open_to(viewer, enrolment.c.person_id, person_facts)
    if organisation is None:
        return open_ones
    applied = select(application.c.id).where(
        application.c.id == enrolment.c.application_id, application.c.organisation == organisation
    )
    return (or_(applied.exists(), _given_by(enrolment.c.session_id, organisation)), *open_ones)


def of_institutions(organisation: str | None) -> Conditions:
    """Return what narrows institutions to those that an organisation has published."""
    return () if organisation is None else (institution.c.organisation == organisation,)


def of_programmes(organisation: str | None) -> Conditions:
    """Return what narrows programmes to those of its institutions."""
    if organisation is None:
        return ()
    own = select(institution.c.id).where(institution.c.id == programme.c.institution_id, *of_institutions(organisation))
    return (own.exists(),)


def of_sessions(organisation: str | None) -> Conditions:
    """Return what narrows sessions to those of its institutions."""
    return () if organisation is None else (_given_by(course_session.c.id, organisation),)


def _given_by(session_id: SQLCoreOperations[UUID], organisation: str) -> ColumnElement[bool]:
    of_session = course_session.alias()
    return (
        select(of_session.c.id)
        .join(programme, programme.c.id == of_session.c.programme_id)
        .join(institution, institution.c.id == programme.c.institution_id)
        .where(of_session.c.id == session_id, institution.c.organisation == organisation)
        .exists()
    )
